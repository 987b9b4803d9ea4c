"""What `vela-steps doctor` finds, from evidence as a cluster gives it."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from vela_steps import __version__
from vela_steps.fleet.checks import (
    Finding,
    access,
    all_checks,
    applications,
    argocd,
    credentials,
    definitions,
    versions,
)
from vela_steps.fleet.evidence import SHARED, Evidence, Step, application_steps, references_of


def app(name: str = "shop", **metadata: Any) -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": "prod", **metadata}, "spec": {}}


def step(type_: str = "notify", **properties: Any) -> Step:
    return Step("prod/shop", "prod", "tell", type_, properties)


def secret(**values: str) -> dict[str, Any]:
    return {"data": {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}}


def template(text: str) -> dict[str, Any]:
    return {"spec": {"schematic": {"cue": {"template": text}}}}


def only(findings: Any, level: str) -> Finding:
    found: Finding
    (found,) = [one for one in findings if one.level == level]
    return found


@pytest.mark.parametrize(
    ("image", "level"),
    [
        ("oamdev/vela-core:v1.10.9", "ok"),
        ("acme/vela-core:v2.0.0-beta.1", "ok"),
        ("oamdev/vela-core:v1.9.13", "error"),
        ("oamdev/vela-core@sha256:00", "note"),
    ],
)
def test_a_kubevela_that_is_too_old_is_an_error(image: str, level: str) -> None:
    pod = {"spec": {"containers": [{"image": image}]}}
    controller = {"metadata": {"namespace": "vela-system"}, "spec": {"template": pod}}
    assert next(versions.check(Evidence(controllers=[controller]))).level == level


@pytest.mark.parametrize(
    ("version", "phase", "level"),
    [(__version__, "running", "ok"), ("0.0.1", "running", "warning"), (__version__, "workflowFailed", "warning")],
)
def test_the_addon_has_the_version_of_this_command(version: str, phase: str, level: str) -> None:
    addon = {
        "metadata": {
            "name": "addon-vela-steps",
            "namespace": "vela-system",
            "labels": {"addons.oam.dev/version": version},
        },
        "status": {"status": phase},
    }
    assert list(versions.check(Evidence(addon=addon)))[-1].level == level


def test_a_cluster_without_kubevela_or_without_the_addon_is_told_apart() -> None:
    assert "vela install" in only(versions.check(Evidence(knows_kubevela=False)), "error").cure
    assert "vela addon enable" in only(versions.check(Evidence()), "error").cure


def test_a_type_that_the_cluster_does_not_know_is_an_error_that_names_its_users() -> None:
    wanted = [step("cdn-purge"), step("suspend"), step("mine@v2")]
    evidence = Evidence(wanted=wanted, definitions={("prod", "mine"): {}})
    found = only(definitions.check(evidence), "error")
    assert found.subject == "step type cdn-purge"
    assert "prod/shop (tell)" in found.message


def test_an_application_that_runs_an_older_definition_is_noted() -> None:
    shop = {**app(), "status": {"latestRevision": {"name": "shop-v2"}}}
    cached = {"spec": {"workflowStepDefinitions": {"notify": template("old"), "notify@v1": template("old")}}}
    evidence = Evidence(
        applications=[shop],
        definitions={("vela-system", "notify"): template("new")},
        revisions={("prod", "shop-v2"): cached},
    )
    assert "runs notify as defined when shop-v2" in only(definitions.check(evidence), "note").message


def config_map(**data: str) -> dict[str, Any]:
    return {"metadata": {"namespace": "argocd"}, "data": {key.replace("__", "."): value for key, value in data.items()}}


def test_an_argo_cd_without_the_health_check_is_warned_about() -> None:
    assert "argocd config" in only(argocd.check(Evidence(argocd=[config_map()])), "warning").cure
    with_check = {"metadata": {"namespace": "argocd"}, "data": {argocd.HEALTH: "return {}"}}
    assert {one.level for one in argocd.check(Evidence(argocd=[with_check]))} == {"ok"}


@pytest.mark.parametrize("parents", [[], ["argocd/all"], [f"argocd/{number}" for number in range(5)]], ids=len)
def test_a_parent_application_that_would_not_wait_is_warned_about(parents: list[str]) -> None:
    ours = {argocd.HEALTH: "return {}"}
    told = {"metadata": {"namespace": "argocd"}, "data": {**ours, argocd.CHILD: "return {}"}}
    assert {one.level for one in argocd.check(Evidence(argocd=[told], parents=parents))} == {"ok"}
    untold = argocd.check(Evidence(argocd=[{"metadata": {"namespace": "argocd"}, "data": ours}], parents=parents))
    warnings = [one for one in untold if one.level == "warning"]
    assert len(warnings) == bool(parents)
    assert all("--app-of-apps" in one.cure and parents[0] in one.message for one in warnings)


def test_label_tracking_is_an_error_where_an_application_hands_its_label_on() -> None:
    labelled = app(labels={argocd.INSTANCE: "shop"})
    isolated = app(
        "safe", labels={argocd.INSTANCE: "safe"}, annotations={"filter.oam.dev/label-keys": f"a, {argocd.INSTANCE}"}
    )
    by_label = config_map(application__resourceTrackingMethod="label")
    found = only(argocd.check(Evidence(argocd=[by_label], applications=[labelled, isolated])), "error")
    assert "1 Applications: prod/shop" in found.message
    safe = argocd.check(Evidence(argocd=[by_label], applications=[isolated]))
    assert "error" not in {one.level for one in safe}


def test_a_pinned_version_and_a_debug_policy_are_pointed_out() -> None:
    pinned = app(annotations={"app.oam.dev/publishVersion": "7"})
    debugged = {**app(), "spec": {"policies": [{"type": "debug"}]}}
    found = list(applications.check(Evidence(applications=[pinned, debugged])))
    assert [one.level for one in found] == ["note", "warning"]


REFERENCE = {"name": "cdn", "key": "token"}


@pytest.mark.parametrize(
    ("there", "level", "says"),
    [
        (None, "error", "is missing"),
        ("you may not read it", "note", "may not read"),
        (secret(other="x"), "error", "has no key token, which prod/shop (tell) uses; it has other"),
        (secret(token=" \n"), "error", "is empty"),
        (secret(token="s3cret"), "ok", "has what"),
    ],
)
def test_a_secret_is_there_and_has_its_key(there: Any, level: str, says: str) -> None:
    evidence = Evidence(used=[step(auth={"secretRef": REFERENCE})], secrets={("prod", "cdn"): there})
    (found,) = credentials.check(evidence)
    assert found.level == level
    assert says in found.message
    assert "s3cret" not in str(found)


def test_a_secret_without_a_namespace_is_not_guessed() -> None:
    wanted = step(auth={"secretRef": REFERENCE})._replace(namespace="")
    (found,) = credentials.check(Evidence(wanted=[wanted]))
    assert found.level == "note"


@pytest.mark.parametrize(
    ("labels", "namespaces", "level"),
    [
        ({"config.oam.dev/catalog": "velacore-config"}, ["prod"], "ok"),
        ({"config.oam.dev/catalog": "velacore-config"}, ["pr*"], "ok"),
        ({"config.oam.dev/catalog": "velacore-config"}, ["dev"], "error"),
        ({}, ["prod"], "error"),
    ],
)
def test_a_target_is_a_config_that_lists_the_namespace(labels: Any, namespaces: Any, level: str) -> None:
    config = {"metadata": {"labels": labels}, **secret(**{"input-properties": json.dumps({"namespaces": namespaces})})}
    evidence = Evidence(used=[step(auth={"target": "acme"})], secrets={("vela-system", "acme"): config})
    (found,) = credentials.check(evidence)
    assert found.level == level


def test_references_are_found_wherever_they_stand() -> None:
    used = step(slack={"url": {"secretRef": REFERENCE}}, webhook=[{"auth": {"target": "hook"}}])
    assert [(one.namespace, one.name, one.target) for one in references_of(used)] == [
        ("prod", "cdn", False),
        ("vela-system", "hook", True),
    ]


def test_a_target_of_a_service_that_notify_tells_is_found() -> None:
    used = step(slack={"target": "acme-slack", "channel": "#a"}, telegram={"token": {"secretRef": REFERENCE}})
    assert [(one.name, one.target) for one in references_of(used)] == [("acme-slack", True), ("cdn", False)]


def test_sub_steps_are_steps() -> None:
    steps = [{"name": "g", "type": "step-group", "subSteps": [{"name": "a", "type": "notify"}]}]
    shop = {**app(), "spec": {"workflow": {"steps": steps}}}
    assert [one.type for one in application_steps(shop)] == ["step-group", "notify"]


@pytest.mark.parametrize(
    ("unseen", "wanted", "level"),
    [
        (["Applications of all namespaces"], [], "error"),
        (["Applications of all namespaces"], [step("suspend")], "warning"),
        (["Deployments"], [], "note"),
    ],
)
def test_what_may_not_be_looked_at_is_an_error_where_nothing_else_was_left_to_check(
    unseen: list[str], wanted: list[Step], level: str
) -> None:
    assert unseen[0] in only(access.check(Evidence(unseen=unseen, wanted=wanted)), level).message


def test_what_may_not_be_looked_at_is_not_said_to_be_missing() -> None:
    unseen = [SHARED, "Deployments", "Argo CD's configuration", "the Application vela-system/addon-vela-steps"]
    evidence = Evidence(unseen=unseen, wanted=[step("cdn-purge")])
    assert [one.subject for check in all_checks() for one in check(evidence)] == ["permission"]
