"""A checked document of a plan file to the Plan that it describes."""

from __future__ import annotations

from typing import Any

from vela_steps.plan.model import Anchor, Expression, Plan, PlanStep, Selector
from vela_steps.plan.source import Document


def build(document: Document) -> Plan:
    """The plan of a document in which no error was found."""
    spec = document.value["spec"]
    return Plan(
        name=document.value["metadata"]["name"],
        steps=tuple(_step(document, index, step) for index, step in enumerate(spec["steps"])),
        position=document.position(("metadata", "name")),
        select=_selector(spec.get("select", {})),
        after=_anchor(spec.get("after", {})),
        parallel=spec.get("parallel", False),
        isolate_children=spec.get("argocd", {}).get("isolateChildren", False),
    )


def _step(document: Document, index: int, step: dict[str, Any]) -> PlanStep:
    body = {key: value for key, value in step.items() if key != "forEach"}
    return PlanStep(step["name"], body, document.position(("spec", "steps", index)), "forEach" in step)


def _selector(select: dict[str, Any]) -> Selector:
    return Selector(
        names=tuple(select.get("names", ())),
        namespaces=tuple(select.get("namespaces", ())),
        labels=dict(select.get("labels", {})),
        expressions=tuple(
            Expression(one["key"], one["operator"], tuple(one.get("values", ())))
            for one in select.get("matchExpressions", ())
        ),
        component_types=tuple(select.get("componentTypes", ())),
    )


def _anchor(after: dict[str, Any]) -> Anchor:
    return Anchor(after.get("component", ""), after.get("step", ""), tuple(after.get("types", ())))
