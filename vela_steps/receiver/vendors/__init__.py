"""The stand-ins, one file a service.

A new one: a class after `model.StandIn` in a file here, and its place in `STAND_INS` (the first that matches counts).
"""

from __future__ import annotations

from collections.abc import Callable

from vela_steps.receiver.model import StandIn
from vela_steps.receiver.vendors.generic import Generic, Mail

STAND_INS: dict[str, Callable[[], StandIn]] = {
    "mail": Mail,
    "generic": Generic,
}


def make_all() -> dict[str, StandIn]:
    """A fresh set of all stand-ins, in the order in which they are asked."""
    return {name: make() for name, make in STAND_INS.items()}
