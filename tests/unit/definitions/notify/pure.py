"""What the notify step computes, without KubeVela: its declarations in plain CUE, all cases in one run of `cue`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vela_steps.definitions.build import _imports, _inline, needed
from vela_steps.definitions.source import read
from vela_steps.tools.cue import Cue

SOURCES = Path(__file__).parents[4] / "definitions" / "src"
NOW = 1_750_000_000
SERVICES = (
    "slack",
    "teams",
    "discord",
    "googleChat",
    "lark",
    "dingding",
    "telegram",
    "mattermost",
    "pagerduty",
    "grafana",
    "datadog",
    "webhook",
    "email",
)
APPLICATION = {
    "metadata": {
        "name": "shop",
        "labels": {"team": "web"},
        "annotations": {"acme.example/git-revision": "4f2d9c1"},
    },
    "spec": {"components": [{"name": "web", "properties": {"image": "acme/web:1.2"}}, {"name": "jobs", "type": "x"}]},
}
STAGES = ("#Mail", "#Conversation", "#KeepThread", "#Run", "#Note")  # those that call something
TURN = """
_turn: {
	name:     *"" | string
	sends:    *false | true
	answered: *false | true
	answer: {status: *0 | int, body: *"" | string, header: {...}, now: *0 | int}
}
"""
# One service is due at a time.
OUT = """
_made: {for kind in _step.#wanted if kind != "email" {(kind): _step & {_turn: {name: kind, sends: true}}}}
_read: [for said in _step._answers {_step & {_turn: {name: said.kind, answered: true, answer: said.answer}}}]
out: {
	problems: _step.#problems.out
	troubles: [if len(problems) == 0 for trouble in _step.#troubles.out {trouble}]
	requests: {
		if len(problems) == 0 if len(troubles) == 0 for kind, made in _made {
			(kind): {url: made.#service.url, header: made.#service.header, body: made.#service.body}
		}
	}
	letter: [if len(problems) == 0 if len(troubles) == 0 if _step.parameter.email != _|_ {
		{subject: _step.#letter.subject, body: _step.#letter.body, from: _step.#sender}
	}, null][0]
	answers: [for one in _read {
		{is: one.#judged.is, says: one.#judged.says, after: one.#judged.after, learnt: one.#judged.learnt}
	}]
}
"""


@dataclass(frozen=True)
class Case:
    """One evaluation: parameters, what was read from Secrets and targets (by kind), the thread, answers to read."""

    parameter: Mapping[str, Any]
    secrets: Mapping[str, str] = field(default_factory=dict)
    targets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    thread: str = ""
    failed: Sequence[str] = ()
    answers: Sequence[Mapping[str, Any]] = ()
    owner: Mapping[str, Any] = field(default_factory=lambda: APPLICATION)
    alone: int = 0  # cases of another number are not put together with it

    def cue(self) -> str:
        """The case's own fields."""
        steps = [{"name": name, "phase": "failed"} for name in self.failed]
        read = {"read": {"owner": {"$returns": {"value": self.owner}}}}
        run = {**read, "revision": "shop-v3", "now": NOW, "uid": "u-1", "id": "run-1"}
        kinds = {kind: f"id-of-{kind}" for kind in ("webhook",)}
        values = {
            "context": {"name": "shop", "namespace": "prod", "stepName": "tell"},
            "parameter": self.parameter,
            "_run": {**run, "record": {"calls": {}, "state": {}}},
            "_run: #all": steps,
            "_answers": list(self.answers),
            "#secrets": dict(self.secrets),
            "#targets": dict(self.targets),
            "#moment": NOW,
            "#identity": kinds,
            "#thread": {"ts": self.thread},
        }
        return "".join(f"{name}: {json.dumps(value)}\n" for name, value in values.items())


def answer(kind: str, status: int, body: Any = "", **header: str) -> dict[str, Any]:
    """An answer of a service, for `Case.answers`; header names with _ for -."""
    text = body if isinstance(body, str) else json.dumps(body)
    named = {name.replace("_", "-"): value for name, value in header.items()}
    return {"kind": kind, "answer": {"status": status, "body": text, "header": named, "now": NOW}}


def declarations() -> tuple[str, str]:
    """The pure part: every declaration that calls nothing, with the imports that it needs."""
    own = read([file for file in sorted((SOURCES / "notify").glob("*.cue")) if file.stem != "notify"])
    shared = read(sorted((SOURCES / "shared").glob("*.cue")))
    wanted = [d for source in own for d in source.declarations if d.name not in STAGES]
    used = [d for d in needed(wanted, shared) if d.name not in STAGES and not d.name.endswith("Parameters")]
    text = "\n\n".join(_inline(d.text, shared) for d in (*wanted, *used))
    return _imports([*own, *shared], text), text


def kinds(case: Case) -> set[str]:
    """The services of a case."""
    return {kind for kind in case.parameter if kind in SERVICES}


def common(case: Case) -> tuple[Any, ...]:
    """What cases must share to be evaluated as one."""
    rest = {name: value for name, value in case.parameter.items() if name not in SERVICES}
    return json.dumps([rest, case.owner, list(case.failed), case.thread], sort_keys=True), case.alone


def batches(cases: Mapping[str, Case]) -> list[list[str]]:
    """Names of cases that can be evaluated as one: with different services, and the rest alike."""
    found: list[list[str]] = []
    for name, case in cases.items():
        for batch in found:
            others = [cases[other] for other in batch]
            if all(common(case) == common(other) and not kinds(case) & kinds(other) for other in others):
                batch.append(name)
                break
        else:
            found.append([name])
    return found


def merged(cases: Sequence[Case]) -> Case:
    """One case of several."""
    return Case(
        {name: value for case in cases for name, value in case.parameter.items()},
        {name: value for case in cases for name, value in case.secrets.items()},
        {name: value for case in cases for name, value in case.targets.items()},
        cases[0].thread,
        cases[0].failed,
        [said for case in cases for said in case.answers],
        cases[0].owner,
    )


def evaluate(cases: Mapping[str, Case], cue: Cue, folder: Path) -> dict[str, Any]:
    """Every case's `out`, by the case's name."""
    groups = batches(cases)
    told = run({str(n): merged([cases[name] for name in group]) for n, group in enumerate(groups)}, cue, folder)
    found: dict[str, Any] = {}
    for n, group in enumerate(groups):
        answers = iter(told[str(n)]["answers"])
        for name in group:
            requests = {kind: said for kind, said in told[str(n)]["requests"].items() if kind in cases[name].parameter}
            own = [next(answers) for _ in cases[name].answers]
            found[name] = {**told[str(n)], "requests": requests, "answers": own}
    return found


def run(cases: Mapping[str, Case], cue: Cue, folder: Path) -> dict[str, Any]:
    """The same without putting cases together."""
    imports, text = declarations()
    parts = ["package notify\n\n" + imports]
    parts += [f'X{name}="{name}": {{\n_step: {{{case.cue()}{TURN}{text}\n}}\n{OUT}}}\n' for name, case in cases.items()]
    parts += ["all: {\n" + "".join(f'\t"{name}": X{name}.out\n' for name in cases) + "}\n"]
    (folder / "cases.cue").write_text("".join(parts), encoding="utf-8")
    said = cue("export", "-e", "all", "--out", "json", "cases.cue", cwd=folder, timeout=120)
    found: dict[str, Any] = json.loads(said.stdout)
    return found


def sent(found: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The one request of a case, with its body as JSON."""
    assert found[name]["problems"] == []
    assert found[name]["troubles"] == []
    (request,) = found[name]["requests"].values()
    return {**request, "json": json.loads(request["body"])}
