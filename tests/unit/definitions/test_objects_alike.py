"""Both versions of CUE make the same of an object that await-object and read-object look at."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.definitions.evaluation import CONTEXT, OWNER, both, needs_cue, noted, returned
from tests.unit.definitions.together import Asked, Table
from vela_steps.tools.cue import Cue

pytestmark = needs_cue
WEB = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
DONE = {"observedGeneration": 2, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}
LATE = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "too long"}
CONDITION = {"type": "Progressing", "status": "False"}
MISSING = {"err": 'deployments.apps "web" not found'}
REFUSED = {"err": "connection refused"}
OUT = """
out: {
	for how in ["wait", "fail", "say"] if template._step._end[how].call != _|_ {
		(how): template._step._end[how].call.$params.message
	}
	outputs: template.outputs
}
"""


def web(**status: Any) -> dict[str, Any]:
    """What reading the Deployment returns."""
    return {"value": {**WEB, "metadata": {"name": "web", "generation": 2}, "spec": {"replicas": 2}, "status": status}}


# The step's parameters, what reading the object returned, how the step goes on and what it says.
CASES: dict[str, tuple[str, dict[str, Any], dict[str, Any] | None, str, str]] = {
    "rolled out": ("await-object", {"until": "rollout"}, web(**DONE), "say", "has finished its rollout"),
    "in between": ("await-object", {"until": "rollout"}, web(**{**DONE, "updatedReplicas": 1}), "wait", "waits until"),
    "never": (
        "await-object",
        {"until": "rollout"},
        web(observedGeneration=2, conditions=[LATE]),
        "fail",
        "will not get there",
    ),
    "gone": ("await-object", {"until": "gone"}, MISSING, "say", "Deployment web is gone"),
    "not yet there": ("await-object", {"until": "exists"}, MISSING, "wait", "waits until Deployment web exists"),
    "out of reach": ("await-object", {"until": "exists"}, REFUSED, "wait", "waits until Deployment web exists"),
    "in a condition": ("await-object", {"condition": CONDITION}, web(conditions=[LATE]), "say", "has condition"),
    "not asked for": ("await-object", {"until": "condition"}, None, "fail", "condition is missing: write condition"),
    "read": ("read-object", {"fields": {"replicas": "spec.replicas"}}, web(), "say", "read Deployment web"),
    "not found": ("read-object", {}, MISSING, "fail", "there is no Deployment web in namespace prod"),
    "optional": ("read-object", {"optional": True}, MISSING, "say", "which is optional"),
    "not to be read": ("read-object", {}, {"err": "forbidden"}, "fail", "cannot be read in namespace prod: forbidden"),
}


def asked(step: str, parameter: dict[str, Any], answer: dict[str, Any] | None, noted_before: Any = None) -> Asked:
    """How the step goes on, and what it gives to later ones; a parameter that is None is left out."""
    given = {key: value for key, value in {**WEB, **parameter}.items() if value is not None}
    answers: dict[str, Any] = {"context": CONTEXT, "parameter": given}
    if answer is None:
        pass
    elif step == "read-object":
        answers["output"] = returned(answer)
    else:
        run = {"read": {"owner": returned({"value": OWNER})}, "find": {"marker": returned(noted(noted_before))}}
        answers["_step"] = {"_run": run, "_read": {"call": returned(answer)}}
    return Asked(step, answers, OUT)


def looked(
    step: str, parameter: dict[str, Any], answer: dict[str, Any] | None, cue: Cue, noted_before: Any = None
) -> dict[str, Any]:
    """The same, evaluated."""
    return asked(step, parameter, answer, noted_before).look(cue)


TABLE = Table({name: asked(*case[:3]) for name, case in CASES.items()})


@pytest.mark.parametrize("name", CASES)
def test_both_versions_of_cue_see_the_same(name: str) -> None:
    how, says = CASES[name][3:]
    old, new = both(lambda cue: TABLE.look(name, cue))
    assert old == new
    assert says in old[how]
    assert how == "wait" or "wait" not in old
