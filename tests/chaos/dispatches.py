"""GitHub: events and workflows, that can be asked for by their id and that cannot, waited for and not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.chaos.wanted import ASKED, NONE, Effect, Maker, Recipe, Step

SECRETS: Mapping[str, Mapping[str, str]] = {"github": {"token": "github_pat_11AAAA_0123456789"}}
EVENT_NAME = "Deployed ${{ github.event.client_payload.vela.id }}"
INPUT_NAME = "Tests ${{ inputs.vela_id }}"
POLL = {"poll": "2s"}
ENDED = '"state":"(success|failure)"'  # of a deployment: the latter where the dispatch in it did not come through


def dispatch(
    make: Maker, delivery: str, kind: str, given: Mapping[str, Any], identity: str = NONE, run_name: str = ""
) -> Step:
    """A dispatch to a repository of its own."""
    token = make.token()
    properties = {"repo": f"acme/{token}", "auth": {"secretRef": {"name": "github"}}, "delivery": delivery, **given}
    call = "workflow" if "workflow" in given else "event"
    effect = Effect(token, f"github: {kind}", "dispatch", call, delivery, identity)
    settings = (("github", f"acme/{token}", {"run_name": run_name}),)
    return Step("github-dispatch", properties, (effect,), settings)


def event_waited_for(make: Maker, delivery: str) -> Step:
    """An event whose run shows the id."""
    return dispatch(
        make, delivery, "event, waited for", {"event": "deployed", "wait": {**make.wait, **POLL}}, ASKED, EVENT_NAME
    )


def event_named(make: Maker, delivery: str) -> Step:
    """An event that nobody waits for, whose run shows the id."""
    given = {"event": "deployed", "payload": {"shop": "acme"}}
    return dispatch(make, delivery, "event", given, ASKED, EVENT_NAME)


def event_without_id(make: Maker, delivery: str) -> Step:
    """An event without an id: it cannot be asked for."""
    return dispatch(make, delivery, "event without id", {"event": "deployed", "payloadKey": ""})


def event_unnamed(make: Maker, delivery: str) -> Step:
    """An event with an id, to a repository whose workflows do not show it: asking for it tells nothing."""
    return dispatch(make, delivery, "event, run unnamed", {"event": "deployed"})


def workflow_waited_for(make: Maker, delivery: str) -> Step:
    """A workflow whose run GitHub tells, where the answer arrives."""
    given = {"workflow": "e2e.yml", "ref": "main", "inputs": {"env": "prod"}, "wait": {**make.wait, **POLL}}
    return dispatch(make, delivery, "workflow, waited for", given)


def workflow_with_id(make: Maker, delivery: str) -> Step:
    """A workflow with an input that carries the id."""
    given = {"workflow": "e2e.yml", "ref": "main", "correlationInput": "vela_id", "wait": {**make.wait, **POLL}}
    return dispatch(make, delivery, "workflow with id", given, ASKED, INPUT_NAME)


def event_with_deployment(make: Maker, delivery: str) -> Step:
    """An event between a deployment and its statuses."""
    given = {"event": "deployed", "deployment": {"environment": "prod", "ref": "main"}}
    made = dispatch(make, delivery, "event with deployment", given, ASKED, EVENT_NAME)
    token = made.effects[0].token
    more = [
        Effect(token, "github: deployment", "deployment", "deployment", delivery, ASKED),
        Effect(token, "github: deployment's status", "status", "inProgress", delivery, ASKED, "in_progress"),
        Effect(token, "github: deployment's status", "status", "result", delivery, ASKED, ENDED),
    ]
    return Step(made.type, made.properties, (*made.effects, *more), made.settings)


RECIPES: tuple[Recipe, ...] = (
    event_waited_for,
    event_named,
    event_without_id,
    event_unnamed,
    workflow_waited_for,
    workflow_with_id,
    event_with_deployment,
)
