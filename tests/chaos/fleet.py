"""The Applications: each effect equally often, with steps that only look in between, in both of the engine's modes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.chaos import dispatches, messages, purges
from tests.chaos.wanted import AT_LEAST_ONCE, AT_MOST_ONCE, Effect, Maker, Recipe, Step
from tests.manifests import Object

RECIPES: tuple[Recipe, ...] = (*purges.RECIPES, *dispatches.RECIPES, *messages.RECIPES)
SECRETS: Mapping[str, Mapping[str, str]] = {**purges.SECRETS, **dispatches.SECRETS, **messages.SECRETS}
FAILS = 0.3  # of the Applications whose last step may fail the workflow; all other failures let it go on


@dataclass(frozen=True)
class App:
    """An Application, and the effects that it is to have."""

    name: str
    manifest: Object
    effects: tuple[Effect, ...]
    settings: tuple[tuple[str, str, Mapping[str, Any]], ...]


def dealt(count: int, each: int, rng: Random) -> list[list[tuple[Recipe, str]]]:
    """What the steps of each Application are to do: every recipe with every `delivery` comes up equally often, and no
    recipe for a second time before each has come up once."""
    cards: list[tuple[Recipe, str]] = []
    while len(cards) < count * each:
        deck = [(recipe, rng.sample((AT_LEAST_ONCE, AT_MOST_ONCE), 2)) for recipe in RECIPES]
        for half in range(2):
            cards += [(recipe, order[half]) for recipe, order in rng.sample(deck, len(deck))]
    return [cards[number * each : (number + 1) * each] for number in range(count)]


def looks(make: Maker, name: str) -> list[Object]:
    """Steps that send nothing that counts."""
    deployment = {"apiVersion": "apps/v1", "kind": "Deployment", "name": name}
    health = f"{make.http}/health/{make.token()}"
    return [
        {"name": "read", "type": "read-object", "properties": deployment},
        {"name": "rolled-out", "type": "await-object", "properties": {**deployment, "until": "rollout"}},
        {"name": "smoke", "type": "http-check", "properties": {"url": health, "successes": 2, **make.wait}},
    ]


def application(name: str, steps: Sequence[Object]) -> Object:
    """An Application with one component, that carries a Git revision."""
    web = {"name": name, "type": "webservice", "properties": {"image": "nginx:1", "ports": [{"port": 80}]}}
    return {
        "apiVersion": "core.oam.dev/v1beta1",
        "kind": "Application",
        "metadata": {"name": name, "annotations": {"acme.io/git-revision": "6dcb09b5b57875f334f61aebed695e2e4193db5e"}},
        "spec": {"components": [web], "workflow": {"steps": list(steps)}},
    }


def app(make: Maker, name: str, cards: Sequence[tuple[Recipe, str]], rng: Random) -> App:
    """One Application: its component first, then everything else, one after the other or all at once."""
    made = {f"do-{number}": recipe(make, delivery) for number, (recipe, delivery) in enumerate(cards)}
    steps = [workflow_step(step, name) for name, step in made.items()]
    for look in rng.sample(looks(make, name), 2):
        steps.insert(
            rng.randint(0, len(steps)), {**look, "properties": {**look["properties"], "onFailure": "continue"}}
        )
    parallel = rng.random() < 0.5
    if not parallel and rng.random() < FAILS:
        steps[-1]["properties"]["onFailure"] = "fail"
    apply: Object = {"name": "apply", "type": "apply-component", "properties": {"component": name}}
    after = [{**step, "dependsOn": ["apply"]} if parallel else step for step in steps]
    manifest = application(name, [apply, *after])
    if parallel:
        manifest["spec"]["workflow"]["mode"] = {"steps": "DAG", "subSteps": "DAG"}
    placed = [step.named(name, key) for key, step in made.items()]
    effects = tuple(effect for step in placed for effect in step.effects)
    return App(name, manifest, effects, tuple(setting for step in placed for setting in step.settings))


def workflow_step(step: Step, name: str) -> Object:
    """As the Application has it; a failure is told, and the others go on."""
    return {"name": name, "type": step.type, "properties": {**step.properties, "onFailure": "continue"}}


def fleet(make: Maker, count: int, each: int, seed: int) -> list[App]:
    """So many Applications with so many effect steps each; the same ones again for the same seed, but for tokens."""
    rng = Random(seed)  # noqa: S311 - the same again is the point
    cards = dealt(count, each, rng)
    return [app(make, f"chaos-{number:03}", cards[number], rng) for number in range(count)]
