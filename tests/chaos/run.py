"""One run: the fleet is applied bit by bit, blows fall, and in the end everything is counted."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from kubernetes import client, config

from tests.chaos.blows import Blows, drawn
from tests.chaos.count import Fate, Witness, fates
from tests.chaos.fleet import SECRETS, App, fleet
from tests.chaos.history import API, CORE, NOTE, REQUEST, History, Watchers
from tests.chaos.wanted import Maker
from tests.chaos.weather import Weather
from tests.manifests import secret
from vela_steps.errors import ToolError
from vela_steps.receiver.client import Receiver
from vela_steps.sandbox.client import Sandbox
from vela_steps.testing.cluster import APPLICATION

DEFINITIONS = Path(__file__).parents[2] / "definitions"
STEPS = ("github-dispatch", "cdn-purge", "notify", "http-check", "read-object", "await-object")
TELL_EVERY = 10.0  # seconds
PER_EFFECT = 4.5  # requests and notes of one effect, roughly: how the blows are spread over a run
IDLE = 8.0  # seconds without anything new after which the engine is made to look again: it does nothing but wait then
STUCK = 240.0  # seconds without anything new after which a run is given up; every step has an end of its own
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Options:
    """How much of what. `at_once` Applications are under way at a time."""

    apps: int = 100
    each: int = 4  # effect steps in an Application
    kills: int = 30
    apis: int = 2  # kills of the API server
    receivers: int = 3  # kills of the receiver, or times that it is out of reach
    seed: int = 7
    at_once: int = 20
    patience: int = 1800  # seconds that steps wait


@dataclass(frozen=True)
class Result:
    """What came of a run."""

    fates: Sequence[Fate]
    history: History
    unended: Sequence[str]
    problems: Sequence[str]  # breaches of a vendor's published rules
    seconds: float

    @property
    def broken(self) -> list[Fate]:
        """The effects for which a promise was not kept."""
        return [fate for fate in self.fates if fate.broken]

    def kills(self, what: str = CORE) -> int:
        """How often something was killed."""
        return sum(blow.what == what for blow in self.history.blows)

    def missing(self, options: Options) -> str:
        """What keeps the run from proving anything: fewer kills than wanted. Empty where all fell."""
        fell = self.kills()
        return "" if fell >= options.kills else f"only {fell} of {options.kills} kills fell before all had ended"


@contextmanager
def namespace(sandbox: Sandbox, prefix: str) -> Iterator[str]:
    """A namespace of one's own with the shipped definitions, unmodified: there they come before all others."""
    name = f"{prefix}-{secrets.token_hex(4)}"
    sandbox.kubectl("create", "namespace", name)
    try:
        with TemporaryDirectory() as home:
            vela = type(sandbox.vela)(sandbox.vela.program, sandbox.vela.kubeconfig, Path(home))
            for step in STEPS:
                vela("def", "apply", DEFINITIONS / f"{step}.cue", "-n", name)
        yield name
    finally:
        sandbox.kubectl("delete", "namespace", name, "--wait=false")


