"""Whether a plan is for an Application."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

from vela_steps.plan import view
from vela_steps.plan.model import Expression, Selector


def selects(selector: Selector, app: dict[str, Any]) -> bool:
    """Whether all parts of a selector match; names and namespaces are shell globs, case counts."""
    meta = view.metadata(app)
    labels = view.mapping(meta, "labels", ("metadata",))
    return (
        _one_matches(selector.names, view.text(meta, "name"))
        and _one_matches(selector.namespaces, view.text(meta, "namespace"))
        and all(labels.get(key) == value for key, value in selector.labels.items())
        and all(_holds(expression, labels) for expression in selector.expressions)
        and (not selector.component_types or bool(matched_components(selector, app)))
    )


def matched_components(selector: Selector, app: dict[str, Any]) -> list[str]:
    """The names of the components that a plan is about: those of its `componentTypes`, or all."""
    return [
        view.text(component, "name")
        for component in view.components(app)
        if not selector.component_types or view.text(component, "type") in selector.component_types
    ]


def _one_matches(globs: tuple[str, ...], value: str) -> bool:
    return not globs or any(fnmatchcase(value, glob) for glob in globs)


def _holds(expression: Expression, labels: dict[str, Any]) -> bool:
    value = labels.get(expression.key)
    if expression.operator == "Exists":
        return expression.key in labels
    if expression.operator == "DoesNotExist":
        return expression.key not in labels
    if expression.operator == "In":
        return value in expression.values
    return value not in expression.values  # NotIn holds where the label is absent, as in Kubernetes
