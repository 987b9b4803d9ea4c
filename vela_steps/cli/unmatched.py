"""Plans that select no Application at all, which mostly is a slip of the pen: what is said of them after a run."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from vela_steps.cli.options import plural
from vela_steps.files.find import STDIN
from vela_steps.files.process import Edit
from vela_steps.injection import Result, find
from vela_steps.injection.quick import application
from vela_steps.locate.documents import documents, may_hold_application
from vela_steps.locate.trouble import Trouble
from vela_steps.plan import view
from vela_steps.plan.model import NOTE, WARNING, Plan, Position, Problem, Selector
from vela_steps.plan.ownership import ANNOTATION
from vela_steps.plan.select import selects
from vela_steps.schema.words import nearest

ENOUGH = 300  # Applications that are looked at whole, and of which one may be named: more would cost time and memory
SHOWN = 5


class Seen(NamedTuple):
    """An Application by what plans select it."""

    name: str
    namespace: str
    types: tuple[str, ...]

    def __str__(self) -> str:
        return "/".join(filter(None, (self.namespace, self.name))) or "one without a name"


class Unmatched:
    """The plans that have selected nothing so far, and the Applications seen meanwhile."""

    def __init__(self, plans: Iterable[Plan]) -> None:
        self.open = {plan.name: plan for plan in plans}
        self.seen: list[Seen] = []
        self.more = False

    def look(self, text: bytes) -> None:
        """Look at a text into which the plans were injected; costs nothing once each plan has selected something."""
        if self.open and may_hold_application(body := text.decode("utf-8", "replace")):
            for start, end, _ in documents(body):
                self._document(body[start:end])

    def _document(self, text: str) -> None:
        if not self.open or not may_hold_application(text):
            return
        if len(self.seen) >= ENOUGH:
            self.more = True
            # Where a plan has put its steps stands its name.
            if ANNOTATION not in text or not any(name in text for name in self.open):
                return
        plain = application(text)
        for app in [found.app for found in find(text)[0]] if plain is None else [plain]:
            try:
                self._application(app)
            except Trouble:  # its file has an error, and that is said
                continue

    def _application(self, data: dict[str, Any]) -> None:
        app = view.App(data)
        self.open = {name: plan for name, plan in self.open.items() if not selects(plan.select, app)}
        if len(self.seen) < ENOUGH:
            types = tuple(view.text(component, "type") for component in app.components)
            self.seen.append(Seen(app.name, app.namespace, types))

    def problems(self, paths: Sequence[str]) -> Iterator[Problem]:
        """What there is to say of the inputs `paths`, each with its place: of plans, or of folders of nothing."""
        folders = [path for path in paths if os.path.isdir(path)]  # noqa: PTH112
        if self.seen:
            # A file that was named may be one of many: pre-commit names what a commit changes.
            severity = WARNING if folders or STDIN in paths else NOTE
            for plan in self.open.values():
                message = f"plan {plan.name} selects none of {self._count()}: it wants {wanted(plan.select)}"
                yield Problem(plan.position, severity, message, cure=self._cure(plan.select))
        else:  # files say so themselves
            for path in folders:
                yield Problem(
                    Position(path), WARNING, "holds no KubeVela Application, so no plan has anything to select"
                )

    def _count(self) -> str:
        return f"more than {ENOUGH} Applications" if self.more else plural(len(self.seen), "Application")

    def _cure(self, select: Selector) -> str:
        """The Applications that there are, and what was probably meant."""
        shown = ", ".join(map(str, self.seen[:SHOWN]))
        rest = len(self.seen) - SHOWN
        there = f"there {'is' if len(self.seen) == 1 else 'are'} {shown}" + (
            f", and {rest}{'+' if self.more else ''} more" if rest > 0 else ""
        )
        asked = (
            (select.names, [one.name for one in self.seen]),
            (select.namespaces, [one.namespace for one in self.seen]),
            (select.component_types, [kind for one in self.seen for kind in one.types]),
        )
        guesses = {
            nearest(word, filter(None, names))
            for words, names in asked
            for word in words
            if not any(fnmatchcase(name, word) for name in names)
        }
        return "; ".join((there, *sorted(filter(None, guesses))))


def watched(edit: Edit, unmatched: Unmatched) -> Edit:
    """The edit, which shows its outcomes to `unmatched`."""

    def both(text: bytes, path: str) -> Result[bytes]:
        result = edit(text, path)
        unmatched.look(result.text)
        return result

    return both


def wanted(select: Selector) -> str:
    """What a selector asks for: `names shop-*; namespaces prod, test; labels team=web`."""
    expressions = [" ".join((one.key, one.operator, *one.values)) for one in select.expressions]
    parts = {
        "names": select.names,
        "namespaces": select.namespaces,
        "labels": [f"{key}={value}" for key, value in select.labels.items()],
        "matchExpressions": expressions,
        "componentTypes": select.component_types,
    }
    return "; ".join(f"{key} {', '.join(words)}" for key, words in parts.items() if words)
