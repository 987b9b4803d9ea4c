"""The values of a plan file (`apiVersion: vela-steps.dev/v1alpha1`, `kind: PostSync`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

API_VERSION = "vela-steps.dev/v1alpha1"
KIND = "PostSync"


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a file: the path as the user named it, line and column counted from 1 (0: the whole file)."""

    path: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}" if self.line else self.path


@dataclass(frozen=True, slots=True)
class Expression:
    """One of Kubernetes' `matchExpressions`: operator In, NotIn, Exists or DoesNotExist."""

    key: str
    operator: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Selector:
    """Which Applications a plan is for; all parts must match, an empty part matches everything."""

    names: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    expressions: tuple[Expression, ...] = ()
    component_types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Anchor:
    """What the steps come after: one component, one step, steps of some types, or (all empty) every apply step."""

    component: str = ""
    step: str = ""
    types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One step of a plan.

    `body` is the KubeVela workflow step as written, `name` and `type` included and `forEach` left out, in the
    order of the file. `each_component` is True where the plan says `forEach: component`.
    """

    name: str
    body: Mapping[str, Any]
    position: Position
    each_component: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """One plan: which Applications, after what, which steps."""

    name: str
    steps: tuple[PlanStep, ...]
    position: Position
    select: Selector = Selector()
    after: Anchor = Anchor()
    parallel: bool = False
    isolate_children: bool = False
