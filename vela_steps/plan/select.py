"""Whether a plan is for an Application."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

from vela_steps.plan import view
from vela_steps.plan.model import Expression, Selector
from vela_steps.plan.view import App


def selects(selector: Selector, app: App) -> bool:
    """Whether all parts of a selector match; names and namespaces are shell globs, case counts."""
    labels = view.mapping(app.metadata, "labels", ("metadata",))
    return (
        (not selector.names or _one_matches(selector.names, app.name))
        and (not selector.namespaces or _one_matches(selector.namespaces, app.namespace))
        and (not selector.labels or all(labels.get(key) == value for key, value in selector.labels.items()))
        and (not selector.expressions or all(_holds(expression, labels) for expression in selector.expressions))
        and (not selector.component_types or bool(matched_components(selector, app)))
    )


def matched_components(selector: Selector, app: App) -> list[str]:
    """The names of the components that a plan is about: those of its `componentTypes`, or all."""
    return [
        view.text(component, "name")
        for component in app.components
        if not selector.component_types or view.text(component, "type") in selector.component_types
    ]


def _one_matches(globs: tuple[str, ...], value: str) -> bool:
    return any(fnmatchcase(value, glob) for glob in globs)


def _holds(expression: Expression, labels: dict[str, Any]) -> bool:
    value = labels.get(expression.key)
    if expression.operator == "Exists":
        return expression.key in labels
    if expression.operator == "DoesNotExist":
        return expression.key not in labels
    if expression.operator == "In":
        return value in expression.values
    return value not in expression.values  # NotIn holds where the label is absent, as in Kubernetes
