"""The shipped definition, installed unmodified into a namespace of each module, and its table applied there."""

from __future__ import annotations

from tests.e2e import rows
from tests.e2e.cdn_purge.fleet import Fleet

shared, fleet = rows.fixtures(Fleet, "cdn-purge")
