"""The case folders through every host: `python -m tests.e2e.hosts.table` prints the table as docs/hosts.md has it.

In a host's rendering of a case with an outcome stands what the host renders of that outcome. A case with an error is
refused, in the core's words, or the host has mended or refused it by itself.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
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


def column(host: Host, chosen: Sequence[Case], root: Path, tell: Callable[[], None] = lambda: None) -> dict[str, Cell]:
    """Every case through one host, by its name; `tell` is called at the end of each."""

    def one(case: Case) -> Cell:
        folder = root / host.name.replace(" ", "-") / case.name
        folder.mkdir(parents=True)
        done = cell(host, case, folder)
        tell()
        return done

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


class Progress:
    """How far the table is, on standard error: a line for each tenth of a host's cases."""

    def __init__(self, hosts: int, each: int) -> None:
        self.all, self.each, self.done = hosts * each, each, 0
        self.began, self.lock = time.monotonic(), threading.Lock()

    def tell(self, host: Host) -> None:
        """One more case is through."""
        with self.lock:
            self.done += 1
            here = (self.done - 1) % self.each + 1
            if here % max(1, self.each // 10) == 0 or here == self.each:
                spent = time.monotonic() - self.began
                text = f"{host.name}: {here} of {self.each} cases ({self.done} of {self.all} in all, {spent:.0f} s)"
                print(text, file=sys.stderr, flush=True)


def main() -> int:
    """Print the page; what is wrong, on standard error. Exit status 1 where it would not be a page to keep."""
    chosen = list(cases())
    columns = {}
    missing = {host.name: why for host in HOSTS if (why := host.missing())}
    for name, why in missing.items():
        print(f"{name}: {why}", file=sys.stderr)
    there = [host for host in HOSTS if host.name not in missing]
    progress = Progress(len(there), len(chosen))
    with tempfile.TemporaryDirectory() as root:
        for host in there:
            columns[host.name] = column(host, chosen, Path(root), partial(progress.tell, host))
    wrong = [
        f"{host}: {name}: {one.why}"
        for host, cells in columns.items()
        for name, one in cells.items()
        if one.outcome == WRONG
    ]
    print("\n\n".join(wrong), file=sys.stderr)
    print(markdown(columns), end="")
    return 1 if wrong or missing else 0


if __name__ == "__main__":
    sys.exit(main())
