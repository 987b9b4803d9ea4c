"""What the notify step computes, without KubeVela: its declarations in plain CUE, all cases in one run of `cue`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vela_steps.definitions.build import _imports, needed
from vela_steps.definitions.source import read
from vela_steps.tools.cue import Cue

SOURCES = Path(__file__).parents[3] / "definitions" / "src"
NOW = 1_750_000_000
APPLICATION = {
    "metadata": {
        "name": "shop",
        "labels": {"team": "web"},
        "annotations": {"acme.example/git-revision": "4f2d9c1"},
    },
    "spec": {"components": [{"name": "web", "properties": {"image": "acme/web:1.2"}}, {"name": "jobs", "type": "x"}]},
}
OUT = """
out: {
	problems: #problems.out
	troubles: [if len(problems) == 0 for trouble in #troubles.out {trouble}]
	requests: {
		if len(problems) == 0 if len(troubles) == 0 for kind, service in #services {
			(kind): {url: service.url, header: service.header, body: service.body}
		}
	}
	letter: [if len(problems) == 0 if len(troubles) == 0 if parameter.email != _|_ {
		{subject: #letter.subject, body: #letter.body, from: #sender}
	}, null][0]
	answers: [for said in _answers {
		_read: #Answered & {kind: said.kind, answer: said.answer}
		{is: _read.is, says: _read.says, after: _read.after, learnt: _read.learnt}
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

    def cue(self) -> str:
        """The case's own fields."""
        steps = [{"name": name, "phase": "failed"} for name in self.failed]
        run = {"owner": self.owner, "revision": "shop-v3", "now": NOW, "uid": "u-1", "id": "run-1"}
        kinds = {kind: f"id-of-{kind}" for kind in ("webhook",)}
        values = {
            "context": {"name": "shop", "namespace": "prod", "stepName": "tell"},
            "parameter": self.parameter,
            "_run": {**run, "record": {"calls": {}, "state": {}}},
            "_run: _all": steps,
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
    stages = ("#Mail", "#Conversation", "#Keep")
    wanted = [d for source in own for d in source.declarations if d.name not in stages]
    inner = [*wanted, *(d for d in needed(wanted, shared) if d.name not in ("#Run", "#Note"))]
    text = "\n\n".join(d.text for d in inner)
    return _imports([*own, *shared], text), text


def evaluate(cases: Mapping[str, Case], cue: Cue, folder: Path) -> dict[str, Any]:
    """Every case's `out`, by the case's name."""
    imports, text = declarations()
    parts = ["package notify\n\n" + imports]
    parts += [f"{json.dumps(name)}: {{\n{case.cue()}{text}\n{OUT}}}\n" for name, case in cases.items()]
    parts += ["all: {\n" + "".join(f"\t{json.dumps(n)}: X{i}.out\n" for i, n in enumerate(cases)) + "}\n"]
    whole = "".join(parts)
    for i, name in enumerate(cases):
        whole = whole.replace(f"{json.dumps(name)}: {{\ncontext", f"X{i}={json.dumps(name)}: {{\ncontext", 1)
    (folder / "cases.cue").write_text(whole, encoding="utf-8")
    said = cue("export", "-e", "all", "--out", "json", "cases.cue", cwd=folder, timeout=120)
    found: dict[str, Any] = json.loads(said.stdout)
    return found
