"""Many Applications at once, one for each row of a table, so that their waits go by together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

import pytest

from tests.e2e.installed import DEFINITIONS, healed, namespace_with
from tests.manifests import Object, application, listed
from vela_steps.receiver.client import Receiver, Record, unique
from vela_steps.testing.cluster import Cluster, step_of

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

    from vela_steps.testing.place import Place

Setting = tuple[str, str, Mapping[str, Any]]


@dataclass(frozen=True)
class Row:
    """One Application with one step. In strings `{id}` is its own name, which stands in all of its requests.

    `message` is a regular expression; `faults` strike the row's requests (`on` adds conditions, an empty one takes one
    away); `settings` are the stand-ins': vendor, key, values; `outputs` are the step's: name and valueFrom.
    """

    name: str
    properties: Mapping[str, Any] = field(default_factory=dict)
    phase: str = "succeeded"
    message: str = ""
    faults: tuple[Mapping[str, Any], ...] = ()
    settings: tuple[Setting, ...] = ()
    components: tuple[Mapping[str, Any], ...] = ()
    annotations: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    type: str = ""  # of the step; "" is the one of all rows


R = TypeVar("R", bound=Row)


def filled(value: Any, values: Mapping[str, str | int]) -> Any:
    """The placeholders filled in every string; one that is all of its string becomes what it stands for."""
    if isinstance(value, str):
        for name, given in values.items():
            mark = "{" + name + "}"
            if value == mark:
                return given
            value = value.replace(mark, str(given))
        return value
    if isinstance(value, Mapping):
        return {filled(key, values): filled(item, values) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [filled(item, values) for item in value]
    return value


class Fleet(Generic[R]):
    """The Applications of a table, applied together. A table's own kind of fleet says what its steps are."""

    TYPE: ClassVar[str] = ""  # of the step, where a row names no other
    STEP: ClassVar[str] = "do"  # its name
    KNOWN_BY: ClassVar[str] = "{id}"  # what all requests of a row hold
    WITHIN: ClassVar[float] = 240.0  # seconds that the workflows may take

    def __init__(self, cluster: Cluster, receiver: Receiver, rows: Iterable[R]) -> None:
        self.cluster, self.receiver = cluster, receiver
        listed_rows = list(rows)
        self.rows = {row.name: row for row in listed_rows}
        assert len(self.rows) == len(listed_rows), "two rows of one name"
        self.own = {name: unique("t") for name in self.rows}
        self.prepare()
        for row in self.rows.values():
            self._prepare_row(row)
        cluster.apply(*self.secrets())
        cluster.apply(listed(self.application(row) for row in self.rows.values()))

    # ---- what differs ------------------------------------------------------------------------------------------------

    def prepare(self) -> None:
        """What the stand-ins have to know of all rows."""

    def secrets(self) -> Iterable[Object]:
        """The Secrets that the steps take their credentials from."""
        return ()

    def values(self, row: R) -> Mapping[str, str | int]:
        """What a row's placeholders stand for."""
        return {"id": self.own[row.name]}

    def settings(self, row: R) -> Iterable[Setting]:
        """What the stand-ins have to know of a row."""
        return row.settings

    def properties(self, row: R) -> Mapping[str, Any]:
        """The step's properties, with placeholders."""
        return row.properties

    # ---- what does not -----------------------------------------------------------------------------------------------

    def _prepare_row(self, row: R) -> None:
        for vendor, key, values in self.fill(row, tuple(self.settings(row))):
            self.receiver.configure(vendor, key, **values)
        for fault in self.fill(row, row.faults):
            on = {"contains": self.fill(row, self.KNOWN_BY), **fault.pop("on", {})}
            self.receiver.fault(match={key: value for key, value in on.items() if value}, **fault)

    def fill(self, row: R, value: Any) -> Any:
        """A row's placeholders filled."""
        return filled(value, self.values(row))

    def application(self, row: R) -> Object:
        """The Application of a row."""
        step: Object = {
            "name": self.STEP,
            "type": row.type or self.TYPE,
            "properties": self.fill(row, self.properties(row)),
        }
        if row.outputs:
            step["outputs"] = [{"name": key, "valueFrom": path} for key, path in row.outputs.items()]
        components = self.fill(row, row.components)
        return application(self.own[row.name], step, components=components, annotations=row.annotations)

    def ended(self, name: str) -> Object:
        """The step's status once the workflow of its Application has ended; empty where the step never began."""
        return step_of(self.cluster.wait_for_end(self.own[name], timeout=self.WITHIN), self.STEP) or {}

    def checked(self, name: str) -> Object:
        """The step's status, once it has ended in the phase and with the message that the row says."""
        row, step = self.rows[name], self.ended(name)
        seen = "\n".join(f"{record} {record.body or ''}" for record in self.requests(name))
        assert step.get("phase") == row.phase, f"{step}\n{seen}"
        assert re.search(self.fill(row, row.message), step.get("message", "")), f"{step}\n{seen}"
        return step

    def all_ended(self) -> None:
        """Wait until the workflows of all have ended."""
        for name in self.rows:
            self.ended(name)

    def requests(self, name: str, **match: Any) -> list[Record]:
        """What reached the receiver for a row."""
        return self.receiver.requests(contains=self.fill(self.rows[name], self.KNOWN_BY), **match)

    def kept(self, name: str) -> str:
        """The outputs that KubeVela keeps, as it keeps them."""
        found = self.cluster.get("configmap", f"workflow-{self.own[name]}-context") or {}
        return str((found.get("data") or {}).get("vars", ""))


def fixtures(make: type[Fleet[R]], *steps: str) -> tuple[Any, Any]:
    """The fixtures `shared`, a namespace of each module's with these shipped definitions, and `fleet`, the module's
    `ROWS` applied there at once; the faults that they set go with it."""

    @pytest.fixture(scope="module")
    def shared(place: Place, kube: ApiClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
        home = tmp_path_factory.mktemp("home")
        yield from namespace_with(place, kube, home, *(DEFINITIONS / f"{step}.cue" for step in steps))

    return shared, fixture(make)


def fixture(make: type[Fleet[R]]) -> Any:
    """The fixture `fleet` alone, where `shared` is the module's own."""

    @pytest.fixture(scope="module")
    def fleet(request: pytest.FixtureRequest, place: Place, shared: Cluster) -> Iterator[Fleet[R]]:
        receiver = place.receiver()
        for _ in healed(receiver):
            yield make(shared, receiver, request.module.ROWS)

    return fleet
