"""A plan's steps for one Application: placeholders filled in, one for each component, in the order asked for."""

from __future__ import annotations

from typing import Any, Final

from vela_steps.locate.trouble import Trouble
from vela_steps.plan import view
from vela_steps.plan.implicit import DAG, STEP_BY_STEP
from vela_steps.plan.memory import Memory
from vela_steps.plan.model import Plan, PlanStep
from vela_steps.plan.placeholders import filled
from vela_steps.plan.select import matched_components
from vela_steps.plan.view import App, Step

GROUP: Final = "step-group"
DEPENDENCIES: Final = 50_000  # half of the values that are read of one document

_is_constant: Final[Memory[bool]] = Memory()
_built: Final[Memory[list[Step]]] = Memory()
_constants: Final[Memory[Step]] = Memory()
_dependents: Final[Memory[Step]] = Memory()
_alike: Final[Memory[list[_Made]]] = Memory()


class _Made:
    __slots__ = ("component", "source", "step")

    def __init__(self, source: int, component: str, step: Step) -> None:
        self.source = source  # which step of the plan it comes from
        self.component = component
        self.step = step


def build(plan: Plan, app: App, mode: str, sub_mode: str, anchors: list[str]) -> list[Step]:
    """The steps to write for a plan. `anchors` are the names of the steps that it comes after.

    In a DAG each step that waits for no other step of its plan depends on the anchors, and a step without `dependsOn`
    waits for the one before it. Step by step, place alone gives the order, and `parallel` needs a step-group.
    """
    after = (mode, sub_mode, tuple(anchors) if mode == DAG else ())
    known = _built.find(plan, after)
    if known is not None:
        return known
    steps = _steps(plan, app, mode, sub_mode, anchors)
    return _built.keep(plan, after, steps) if _is_the_same_everywhere(plan) else steps


def _is_the_same_everywhere(plan: Plan) -> bool:
    """Whether a plan's steps are the same in every Application, but for what they come after."""
    known = _is_constant.find(plan, None)
    if known is None:
        own = [step for step in plan.steps if step.each_component or "$" in repr(step.body)]
        return _is_constant.keep(plan, None, not own)
    return known


def _steps(plan: Plan, app: App, mode: str, sub_mode: str, anchors: list[str]) -> list[Step]:
    made = _made(plan, app)
    if mode == DAG:
        return _bounded(plan, made, anchors, app)
    steps = [_with_depends_on(one.step, _own_dependencies(plan, one, made, app)) for one in made]
    if plan.parallel and len(steps) > 1:
        return [_grouped(plan, steps, sub_mode)]
    return steps


def _bounded(plan: Plan, made: list[_Made], anchors: list[str], app: App) -> list[Step]:
    """The steps of a DAG; each of many after each of many others is a square that no document holds."""
    siblings = {one.step["name"] for one in made}
    steps: list[Step] = []
    count = 0
    for one in made:
        step = _linked(plan, one, made, siblings, anchors, app)
        count += len(step.get("dependsOn", ()))
        if count > DEPENDENCIES:
            raise Trouble(
                f"plan {plan.name!r}: its {len(made):,} steps would name more than {DEPENDENCIES:,} steps to wait for",
                route=("spec", "components"),
                cure="let one step that is made once come first in the plan, for which the others wait",
            )
        steps.append(step)
    return steps


def _made(plan: Plan, app: App) -> list[_Made]:
    """A plan's steps without what they come after."""
    if not _is_the_same_everywhere(plan):
        return _made_for(plan, app)
    known = _alike.find(plan, None)
    return _alike.keep(plan, None, _made_for(plan, app)) if known is None else known


def _made_for(plan: Plan, app: App) -> list[_Made]:
    made = []
    for index, step in enumerate(plan.steps):
        for component in matched_components(plan.select, app) if step.each_component else [""]:
            made.append(_Made(index, component, _step(plan, step, app, component)))
    return made


