"""Probes, checks, waits and reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.e2e import rows

STEP = "do"
TOKEN = "s3cret-token-of-the-tests"


@dataclass(frozen=True)
class Row(rows.Row):
    """One Application with one step. In strings `{url}` is an address of the receiver under the row's name.

    `sent` is what arrived, as "METHOD path-below-the-address", in order; `kept` what became of the outputs.
    """

    sent: tuple[str, ...] | None = None
    kept: Mapping[str, Any] | None = None


class Fleet(rows.Fleet[Row]):
    """The Applications of a table of steps."""

    STEP = STEP

    def values(self, row: Row) -> Mapping[str, str | int]:
        """The row's name and address."""
        own = self.own[row.name]
        return {"id": own, "url": f"{self.receiver.http}/{own}"}
