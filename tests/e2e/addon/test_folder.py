"""From a local folder: what `vela addon enable` and `disable` leave behind, and what they refuse."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.e2e.addon.conftest import KIND, NAME, gone, left
from tests.e2e.addon.used import SECRET, application, dispatch
from vela_steps.addon.users import APPLICATION, SYSTEM
from vela_steps.definitions.shipped import READ_OBJECT, Shipped, read_all
from vela_steps.errors import ToolError
from vela_steps.receiver.client import Receiver, unique
from vela_steps.testing.cluster import Cluster
from vela_steps.testing.place import Place
from vela_steps.tools.run import run
from vela_steps.tools.vela import Vela

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).parents[3] / "definitions"
STEPS = read_all(ROOT)
OURS = {step.name for step in STEPS} - {READ_OBJECT}
Definitions = Callable[[], dict[tuple[str, str], dict[str, Any]]]
BUILT_IN = (SYSTEM, READ_OBJECT)


def ask(name: str) -> dict[str, Any]:
    """A step that asks for a ConfigMap."""
    return {"name": "ask", "type": "read-object", "properties": {"apiVersion": "v1", "kind": "ConfigMap", "name": name}}


def read_missing() -> dict[str, Any]:
    return application("reader", ask("nowhere"))


def test_enabling_needs_no_flag_and_disabling_leaves_the_built_in_as_it_was(
    place: Place, vela: Vela, addon: Path, steps: Definitions
) -> None:
    before = steps()
    said = vela.enable_addon(addon).stdout
    assert "Addon vela-steps enabled successfully" in said
    assert "read-object is KubeVela's own in every namespace" in said
    assert "vela-steps: enabled (0.1.0)" in vela("addon", "status", NAME).stdout
    assert set(steps()) - set(before) == {(SYSTEM, name) for name in OURS}
    assert steps()[BUILT_IN] == before[BUILT_IN]
    vela.enable_addon(addon)  # twice
    assert "vela-steps: enabled (0.1.0)" in vela("addon", "status", NAME).stdout
    vela.disable_addon(NAME)
    gone(place)
    assert steps() == before
    vela.enable_addon(addon)
    assert set(steps()) - set(before) == {(SYSTEM, name) for name in OURS}


def shown(step: Shipped, text: str) -> None:
    missing = [field.name for field in step.fields if f" {field.name} | " not in text]
    assert missing == [], f"{step.name}: not in its page: {missing}"


def test_the_cli_shows_every_step_with_all_its_parameters_and_the_targets(vela: Vela, addon: Path) -> None:
    vela.enable_addon(addon)
    listed = vela("def", "list", "-n", SYSTEM).stdout
    for step in STEPS:
        if step.name != READ_OBJECT:
            assert step.name in listed
            shown(step, vela("show", step.name, "--format", "markdown").stdout)
            assert step.fields[0].usage[:30] in vela("show", step.name).stdout
    targets = vela("config-template", "list", "-A").stdout
    for template in (ROOT / "src" / "config-templates").glob("*.cue"):
        assert template.stem in targets
    made = vela(
        "config", "create", unique("target"), "-n", SYSTEM, "-t", "vela-steps-github", "namespaces={shop}", "token=t"
    )
    assert "successfully" in made.stdout


WRONG = {
    "unknown": ("foo=bar", "there is no parameter foo: there are "),
    "unknown-below": ("httpCheck.enable=false", "there is no parameter httpCheck.enable: there is httpCheck.enabled"),
    "no-switch": ("httpCheck.enabled=maybe", "httpCheck.enabled is maybe: write true or false"),
    "no-namespace": ("readObject.namespaces={Shop!}", "is no name of a namespace"),
    "system-namespace": ("readObject.namespaces={vela-system}", "write readObject.everywhere=true"),
}


@pytest.mark.parametrize(("given", "sentence"), WRONG.values(), ids=WRONG)
def test_a_wrong_parameter_is_said_in_a_sentence_and_nothing_is_installed(
    vela: Vela, addon: Path, steps: Definitions, place: Place, given: str, sentence: str
) -> None:
    before = steps()
    with pytest.raises(ToolError, match="render addon application fail") as raised:
        vela.enable_addon(addon, given)
    assert sentence in str(raised.value)
    assert steps() == before
    assert place.kubectl.get("applications.core.oam.dev", APPLICATION, namespace=SYSTEM) is None


def test_a_step_that_is_left_out_is_not_installed_and_leaves_a_foreign_one_of_its_name_alone(
    vela: Vela, addon: Path, steps: Definitions, place: Place
) -> None:
    foreign = {
        "apiVersion": "core.oam.dev/v1beta1",
        "kind": "WorkflowStepDefinition",
        "metadata": {"name": "http-check", "namespace": SYSTEM},
        "spec": {"schematic": {"cue": {"template": "parameter: {}\n"}}},
    }
    place.kubectl.apply(yaml.safe_dump(foreign))
    try:
        with pytest.raises(ToolError, match="http-check already exist and not belong to any addon"):
            vela.enable_addon(addon)
        assert (SYSTEM, "github-dispatch") not in steps()
        said = vela.enable_addon(addon, "httpCheck.enabled=false", "--override-definitions").stdout
        assert "left out: http-check" in said
        assert steps()[SYSTEM, "http-check"]["spec"] == foreign["spec"]
        assert (SYSTEM, "github-dispatch") in steps()
        vela.disable_addon(NAME)
        gone(place)
        assert steps()[SYSTEM, "http-check"]["spec"] == foreign["spec"]
    finally:
        place.kubectl("delete", KIND, "http-check", "-n", SYSTEM)


def test_read_object_is_ours_in_the_namespaces_named_and_nowhere_else(
    vela: Vela, addon: Path, steps: Definitions, cluster: Cluster, place: Place
) -> None:
    other = unique("t")
    place.kubectl("create", "namespace", other)
    elsewhere = Cluster(cluster.kubectl, cluster.api, other, cluster.log)
    before = steps()
    vela.enable_addon(addon, f"readObject.namespaces={{{cluster.namespace}}}")
    try:
        assert (cluster.namespace, READ_OBJECT) in steps()
        assert steps()[BUILT_IN] == before[BUILT_IN]
        cluster.apply(read_missing())
        elsewhere.apply(read_missing())
        elsewhere.wait_for_step("reader", "ask")  # KubeVela's own passes in silence
        failed = cluster.wait_for_step("reader", "ask", "failed")
        assert "nowhere" in failed["message"]
        vela.enable_addon(addon)  # and without the parameter
        cluster.kubectl("wait", "--for=delete", f"{KIND}/{READ_OBJECT}", "-n", cluster.namespace, "--timeout=60s")
        assert steps()[BUILT_IN] == before[BUILT_IN]
    finally:
        left(elsewhere)
        place.kubectl("delete", "namespace", other, "--wait=false")


def test_read_object_everywhere_stays_when_the_addon_is_disabled(
    vela: Vela, addon: Path, steps: Definitions, place: Place
) -> None:
    before = steps()[BUILT_IN]
    try:
        said = vela.enable_addon(addon, "readObject.everywhere=true").stdout
        assert "stays when the addon is disabled" in said
        replaced = steps()[BUILT_IN]["spec"]
        assert replaced != before["spec"]
        vela.disable_addon(NAME)
        gone(place)
        assert steps()[BUILT_IN]["spec"] == replaced
        vela.enable_addon(addon)  # and it is in the way of nothing
    finally:
        kept = {key: before["metadata"][key] for key in ("name", "namespace", "annotations")}
        place.kubectl("replace", "--force", "-f", "-", stdin=yaml.safe_dump({**before, "metadata": kept, "status": {}}))


def test_each_step_works_and_who_uses_one_keeps_the_addon_from_being_disabled(
    vela: Vela,
    addon: Path,
    cluster: Cluster,
    receiver: Receiver,
) -> None:
    vela.enable_addon(addon)
    repo, host = unique("shop"), f"{unique('shop')}.acme.io"
    receiver.answer_for(host, status=200, body="ok")
    watched = {"apiVersion": "v1", "kind": "Secret", "name": "github", "until": "exists"}
    inside = {"name": "group", "type": "step-group", "subSteps": [dispatch(repo)]}
    cluster.apply(SECRET)
    cluster.apply(
        application(
            "shop",
            {"name": "wait", "type": "await-object", "properties": watched},
            {"name": "check", "type": "http-check", "properties": {"url": f"https://{host}/healthz"}},
        ),
        application("grouped", inside),
    )
    cluster.wait_for_app("shop")
    cluster.wait_for_app("grouped")
    assert len(receiver.effects(contains=repo)) == 1
    with pytest.raises(ToolError, match=rf"this addon is being used by: {cluster.namespace}/shop applications"):
        vela.disable_addon(NAME)
    ask_users = [sys.executable, "-m", "vela_steps", "addon", "users"]
    env = {**os.environ, "KUBECONFIG": str(vela.kubeconfig)}
    printed = run(ask_users, timeout=60, env=env, accept=(1,)).stdout
    assert f"Application {cluster.namespace}/grouped: step send is of type github-dispatch" in printed
    assert f"Application {cluster.namespace}/shop: step wait is of type await-object" in printed
    for name in ("shop", "grouped"):
        cluster.delete("applications.core.oam.dev", name)
    assert "nothing uses a step" in run(ask_users, timeout=60, env=env).stdout
    vela.disable_addon(NAME)