def _step(plan: Plan, step: PlanStep, app: App, component: str) -> Step:
    if not step.each_component:
        constant = _constants.find(step, None)
        if constant is None:
            constant = _constants.keep(step, None, _constant(step))
        if constant:
            return constant
    body = _filled(plan, step, app, component, {key: item for key, item in step.body.items() if key != "dependsOn"})
    name = body["name"]
    if step.each_component and "$(component.name)" not in step.name:
        name = f"{name}-{component}"
    return {**body, "name": name}


def _filled(plan: Plan, step: PlanStep, app: App, component: str, value: Any) -> Any:
    """A part of a step with its placeholders filled in."""
    meta = app.metadata
    values = {"app.name": view.text(meta, "name"), "app.namespace": view.text(meta, "namespace")}
    if step.each_component:
        values["component.name"] = component
    try:
        return filled(value, values)
    except Trouble as trouble:
        where = f"plan {plan.name!r}, step {step.name!r}"
        raise Trouble(f"{where}: {trouble.message}", route=trouble.route, cure=trouble.cure) from None


def _constant(step: PlanStep) -> Step:
    """A step that is the same in every Application, an empty one where it has placeholders."""
    body = {key: value for key, value in step.body.items() if key != "dependsOn"}
    return {} if "$" in repr(body) else filled(body, {})


def _linked(plan: Plan, one: _Made, made: list[_Made], siblings: set[str], anchors: list[str], app: App) -> Step:
    own = _own_dependencies(plan, one, made, app)
    if own is None and not plan.parallel:
        before = [other.step["name"] for other in made if other.source == one.source - 1]
        own = before or _chain(one, made)
    if not own or siblings.isdisjoint(own):
        others = own or []
        names = others + [anchor for anchor in anchors if anchor not in others]
        return _before_properties(one.step, names) if names else one.step  # few other Applications have these names
    return _with_depends_on(one.step, own)


def _chain(one: _Made, made: list[_Made]) -> list[str]:
    """The nearest listed step before this one that has any step at all (a forEach may match no component)."""
    earlier = [other for other in made if other.source < one.source]
    return [other.step["name"] for other in earlier if other.source == earlier[-1].source]


def _own_dependencies(plan: Plan, one: _Made, made: list[_Made], app: App) -> list[str] | None:
    """The plan's own `dependsOn` of a step, where it names steps of the plan translated to what was made of them."""
    written = plan.steps[one.source].body.get("dependsOn")
    if written is None:
        return None
    found: list[str] = []
    for name in view.names(list(written)):
        found += _named(plan, name, one, made, app)
    return list(dict.fromkeys(found))


def _named(plan: Plan, name: str, one: _Made, made: list[_Made], app: App) -> list[str]:
    for index, step in enumerate(plan.steps):
        if step.name == name:
            of_step = [other for other in made if other.source == index]
            same = [other for other in of_step if other.component == one.component and one.component]
            return [other.step["name"] for other in same or of_step]
    return [_filled(plan, plan.steps[one.source], app, one.component, name) if "$" in name else name]


def _with_depends_on(step: Step, names: list[str] | None) -> Step:
    if not names:
        return step
    after = tuple(names)
    known = _dependents.find(step, after)
    return _dependents.keep(step, after, _before_properties(step, names)) if known is None else known


def _before_properties(step: Step, names: list[str]) -> Step:
    front = {key: step[key] for key in ("name", "type") if key in step}
    return {**front, "dependsOn": names, **{key: value for key, value in step.items() if key not in front}}


def _grouped(plan: Plan, steps: list[Step], sub_mode: str) -> Step:
    nested = [step["name"] for step in steps if step.get("type") == GROUP or "subSteps" in step]
    if nested:
        raise Trouble(
            f"plan {plan.name!r} is parallel, which takes a step-group in a workflow that runs step by step,"
            f" and {nested[0]!r} is a step-group itself",
            cure="take `parallel: true` out of the plan, or list the sub-steps as steps",
        )
    group: Step = {"name": plan.name, "type": GROUP}
    if sub_mode == STEP_BY_STEP:
        group["mode"] = DAG
    return {**group, "subSteps": steps}
