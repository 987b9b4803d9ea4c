"""The shipped definition, installed unmodified into a namespace of each module, and its table applied there."""

from __future__ import annotations

from tests.e2e import rows
from tests.e2e.github_dispatch.fleet import Fleet

shared, fleet = rows.fixtures(Fleet, "github-dispatch")
