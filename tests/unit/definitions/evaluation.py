"""One evaluation of a shipped definition by CUE itself, with what KubeVela's calls returned given beside it.

KubeVela fills what a call returned into the evaluated template and evaluates it again; here all that the calls of one
evaluation return is given at once. A stage that was not reached has no field for its call, so that CUE itself refuses
an answer to it.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest

from vela_steps.cli.definitions import cues
from vela_steps.definitions.engine import module, plain
from vela_steps.sandbox.components import cache
from vela_steps.sandbox.components.recipes import GROUPS, RECIPES
from vela_steps.tools.cue import Cue

Result = TypeVar("Result")
ROOT = Path(__file__).parents[3] / "definitions"
BUILT = all(cache.installed(RECIPES[name]) for name in GROUPS["cue"])
needs_cue = pytest.mark.skipif(not BUILT, reason="CUE is not built: vela-steps sandbox build cue")
STEP = {"id": "id-of-the-step", "name": "go", "phase": "running", "lastExecuteTime": "2026-01-02T03:04:05Z"}
OWNER = {
    "metadata": {
        "name": "shop",
        "namespace": "prod",
        "uid": "1-2-3",
        "annotations": {"acme.io/git-revision": "4f2d9c1"},
    },
    "spec": {"components": [{"name": "web", "type": "webservice", "properties": {"image": "nginx:1"}}]},
    "status": {"workflow": {"appRevision": "shop-v1", "steps": [STEP]}},
}
CONTEXT = {"name": "shop", "namespace": "prod", "appRevision": "shop-v1", "stepName": "go", "stepSessionID": STEP["id"]}
WRITTEN = {"value": {"metadata": {"managedFields": [{"time": "2026-01-02T03:04:07Z"}]}}}
"""The marker as it is read back, where a request carries the time."""
DATE = "Fri, 02 Jan 2026 03:04:05 GMT"


@dataclass(frozen=True)
class Case:
    """One evaluation of a step: its parameters, the keys of its Secret, what was answered, and what it then says."""

    step: str
    parameter: dict[str, Any]
    status: int = 0
    body: Any = ""
    says: str = ""
    secret: dict[str, str] = field(default_factory=dict)
    ends: str = "say"  # or wait, fail
    front: bool = False  # a question is put before the call
    header: dict[str, str] = field(default_factory=dict)
    noted: dict[str, Any] | None = None  # the calls in the marker
    watched: dict[str, Any] | None = None  # the object that onlyIfChanged names


TOKEN = {"auth": {"secretRef": {"name": "kept", "key": "token"}}}
KEPT = {"token": "t0k3n"}
EVENT = {"repo": "acme/shop", "event": "deployed", "payload": {"a": 1}, **TOKEN}
START = {"repo": "acme/shop", "workflow": "e2e.yml", "ref": "main", "wait": {"poll": "5s"}, **TOKEN}
FASTLY = {"provider": "fastly", "service": "S1", "tags": ["a", "b"], **TOKEN}
INVALIDATED = "<Invalidation><Id>I1</Id><Status>InProgress</Status></Invalidation>"


def returned(value: Any) -> dict[str, Any]:
    """What KubeVela fills in for a call."""
    return {"$returns": value}


def noted(record: dict[str, Any] | None) -> dict[str, Any]:
    """What reading the marker returns: what was noted by an evaluation before, None for nothing."""
    if record is None:
        return {"value": {}, "err": 'configmaps "x" not found'}
    times = [{"time": "2026-01-02T03:00:00Z"}]
    return {"value": {"metadata": {"managedFields": times}, "data": {"record": json.dumps(record)}}}


def marker(calls: dict[str, Any] | None) -> dict[str, Any]:
    """The same where this run has noted these calls and nothing else."""
    record = {"run": STEP["id"], "session": STEP["id"], "breaks": 0, "since": 1, "calls": calls, "state": {}}
    return noted(None if calls is None else record)


def fills(case: Case, answered: bool) -> dict[str, Any]:
    """The answers to all calls of the evaluation, or to those before the request, at their places in the template."""
    answer = {
        "statusCode": case.status,
        "body": case.body if isinstance(case.body, str) else json.dumps(case.body),
        "header": {"Date": [DATE], **{name: [value] for name, value in case.header.items()}},
    }
    step: dict[str, Any] = {
        "_run": {
            "read": {"owner": returned({"value": OWNER})},
            "find": {"marker": returned(marker(case.noted))},
        },
        "_turn": {},
    }
    if answered:
        step["_turn"] = {"send": {"call": returned(answer)}, "after": {"note": returned({"value": {}})}}
    if case.step != "http-check":  # a question is not noted before it is put
        step["_turn"]["before"] = {"note": returned({"value": {}})}
    if "webhook" in case.parameter or {"lark.secret", "dingding.secret"} & set(case.secret):
        step["_turn"]["clock"] = {"marker": returned(WRITTEN)}
    if case.front:
        step["_turn"]["ahead"] = {"call": returned({"statusCode": 403, "body": "", "header": {"Date": [DATE]}})}
    if case.watched:
        step["_watch"] = {"read": {"0": returned({"value": case.watched})}}
    if case.secret:
        data = {key: base64.b64encode(value.encode()).decode() for key, value in case.secret.items()}
        step["_secrets"] = {"read": {"kept": returned({"value": {"data": data}})}}
    return {"context": CONTEXT, "parameter": case.parameter, "_step": step}


def both(look: Callable[[Cue], Result]) -> tuple[Result, Result]:
    """What the older and the newer version of CUE make of something, looked at side by side."""
    with ThreadPoolExecutor() as pool:
        old, new = pool.map(look, cues())
    return old, new


def filled(answers: dict[str, Any]) -> str:
    """The answers as CUE, hidden fields among them."""
    return re.sub(r'"(_\w+)":', r"\1:", json.dumps(answers))


def exported(step: str, text: str, field: str, cue: Cue, template: str = "template") -> dict[str, Any]:
    """A field of this text beside a definition, whose template is given another name if need be."""
    definition = plain((ROOT / f"{step}.cue").read_text(encoding="utf-8"), "context: {...}")
    definition = definition.replace("\ntemplate: {\n", f"\n{template}: {{\n", 1)
    with module() as folder:
        (folder / "definition.cue").write_text(f"{definition}\n{text}", encoding="utf-8")
        found: dict[str, Any] = json.loads(cue("export", "-e", field, "./definition.cue", cwd=folder).stdout)
    return found


def evaluate(case: Case, answers: dict[str, Any], out: str, cue: Cue) -> dict[str, Any]:
    """The field `out`, which may look at `template`, of a definition in which these calls were answered."""
    return exported(case.step, f"template: {filled(answers)}\n{out}\n", "out", cue)
