"""The values of a plan file (`apiVersion: vela-steps.dev/v1alpha1`, `kind: PostSync`), and what is wrong with a file.

NamedTuples rather than dataclasses: importing `dataclasses` alone costs a hook about 15 ms.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

API_VERSION = "vela-steps.dev/v1alpha1"
KIND = "PostSync"

ERROR, WARNING, NOTE = "error", "warning", "note"

Route = tuple[str | int, ...]
"""The way to a value inside a document: keys and indices from the top."""


class Position(NamedTuple):
    """A place in a file: the path as the user named it, line and column counted from 1 (0: the whole file)."""

    path: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}" if self.line else self.path


class Problem(NamedTuple):
    """What stands in the way of a file, or is worth knowing about it.

    `severity` is ERROR (nothing is written), WARNING or NOTE; `message` is one sentence, `cure` what to do about
    it where that is known.
    """

    position: Position
    severity: str
    message: str
    route: Route = ()
    cure: str = ""

    def __str__(self) -> str:
        return f"{self.position}: {self.severity}: {self.message}"


class Expression(NamedTuple):
    """One of Kubernetes' `matchExpressions`: operator In, NotIn, Exists or DoesNotExist."""

    key: str
    operator: str
    values: tuple[str, ...] = ()


class Selector(NamedTuple):
    """Which Applications a plan is for; all parts must match, an empty part matches everything."""

    names: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()
    labels: Mapping[str, str] = MappingProxyType({})
    expressions: tuple[Expression, ...] = ()
    component_types: tuple[str, ...] = ()


class Anchor(NamedTuple):
    """What the steps come after: one component, one step, steps of some types, or (all empty) every apply step."""

    component: str = ""
    step: str = ""
    types: tuple[str, ...] = ()


class PlanStep(NamedTuple):
    """One step of a plan.

    `body` is the KubeVela workflow step as written, `name` and `type` included and `forEach` left out, in the
    order of the file. `each_component` is True where the plan says `forEach: component`.
    """

    name: str
    body: Mapping[str, Any]
    position: Position
    each_component: bool = False


class Plan(NamedTuple):
    """One plan: which Applications, after what, which steps."""

    name: str
    steps: tuple[PlanStep, ...]
    position: Position
    select: Selector = Selector()
    after: Anchor = Anchor()
    parallel: bool = False
    isolate_children: bool = False

    @staticmethod
    def load(text: str | bytes, path: str = "plan.yaml") -> tuple[Plan, ...]:
        """All plans of a plan file's text, in its order; `path` is its name in messages.

        Raises `vela_steps.plan.load.PlanError`, whose `problems` say everything that is wrong with the file.
        """
        from vela_steps.plan.load import load_or_raise  # reading needs a YAML parser, having a plan does not

        return load_or_raise(text, path)
