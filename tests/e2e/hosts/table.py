"""The case folders through every host: `python -m tests.e2e.hosts.table` prints the table as docs/hosts.md has it.

In a host's rendering of a case with an outcome stands what the host renders of that outcome. A case with an error is
refused, in the core's words, or the host has mended or refused it by itself.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from tests.e2e.hosts.renderers import HOSTS, Host
from vela_steps import inject
from vela_steps.errors import ToolError
from vela_steps.hosts.krm import Loader
from vela_steps.plan.load import load_or_raise
from vela_steps.plan.ownership import ANNOTATION

CASES = Path(__file__).parents[2] / "cases"
AT_ONCE = 4  # hosts are processes that wait for processes

SAME, REFUSED, MENDED, CANNOT, WRONG = "same", "refused", "mended", "cannot", "WRONG"
SIGNS = {SAME: "✔", REFUSED: "✘", MENDED: "(✔)", CANNOT: "·", WRONG: "**wrong**"}
MEANINGS = {
    SAME: "the same objects as in the case's `after.yaml`; ✔= the same bytes, too",
    REFUSED: "an error, in the same words (Helm 4 does not show what a plugin says)",
    MENDED: "an error of the case that the host's own rendering does away with; the steps are injected",
    CANNOT: "the host itself cannot take the file, with or without a plan",
}


class Case(NamedTuple):
    """A folder of `tests/cases`: `after` is the outcome, or None where `error` says why there is none."""

    name: str
    before: str
    plan: str
    after: str | None
    error: str


class Cell(NamedTuple):
    """What became of a case in a host, and why where that is not plain."""

    outcome: str
    why: str = ""


def cases() -> Iterator[Case]:
    """Every case, by name."""
    for folder in sorted(CASES.iterdir()):
        texts = {path.name: path.read_bytes().decode() for path in folder.iterdir()}
        before = texts.get("before.yaml") or texts.get("before.json") or ""
        after = texts.get("after.yaml") or texts.get("after.json")
        yield Case(folder.name, before, texts["plan.yaml"], after, texts.get("error.txt", ""))


def cell(host: Host, case: Case, folder: Path) -> Cell:
    """Run one case through one host."""
    try:
        bare = host.render(folder / "bare", case.before, "")
    except ToolError as error:
        return Cell(CANNOT, last_line(error))
    if case.after is None:
        return _refusal(host, case, bare, folder)
    try:
        wanted = host.render(folder / "wanted", case.after, "")
        got = host.render(folder / "got", case.before, case.plan)
    except ToolError as error:
        return Cell(WRONG, str(error))
    if got == case.after:
        return Cell(SAME, "bytes")
    if host.keeps_bytes:
        return Cell(WRONG, "other bytes")
    try:
        return Cell(SAME) if meaning(got) == meaning(wanted) else Cell(WRONG, got)
    except yaml.YAMLError:  # PyYAML is stricter than the case: then the text itself must be there
        return Cell(SAME) if case.after.strip() in got else Cell(WRONG, got)


def _refusal(host: Host, case: Case, bare: str, folder: Path) -> Cell:
    try:
        got = host.render(folder / "got", case.before, case.plan)
    except ToolError as error:
        same = sentence(case.error) in " ".join(str(error).split())
        return Cell(REFUSED) if same or host.mute else Cell(WRONG, f"another error: {error}")
    # A null is where KRM functions may write: it is the orchestrator's, not the author's.
    roomy = re.sub(r": (?:null|~)$", ":", bare, flags=re.MULTILINE)
    result = inject(roomy, load_or_raise(case.plan, "plan"))
    if host.keeps_bytes or not result.ok:
        return Cell(WRONG, "not refused")
    return Cell(MENDED) if meaning(got) == meaning(result.text) else Cell(WRONG, got)


def sentence(error: str) -> str:
    """What an error says, without its place and its cure: those differ with the host."""
    return " ".join(re.sub(r"^\S+: error: ", "", error).split(";")[0].split())


def last_line(error: Exception) -> str:
    """The end of what a host printed."""
    return str(error).strip().splitlines()[-1].strip()


def meaning(text: str) -> list[Any]:
    """The objects, those of a List one by one as Helm 4 and kustomize hand them on, without our record in them: what
    had to be created for it depends on what the host has put there already."""
    documents = [document for document in yaml.load_all(text, Loader) if document]
    objects = [one for document in documents for one in document.get("items") or [document]]
    for one in objects:
        metadata = one.get("metadata") or {}
        annotations = metadata.get("annotations") or {}
        annotations.pop(ANNOTATION, None)
        if not annotations:
            metadata.pop("annotations", None)
    return sorted(objects, key=lambda one: json.dumps(one, sort_keys=True, default=str))


def column(host: Host, chosen: Sequence[Case], root: Path) -> dict[str, Cell]:
    """Every case through one host, by its name."""

    def one(case: Case) -> Cell:
        folder = root / host.name.replace(" ", "-") / case.name
        folder.mkdir(parents=True)
        return cell(host, case, folder)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip([case.name for case in chosen], pool.map(one, chosen), strict=True))


def markdown(columns: Mapping[str, Mapping[str, Cell]]) -> str:
    """The page: how many of each, then case by case, then why a host cannot take some."""
    names = list(columns)
    lines = [_HEAD, "", "| | " + " | ".join(names) + " |", "|---|" + "---:|" * len(names)]
    counts = {name: Counter(one.outcome for one in columns[name].values()) for name in names}
    for outcome in (SAME, REFUSED, MENDED, CANNOT):
        lines.append(
            f"| {SIGNS[outcome]} {outcome} | " + " | ".join(str(counts[name][outcome]) for name in names) + " |"
        )
    lines += ["", *(f"- {SIGNS[outcome]} {outcome}: {text}" for outcome, text in MEANINGS.items())]
    lines += ["", "| case | " + " | ".join(names) + " |", "|---|" + "---|" * len(names)]
    for case in next(iter(columns.values())):
        lines.append(f"| {case} | " + " | ".join(sign(columns[name][case]) for name in names) + " |")
    return "\n".join([*lines, ""])


def sign(one: Cell) -> str:
    """A cell as the page shows it."""
    return SIGNS[one.outcome] + ("=" if one.why == "bytes" else "")


_HEAD = """\
<!-- Made by `make hosts`: python -m tests.e2e.hosts.table. -->

# Hosts and cases

The cases of [tests/cases](../tests/cases) through every place where the helper plugs in, each by the real program."""


def main() -> int:
    """Print the page; what is wrong, on standard error."""
    chosen = list(cases())
    columns = {}
    with tempfile.TemporaryDirectory() as root:
        for host in HOSTS:
            if why := host.missing():
                print(f"{host.name}: {why}", file=sys.stderr)
                continue
            columns[host.name] = column(host, chosen, Path(root))
            wrong = {name: one.why for name, one in columns[host.name].items() if one.outcome == WRONG}
            for name, reason in wrong.items():
                print(f"{host.name}: {name}: {reason}\n", file=sys.stderr)
    print(markdown(columns), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
