"""Random Applications, and a writer that puts plain data into YAML in a random style. Test material only.

It shares no code with the tool: its quoting and layout are its own, so that both do not err alike.
"""

from __future__ import annotations

import json
from random import Random
from typing import Any

WORDS = [
    "web",
    "api",
    "on",
    "a b",
    "1e3",
    "0x1f",
    "no",
    "x: y",
    "# x",
    "it's",
    "日本",
    "-",
    "{{x}}",
    "é",
    "null",
    "2024-01-01",
]
TEXTS = [
    "one\ntwo",
    "one\ntwo\n",
    "one\n\nthree\n",
    "a\n b\n",
    "trail \nend",
    "one\n\n",
    "tab\tbed",
    'say "hi"',
    "back\\slash",
]
SAFE = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ -")
RESERVED = {"on", "no", "null", "yes", "off", "true", "false", "y", "n"}


def scalar_data(rng: Random) -> Any:
    return rng.choice([rng.choice(WORDS), rng.choice(TEXTS), rng.randint(-5, 5000), True, False, None, 1.5, ""])


def data(rng: Random, depth: int = 3) -> Any:
    kind = rng.random()
    if depth == 0 or kind < 0.5:
        return scalar_data(rng)
    if kind < 0.8:
        return {rng.choice(WORDS) + str(i): data(rng, depth - 1) for i in range(rng.randint(0, 3))}
    return [data(rng, depth - 1) for _ in range(rng.randint(0, 3))]


def application(rng: Random) -> dict[str, Any]:
    names = rng.sample(["frontend", "backend", "db", "on", "cache 1"], rng.randint(1, 4))
    meta: dict[str, Any] = {"name": rng.choice(["shop", "blog", "1"]), "namespace": "prod"}
    if rng.random() < 0.5:
        meta["labels"] = {"team": "web"}
    if rng.random() < 0.5:
        meta["annotations"] = rng.choice([{}, None, {"a": "b"}, {"filter.oam.dev/label-keys": "x, y"}])
    spec: dict[str, Any] = {"components": [component(rng, name, names) for name in names]}
    if rng.random() < 0.3:
        spec["policies"] = [
            {"name": "eu", "type": rng.choice(["topology", "override"]), "properties": {"clusters": ["eu"]}}
        ]
    if rng.random() < 0.8:
        spec["workflow"] = workflow(rng, names)
    parts = [("metadata", meta), ("spec", spec)]
    rng.shuffle(parts)
    return {"apiVersion": "core.oam.dev/v1beta1", "kind": "Application", **dict(parts)}


def component(rng: Random, name: str, names: list[str]) -> dict[str, Any]:
    made: dict[str, Any] = {"name": name, "type": rng.choice(["webservice", "worker"])}
    if rng.random() < 0.7:
        made["properties"] = data(rng) if rng.random() < 0.5 else {"image": "nginx", "more": data(rng)}
    if rng.random() < 0.2:
        made["dependsOn"] = [other for other in names if other < name]
    return made


def workflow(rng: Random, names: list[str]) -> Any:
    steps = [step(rng, index, names) for index in range(rng.randint(1, 4))]
    steps.insert(
        rng.randint(0, len(steps)),
        {"name": "apply-it", "type": "apply-component", "properties": {"component": names[0]}},
    )
    flow: dict[str, Any] = {"steps": rng.choice([steps, steps, steps, [], None])}
    if rng.random() < 0.4:
        flow["mode"] = rng.choice([{"steps": "DAG"}, {"steps": "StepByStep", "subSteps": "StepByStep"}])
        if rng.random() < 0.2:
            del flow["steps"]
    return rng.choice([flow, flow, flow, flow, {}, None])


def step(rng: Random, index: int, names: list[str]) -> dict[str, Any]:
    made: dict[str, Any] = {"name": f"step {index}"}
    if rng.random() < 0.2:
        sub = {"name": f"sub {index}", "type": "apply-component", "properties": {"component": rng.choice(names)}}
        return {**made, "type": "step-group", "subSteps": [sub]}
    made["type"] = rng.choice(["apply-component", "suspend", "request"])
    if made["type"] == "apply-component":
        made["properties"] = {"component": rng.choice(names)}
    elif rng.random() < 0.5:
        made["properties"] = {"value": data(rng)}
    return made


