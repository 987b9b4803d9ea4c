"""When a demo says that something which it shows did not happen."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from vela_steps.demo.timeline import Event, Snapshot
from vela_steps.demo.verdict import (
    FIRST,
    LASTING,
    SECOND,
    DemoError,
    Trouble,
    is_through,
    where,
    wrong_effects,
    wrong_ways,
)

WAITED = Event(1.0, "Argo CD", "says Progressing")


def record(host: str, *, accepted: bool = True, effect: str = "message") -> Any:
    return SimpleNamespace(host=host, accepted=accepted, effect=effect, text=f"to {host}")


ALL = [record("api.fastly.com"), record("api.github.com"), record("hooks.slack.com")]


def test_what_arrived_once_each_is_as_shown() -> None:
    assert wrong_effects([*ALL, record("api.github.com", effect="")], FIRST) == []
    assert wrong_effects(ALL[1:], SECOND) == []


def test_a_service_that_got_nothing_something_refused_or_too_much_is_named() -> None:
    assert wrong_effects(ALL[:2], FIRST) == ["Slack should have got 1 request with an effect, and got nothing"]
    refused = record("hooks.slack.com", accepted=False)
    assert wrong_effects([*ALL[:2], refused], FIRST) == wrong_effects(ALL[:2], FIRST)
    (twice,) = wrong_effects([*ALL, ALL[0]], FIRST)
    assert twice.endswith("and got to api.fastly.com; to api.fastly.com")
    assert wrong_effects(ALL, SECOND) == ["Fastly should have got 0 requests with an effect, and got to api.fastly.com"]


def test_trouble_on_the_way_and_an_argo_cd_that_does_not_wait_are_wrong() -> None:
    assert wrong_ways([WAITED]) == []
    assert wrong_ways([WAITED, Event(2.0, "Argo CD", "says Degraded", good=False)]) == [
        "went wrong on the way: says Degraded"
    ]
    assert "never said Progressing" in wrong_ways([])[0]


def snapshot(
    phase: str, *steps: dict[str, str], health: str = "Healthy", commit: str = "c1", seen: int = 2
) -> Snapshot:
    argocd = {"status": {"operationState": {"syncResult": {"revision": commit}}, "health": {"status": health}}}
    status = {"status": phase, "observedGeneration": seen, "workflow": {"finished": True, "steps": list(steps)}}
    return Snapshot(1.0, argocd, {"metadata": {"generation": 2}, "status": status}, [])


@pytest.mark.parametrize(
    ("now", "through"),
    [
        (snapshot("running"), True),
        (snapshot("running", health="Progressing"), False),
        (snapshot("running", commit="c0"), False),
        (snapshot("running", seen=1), False),
        (snapshot("runningWorkflow"), False),
    ],
)
def test_a_commit_is_through_when_both_have_it_and_call_it_healthy(now: Snapshot, through: bool) -> None:
    assert is_through(now, "c1") is through


def test_a_failed_workflow_is_said_at_once_with_the_steps_that_are_not_through() -> None:
    failed = {"name": "e2e", "phase": "failed", "message": "there is no repository"}
    now = snapshot("workflowFailed", {"name": "web", "phase": "succeeded"}, failed, health="Degraded")
    with pytest.raises(DemoError, match=r"^the workflow failed: step e2e failed: there is no repository; Application"):
        is_through(now, "c1")
    assert "web" not in where(now)


def test_a_workflow_that_cannot_begin_says_why() -> None:
    error = {"reason": "ReconcileError", "status": "False", "message": "no definition cdn-purge"}
    now = Snapshot(1.0, {}, {"status": {"status": "rendering", "conditions": [error]}}, [])
    assert where(now) == "no definition cdn-purge; Application rendering, Argo CD says nothing"


def running(
    revision: str, *steps: dict[str, str], at: float = 1.0, stuck: str = "", **calls: dict[str, Any]
) -> Snapshot:
    """A workflow under way; `calls` are those of the step `tell`, as its marker has them."""
    conditions = [{"reason": "ReconcileError", "status": "False", "message": stuck}] if stuck else []
    status = {"workflow": {"appRevision": revision, "steps": list(steps)}, "conditions": conditions}
    return Snapshot(at, {}, {"status": status}, [], {"tell": {"data": {"record": json.dumps({"calls": calls})}}})


def test_a_failed_step_is_trouble_while_others_still_run_but_not_that_of_an_earlier_commit() -> None:
    steps = ({"name": "tell", "phase": "failed"}, {"name": "e2e", "phase": "running"})
    assert Trouble(before="shop-v1").look(running("shop-v2", *steps)) == "the workflow fails"
    assert Trouble(before="shop-v2").look(running("shop-v2", *steps)) == ""


def test_a_receiver_that_goes_on_refusing_is_trouble_and_one_that_does_once_is_not() -> None:
    again = {"state": "again", "says": "Slack answered 500"}
    assert Trouble().look(running("shop-v1", slack={**again, "attempts": 1})) == ""
    assert Trouble().look(running("shop-v1", slack={**again, "attempts": 2, "state": "done"})) == ""
    told = Trouble().look(running("shop-v1", slack={**again, "attempts": 2}))
    assert told == "step tell is refused again and again: Slack answered 500"


def test_a_workflow_that_cannot_begin_is_trouble_once_that_lasts() -> None:
    trouble = Trouble()
    assert trouble.look(running("", stuck="conflict")) == ""
    assert trouble.look(running("", stuck="no notify", at=1.0 + LASTING)) == ""
    assert trouble.look(running("", at=2.0 + LASTING)) == ""
    assert trouble.look(running("", stuck="no notify", at=3.0 + LASTING)) == ""
    assert trouble.look(running("", stuck="no notify", at=3.0 + 2 * LASTING)) == "KubeVela cannot begin the workflow"
    earlier = Trouble("c2")  # Argo CD has not synced that commit yet
    assert [earlier.look(running("", stuck="no notify", at=at)) for at in (1.0, 2.0 + LASTING)] == ["", ""]