@dataclass
class Run:
    """One run in a running sandbox."""

    sandbox: Sandbox
    options: Options
    tell: Tell = lambda _: None

    def receiver(self) -> Receiver:
        """The receiver as it is now: it may have been restarted."""
        return Receiver.at(self.sandbox.folder.receiver)

    def __call__(self) -> Result:
        """Everything, from an empty namespace to the count."""
        receiver = self.receiver()
        make = Maker(receiver.http, int(receiver.state["smtp"]), self.options.patience)
        apps = fleet(make, self.options.apps, self.options.each, self.options.seed)
        history, began = History(), time.monotonic()
        with namespace(self.sandbox, "chaos") as name:
            api = config.new_client_from_config(str(self.sandbox.folder.kubeconfig))
            self._apply([secret(key, data) for key, data in SECRETS.items()], name, history)
            for vendor, key, value in {json.dumps(one): one for app in apps for one in app.settings}.values():
                receiver.configure(vendor, key, **value)
            weather = Weather(make.run, self.options.seed)
            weather.set(receiver)
            try:
                with Watchers(history, api, self.receiver, name, make.run) as watchers:
                    blows = watchers.pool.submit(self._blows(history, weather, len(apps)).strike_all)
                    self._feed(history, apps, name, watchers)
                blows.result()
            finally:
                self.receiver().up()
                self.receiver().heal()
            found = self._apps(api, name)
        records = self.receiver().requests(contains=make.run)
        effects = [effect for app in apps for effect in app.effects]
        unended = sorted({app.name for app in apps} - set(history.ended()))
        return Result(
            fates(effects, records, found, Witness(history.notes, history.blows)),
            history,
            unended,
            self.receiver().problems(contains=make.run),
            time.monotonic() - began,
        )

    def _blows(self, history: History, weather: Weather, apps: int) -> Blows:
        rng = Random(f"{self.options.seed} blows")  # noqa: S311 - the same again is the point
        order = drawn(rng, self.options.kills, self.options.apis, self.options.receivers)

        def gap(left: int) -> float:
            """So that the last blow falls before the last Application ends."""
            open_apps = apps - len(history.ended())
            return 0.6 * open_apps * self.options.each * 1.6 * PER_EFFECT / left

        return Blows(self.sandbox, self.receiver, weather, history, rng, order, gap)

    def _feed(self, history: History, apps: Sequence[App], name: str, watchers: Watchers) -> None:
        """Apply the Applications, a few at a time, and wait until all have ended or nothing moves any more."""
        waiting, told, moved, seen = list(apps), 0.0, time.monotonic(), -1
        while (ended := len(history.ended())) < len(apps):
            watchers.check()
            now = time.monotonic()
            if history.seen.total() != seen:
                seen, moved = history.seen.total(), now
            if now - moved > STUCK:
                return
            under_way = len(apps) - len(waiting) - ended
            if waiting and under_way < self.options.at_once:
                more = waiting[: self.options.at_once - under_way]
                self._apply([app.manifest for app in more], name, history)
                del waiting[: len(more)]
            if now - told > TELL_EVERY:
                told = now
                self._say(history, len(apps) - len(waiting))
            before = history.seen.total()
            if not history.wait(lambda before=before: history.seen.total() > before, IDLE):  # type: ignore[misc]
                self._nudge(history, name)
        self._say(history, len(apps))

    def _nudge(self, history: History, name: str) -> None:
        """Touch the Applications under way, so that the engine looks at them: by itself it waits for up to a minute."""
        open_apps = sorted(set(history.apps) - set(history.ended()))
        if open_apps:
            mark = f"chaos.acme.io/touched={time.monotonic()}"
            with suppress(ToolError):  # the API server is struck, so there is enough to do
                self.sandbox.kubectl("annotate", APPLICATION.resource, *open_apps, mark, "--overwrite", "-n", name)

    def _say(self, history: History, applied: int) -> None:
        ended, seen = len(history.ended()), history.seen
        blows = ", ".join(
            f"{sum(one.what == what for one in history.blows)} x {what}"
            for what in dict.fromkeys(one.what for one in history.blows)
        )
        self.tell(
            f"{ended} of {self.options.apps} ended ({applied} applied); {seen[REQUEST]} requests, {seen[NOTE]} notes; "
            f"struck: {blows or 'nobody yet'}"
        )

    def _apply(self, items: Sequence[Mapping[str, Any]], name: str, history: History) -> None:
        """Apply, however often the API server is struck meanwhile."""
        manifest = json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
        deadline = time.monotonic() + 120
        while True:
            try:
                self.sandbox.kubectl.apply(manifest, namespace=name, validate=False)
                return
            except ToolError:
                if time.monotonic() > deadline:
                    raise
                history.wait_back(API)

    @staticmethod
    def _apps(api: client.ApiClient, name: str) -> dict[str, dict[str, Any]]:
        """The Applications as they are in the end."""
        custom = client.CustomObjectsApi(api)
        items = custom.list_namespaced_custom_object("core.oam.dev", "v1beta1", name, "applications")["items"]
        return {item["metadata"]["name"]: item for item in items}