class Writer:
    """Writes data in one random style; `flow`, `comments` and `quotes` are how likely each is."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.step = rng.choice([2, 2, 2, 3, 4])
        self.dash = rng.choice([0, 2])
        self.flow = rng.choice([0.0, 0.0, 0.15, 0.5])
        self.comments = rng.choice([0.0, 0.1, 0.3])
        self.quotes = rng.choice([0.0, 0.2])

    def document(self, value: dict[str, Any]) -> str:
        kind = self.rng.random()
        if kind < 0.08:
            return json.dumps(value, indent=self.rng.choice([None, 2, 4, "\t"]))
        if kind < 0.12:
            return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
        lines = self.mapping(value, 0)
        if self.rng.random() < 0.3:
            lines = ["# first", "", *lines]
        if self.rng.random() < 0.3:
            lines += ["", "# last"]
        return "\n".join(lines)

    def noise(self, indent: int) -> list[str]:
        if self.rng.random() >= self.comments:
            return []
        return self.rng.choice(
            [[""], [" " * indent + "# note: [x"], ["", " " * indent + "# note"], ["# at the margin"], ["   "]]
        )

    def tail(self) -> str:
        return self.rng.choice(["  # said", "   ", " #"]) if self.rng.random() < self.comments else ""

    def mapping(self, value: dict[str, Any], indent: int) -> list[str]:
        lines: list[str] = []
        for key, item in value.items():
            lines += self.noise(indent) if lines else []
            lines += self.entry(" " * indent + self.key(key) + ":", item, indent)
        return lines

    def entry(self, head: str, item: Any, indent: int) -> list[str]:
        if isinstance(item, (dict, list)) and item and self.rng.random() >= self.flow:
            inner = indent + (self.dash if isinstance(item, list) else self.step)
            below = self.sequence(item, inner) if isinstance(item, list) else self.mapping(item, inner)
            return [head + self.tail(), *self.noise(inner), *below]
        return self.leaf(head, item, indent + self.step)

    def sequence(self, value: list[Any], indent: int) -> list[str]:
        lines: list[str] = []
        for item in value:
            lines += self.noise(indent) if lines else []
            lines += self.item(item, indent)
        return lines

    def item(self, item: Any, indent: int) -> list[str]:
        dash = " " * indent + "-"
        if isinstance(item, dict) and item and self.rng.random() >= self.flow:
            if self.rng.random() < 0.1:
                return [dash + self.tail(), *self.mapping(item, indent + 2)]
            first, *rest = self.mapping(item, indent + 2)
            return [dash + " " + first.lstrip(" "), *rest]
        return self.leaf(dash, item, indent + 2)

    def leaf(self, head: str, item: Any, indent: int) -> list[str]:
        if isinstance(item, str) and "\n" in item and self.rng.random() < 0.7 and (block := self.block(item, indent)):
            return [f"{head} {block[0]}", *block[1:]]
        if item is None and self.rng.random() < 0.8:
            return [head + self.tail()]
        text = self.inline(item)
        if "# " in text or text.startswith("#"):
            return [f"{head} {text}"]
        return [f"{head} {text}{self.tail()}"]

    def block(self, text: str, indent: int) -> list[str]:
        if text.startswith((" ", "\n")) or "\t" in text or not text.strip("\n"):
            return []
        body = text.rstrip("\n")
        breaks = len(text) - len(body)
        chomp = "-" if breaks == 0 else "" if breaks == 1 else "+"
        after = [""] * (breaks - 1) if chomp == "+" else self.rng.choice([[], [], [""]])
        return ["|" + chomp, *(" " * indent + line if line else "" for line in body.split("\n")), *after]

    def inline(self, item: Any) -> str:
        if isinstance(item, dict):
            inner = [f"{self.key(key)}: {self.inline(value)}" for key, value in item.items()]
            return "{" + self.rng.choice([", ", " , "]).join(inner) + "}"
        if isinstance(item, list):
            return "[" + ", ".join(map(self.inline, item)) + "]"
        return self.text(item) if isinstance(item, str) else json.dumps(item)

    def key(self, key: str) -> str:
        return self.text(key)

    def text(self, value: str) -> str:
        plain = set(value) <= SAFE and value.strip() == value and value and value not in RESERVED and value[0] != "-"
        if plain and self.rng.random() >= self.quotes:
            return value
        if "\n" not in value and "\t" not in value and self.rng.random() < 0.5:
            return "'" + value.replace("'", "''") + "'"
        return json.dumps(value, ensure_ascii=self.rng.random() < 0.5)


def laid_out(text: str, rng: Random) -> str:
    """The text with a random kind of line breaks, byte order mark, and end of file."""
    if rng.random() < 0.8:
        text += "\n" * rng.choice([1, 1, 1, 2])
    if rng.random() < 0.2:
        text = text.replace("\n", "\r\n")
    return "\ufeff" + text if rng.random() < 0.1 else text
