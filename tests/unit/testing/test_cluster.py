"""What the fixtures read out of an object, without a cluster."""

from __future__ import annotations

from typing import Any

from vela_steps.receiver.client import Receiver
from vela_steps.testing.cluster import own_namespace, phase_of, step_of, told
from vela_steps.testing.kind import why_not, with_receiver

APP: dict[str, Any] = {
    "metadata": {"generation": 3},
    "status": {
        "status": "workflowFailed",
        "workflow": {
            "message": "The workflow terminates because of the failed steps",
            "steps": [
                {
                    "name": "all",
                    "type": "step-group",
                    "phase": "failed",
                    "subSteps": [{"name": "purge", "type": "cdn-purge", "phase": "failed", "message": "429"}],
                }
            ],
        },
        "conditions": [{"type": "Workflow", "status": "False", "message": "step failed"}, {"status": "True"}],
    },
}
RUN = {"metadata": {}, "status": {"phase": "succeeded", "steps": [{"name": "tell", "phase": "succeeded"}]}}


def test_phase_and_steps_of_an_application_and_of_a_workflow_run() -> None:
    assert (phase_of(APP), phase_of(RUN), phase_of(None), phase_of({"metadata": {}})) == (
        "workflowFailed",
        "succeeded",
        "",
        "",
    )
    purge, tell = step_of(APP, "purge"), step_of(RUN, "tell")
    assert purge is not None
    assert tell is not None
    assert (purge["message"], tell["phase"]) == ("429", "succeeded")
    assert step_of(APP, "none") is None


def test_a_state_is_told_with_every_step_and_what_is_not_true() -> None:
    assert told(APP).splitlines() == [
        "  phase: workflowFailed  generation: 3",
        "  workflow: The workflow terminates because of the failed steps",
        "  step all (step-group): failed",
        "  step purge (cdn-purge): failed  429",
        "  condition Workflow: step failed",
    ]
    assert told(None) == "  (there is no such object)"


def test_the_namespace_of_a_manifest_is_its_own_where_all_documents_agree() -> None:
    assert own_namespace("metadata: {namespace: shop}\n---\nmetadata: {namespace: shop}\n") == "shop"
    assert own_namespace("metadata: {name: x}\n---\n") == ""
    assert own_namespace("metadata: {namespace: a}\n---\nmetadata: {namespace: b}\n") == ""


def test_vela_core_on_kind_is_sent_to_the_receiver_but_not_for_the_cluster_itself() -> None:
    state = {"address": "172.18.0.1", "proxy": 8080, "http": 1, "control": 2, "ca": "/tmp/ca.pem"}  # noqa: S108
    pod = with_receiver(Receiver(state))["spec"]["template"]["spec"]
    values = {one["name"]: one["value"] for one in pod["containers"][0]["env"]}
    assert values["HTTPS_PROXY"] == "http://172.18.0.1:8080"
    assert values["SSL_CERT_FILE"] == "/etc/receiver/ca.pem"
    assert "172.18.0.1" in values["NO_PROXY"]
    assert "$(KUBERNETES_SERVICE_HOST)" in values["NO_PROXY"]


def test_without_docker_the_reason_is_said(monkeypatch: Any) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    assert why_not() == "no Docker engine answers (docker: no such program)"
