"""Reading an Application as plain data: what KubeVela would look at, with shapes checked on the way."""

from __future__ import annotations

from typing import Any, Final

from vela_steps.locate.documents import GROUP as GROUP
from vela_steps.locate.documents import KIND as KIND
from vela_steps.locate.trouble import Route, Trouble

API_VERSION: Final = "core.oam.dev/v1beta1"

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
    for item in value:
        if not isinstance(item, dict):
            index = next(index for index, other in enumerate(value) if other is item)
            raise Trouble("a list item that is no mapping", route=(*route, key, index))
    return value


def text(parent: dict[str, Any], key: str) -> str:
    """The string under `key`, empty where there is none."""
    value = parent.get(key)
    return value if isinstance(value, str) else ""


def names(value: Any) -> list[str]:
    """The strings of a list, none where it is no list."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


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


class App:
    """An Application: each part is checked when it is asked for first, and raises Trouble where it is malformed.

    `data` is the Application as it was read; no part of it may be changed.
    """

    __slots__ = ("_annotations", "_components", "_is_read", "_metadata", "_spec", "_steps", "_workflow", "data")

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data
        self._metadata: dict[str, Any] | None = None
        self._annotations: dict[str, Any] | None = None
        self._spec: dict[str, Any] | None = None
        self._components: list[Step] | None = None
        self._workflow: dict[str, Any] | None = None
        self._is_read = False
        self._steps: list[Step] | None = None

    @property
    def metadata(self) -> dict[str, Any]:
        """`metadata`."""
        if self._metadata is None:
            self._metadata = mapping(self.data, "metadata")
        return self._metadata

    @property
    def name(self) -> str:
        """`metadata.name`."""
        return text(self.metadata, "name")

    @property
    def namespace(self) -> str:
        """`metadata.namespace`."""
        return text(self.metadata, "namespace")

    @property
    def annotations(self) -> dict[str, Any]:
        """`metadata.annotations`."""
        if self._annotations is None:
            self._annotations = mapping(self.metadata, "annotations", ("metadata",))
        return self._annotations

    @property
    def spec(self) -> dict[str, Any]:
        """`spec`."""
        if self._spec is None:
            self._spec = mapping(self.data, "spec")
        return self._spec

    @property
    def components(self) -> list[Step]:
        """`spec.components`; for their `properties` and `traits` may stand `locate.outline.UNREAD`."""
        if self._components is None:
            self._components = sequence(self.spec, "components", ("spec",))
        return self._components

    @property
    def policies(self) -> list[Step]:
        """`spec.policies`."""
        return sequence(self.spec, "policies", ("spec",))

    @property
    def workflow(self) -> dict[str, Any] | None:
        """`spec.workflow`, None where it is absent or null (KubeVela treats both alike)."""
        if not self._is_read:
            spec = self.spec
            self._workflow = None if spec.get("workflow") is None else mapping(spec, "workflow", ("spec",))
            self._is_read = True
        return self._workflow

    @property
    def steps(self) -> list[Step]:
        """`spec.workflow.steps` as the file has them."""
        if self._steps is None:
            flow = self.workflow
            self._steps = [] if flow is None else sequence(flow, "steps", ("spec", "workflow"))
        return self._steps
