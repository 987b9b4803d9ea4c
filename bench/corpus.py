"""Test input: many Applications made of the components of real ones, in files of many documents."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from random import Random

import yaml

ROOT = Path(__file__).parent.parent
SOURCES = (ROOT.parent / "shared" / "corpus" / "applications", ROOT / "tests" / "cases")
LINES, WITH_WORKFLOW, PER_FILE = 98, 0.7, 100

_COMPONENTS = re.compile(r"^  components:\n((?:    .*\n|\n)+)", re.MULTILINE)
_ITEM = re.compile(r"^    - (?:.*\n)(?:(?:      .*)?\n)*", re.MULTILINE)


def components() -> list[str]:
    """The text of components as real files write them, comments included, without their names."""
    found: dict[str, None] = {}
    for source in SOURCES:
        for path in sorted(source.rglob("*.yaml")):
            text = path.read_bytes().decode(errors="replace").removeprefix("\ufeff") + "\n"
            if "\r" in text or "error" in path.name:
                continue
            for block in _COMPONENTS.findall(text):
                found.update((item.rstrip("\n") + "\n", None) for item in _ITEM.findall(block) if _is_good(item))
        if len(found) > 40:
            break
    return list(found)


def _is_good(item: str) -> bool:
    if re.match(r"    - name: [\w-]+\n", item) is None or "{{" in item:
        return False
    try:
        return isinstance(yaml.load(item, yaml.CSafeLoader), list)
    except yaml.YAMLError:
        return False


_SCALAR = re.compile(r"^( +(?:- )?[a-zA-Z]+: )([A-Za-z][A-Za-z0-9./:-]+)$", re.MULTILINE)
_KEY = re.compile(r"^( {10,}(?:- )?)([A-Za-z]+):", re.MULTILINE)


def made_unique(body: str, number: int) -> str:
    """A component in which every text value is another in every Application, and so are the deeper keys."""
    body = _SCALAR.sub(lambda found: found[0] if " type:" in found[1] else f"{found[0]}-{number}", body)
    return _KEY.sub(rf"\g<1>\g<2>{number}:", body)


def application(number: int, rng: Random, parts: list[str], unique: bool) -> str:
    """One Application of about LINES lines on average."""
    lines = ["apiVersion: core.oam.dev/v1beta1", "kind: Application", "metadata:", f"  name: app-{number}"]
    lines += [f"  namespace: team-{number % 50}", "  labels:", f"    team: team-{number % 50} # owns it", "spec:"]
    names: list[str] = []
    lines.append("  components:")
    wanted = rng.randint(LINES // 3, LINES)
    while len(lines) < wanted:
        names.append(f"part-{number}-{len(names)}")
        body = re.sub(r"    - name: \S+", f"    - name: {names[-1]}", rng.choice(parts), count=1)
        body = made_unique(body, number) if unique else body
        lines += body.rstrip("\n").split("\n")
    if rng.random() < WITH_WORKFLOW:
        lines += ["", "  workflow:", "    steps:"]
        for name in names:
            lines += [f"      # roll out {name}", f"      - name: apply-{name}", "        type: apply-component"]
            lines += ["        properties:", f"          component: {name}"]
    return "\n".join(lines) + "\n"


def files(count: int, *, unique: bool = False) -> Iterator[tuple[str, str]]:
    """The names and texts of files that hold `count` Applications together; `unique`: no two components are alike."""
    rng, parts = Random(7), components()  # noqa: S311 - the same input every time is the point
    for first in range(0, count, PER_FILE):
        numbers = range(first, min(first + PER_FILE, count))
        documents = [application(number, rng, parts, unique) for number in numbers]
        yield f"apps-{first // PER_FILE:04}.yaml", "---\n".join(documents)
