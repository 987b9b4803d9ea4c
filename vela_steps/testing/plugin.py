"""The pytest plugin: `-p vela_steps.testing.plugin`.

Fixtures: `sandbox` (its ways in; started if need be), `receiver`, `kube` (a kubernetes ApiClient), `namespace` (a
random one for each test, deleted after it), `cluster` (apply and waits in that namespace). `--cluster=kind` runs the
same tests on a kind cluster.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

    from vela_steps.receiver.client import Receiver
    from vela_steps.sandbox.client import Sandbox
    from vela_steps.testing.cluster import Cluster
    from vela_steps.testing.place import Place


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options."""
    group = parser.getgroup("vela-steps")
    group.addoption(
        "--cluster",
        choices=["sandbox", "kind"],
        default="sandbox",
        help="where end-to-end tests run: vela-steps' own sandbox (default), or a kind cluster (needs Docker and helm)",
    )
    group.addoption("--sandbox-name", help="the sandbox (default: $VELA_STEPS_SANDBOX, else 'tests')")
    group.addoption("--kubevela", default="", metavar="VERSION", help="the sandbox's KubeVela (default: 1.10.9)")
    group.addoption("--keep-sandbox", action="store_true", help="leave a sandbox running that these tests started")
    group.addoption("--keep-namespaces", action="store_true", help="leave the tests' namespaces, to look into them")


@pytest.fixture(scope="session")
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    """Where the tests run: cluster and receiver."""
    from vela_steps.testing import kind, place

    if request.config.getoption("cluster") == "kind":
        reason = kind.why_not()
        if reason:
            pytest.skip(f"--cluster=kind: {reason}")
        yield from kind.place(request.getfixturevalue("kind_cluster"), request.getfixturevalue("tmp_path_factory"))
        return
    options = request.config.option
    yield from place.sandbox(
        options.sandbox_name,
        kubevela=options.kubevela,
        keep=options.keep_sandbox,
        tell=lambda said: _tell(request, said),
    )


def _tell(request: pytest.FixtureRequest, said: str) -> None:
    """Building the components takes minutes: say what is going on past pytest's capture."""
    reporter: Any = request.config.pluginmanager.getplugin("terminalreporter")
    capture: Any = request.config.pluginmanager.getplugin("capturemanager")
    if reporter is not None and capture is not None:
        with capture.global_and_fixture_disabled():
            reporter.write_line(f"sandbox: {said}")


@pytest.fixture(scope="session")
def sandbox(place: Place) -> Sandbox:
    """The running sandbox (`vela_steps.sandbox.client.Sandbox`); a test that needs it is skipped on kind."""
    if place.sandbox is None:
        pytest.skip("needs vela-steps' own sandbox: it reaches into its processes")
    return place.sandbox


@pytest.fixture(scope="session")
def kube(place: Place) -> ApiClient:
    """The official Python client, for the cluster."""
    from kubernetes import config

    return config.new_client_from_config(str(place.kubectl.kubeconfig))


@pytest.fixture
def receiver(place: Place) -> Iterator[Receiver]:
    """The receiver. Faults that a test set are taken away after it; what is recorded stays (tests share it)."""
    found = place.receiver()
    before = {fault["id"] for fault in found.faults()}
    yield found
    found = place.receiver()  # the test may have restarted it
    found.up()
    new = [fault["id"] for fault in found.faults() if fault["id"] not in before]
    if new:
        found.heal(*new)


@pytest.fixture
def namespace(request: pytest.FixtureRequest, place: Place) -> Iterator[str]:
    """A namespace of the test's own."""
    name = f"t-{secrets.token_hex(5)}"
    place.kubectl("create", "namespace", name)
    yield name
    if not request.config.getoption("keep_namespaces"):
        place.kubectl("delete", "namespace", name, "--wait=false")


@pytest.fixture
def cluster(request: pytest.FixtureRequest, place: Place, kube: ApiClient, namespace: str) -> Cluster:
    """The cluster, seen from the test's namespace: `apply`, `wait_for_app`, `wait_for_step`, `kubectl`."""
    from vela_steps.testing.cluster import Cluster

    found = Cluster(place.kubectl, kube, namespace, place.log)
    request.node.stash[CLUSTER] = found
    return found


CLUSTER: pytest.StashKey[Cluster] = pytest.StashKey()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """Add to a failed test what its Applications say, and the end of vela-core's log."""
    report = yield
    found = item.stash.get(CLUSTER, None)
    if report.when == "call" and report.failed and found is not None:
        try:
            report.sections.append(("Applications of the test", found.report()))
            report.sections.append(("end of vela-core's log", found.own_log()))
        except Exception as error:  # the test's own failure must be seen, whatever state the cluster is in
            report.sections.append(("Applications of the test", f"could not be had: {error!r}"))
    return report
