"""Reading an Application as plain data: what KubeVela would look at, with shapes checked on the way."""

from __future__ import annotations

from typing import Any

from vela_steps.locate.trouble import Route, Trouble

API_VERSION = "core.oam.dev/v1beta1"
GROUP = "core.oam.dev"
KIND = "Application"

Step = dict[str, Any]


def mapping(parent: dict[str, Any], key: str, route: Route = ()) -> dict[str, Any]:
    """The mapping under `key`, empty where it is absent or null."""
    value = parent.get(key)
    if type(value) is dict:
        return value
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Trouble(f"`{key}` is no mapping", route=(*route, key))
    return value


def sequence(parent: dict[str, Any], key: str, route: Route = ()) -> list[Any]:
    """The list of mappings under `key`, empty where it is absent or null."""
    value = parent.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise Trouble(f"`{key}` is no list", route=(*route, key))
    for index, item in enumerate(value):
        if not isinstance(item, dict):
            raise Trouble("a list item that is no mapping", route=(*route, key, index))
    return value


def text(parent: dict[str, Any], key: str) -> str:
    """The string under `key`, empty where there is none."""
    value = parent.get(key)
    return value if isinstance(value, str) else ""


def names(value: Any) -> list[str]:
    """The strings of a list, none where it is no list."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def metadata(app: dict[str, Any]) -> dict[str, Any]:
    """`metadata`."""
    return mapping(app, "metadata")


def annotations_of(app: dict[str, Any]) -> dict[str, Any]:
    """`metadata.annotations`."""
    return mapping(metadata(app), "annotations", ("metadata",))


def spec(app: dict[str, Any]) -> dict[str, Any]:
    """`spec`."""
    return mapping(app, "spec")


def components(app: dict[str, Any]) -> list[Step]:
    """`spec.components`."""
    return sequence(spec(app), "components", ("spec",))


def policies(app: dict[str, Any]) -> list[Step]:
    """`spec.policies`."""
    return sequence(spec(app), "policies", ("spec",))


def workflow(app: dict[str, Any]) -> dict[str, Any] | None:
    """`spec.workflow`, None where it is absent or null (KubeVela treats both alike)."""
    parent = spec(app)
    return None if parent.get("workflow") is None else mapping(parent, "workflow", ("spec",))


def written_steps(app: dict[str, Any]) -> list[Step]:
    """`spec.workflow.steps` as the file has them."""
    flow = workflow(app)
    return [] if flow is None else sequence(flow, "steps", ("spec", "workflow"))


def step_names(step: Step) -> list[str]:
    """A step's name and those of its sub-steps."""
    if "subSteps" not in step:
        name = step.get("name")
        return [name] if name and isinstance(name, str) else []
    return [name for part in (step, *sub_steps(step)) if (name := text(part, "name"))]


def sub_steps(step: Step) -> list[Step]:
    """The sub-steps of a step-group."""
    found = step.get("subSteps")
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(sub, dict) for sub in found):
        raise Trouble(
            f"`subSteps` of step {text(step, 'name')!r} is no list of mappings", route=("spec", "workflow", "steps")
        )
    return found
