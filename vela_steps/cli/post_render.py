"""Helm post-renderer: read rendered manifests from standard input, write them with the steps injected.

examples:
  helm template shop ./chart --post-renderer vela-steps --post-renderer-args post-render,--plan,plan.yaml    # Helm 3
  helm template shop ./chart --post-renderer vela-steps --post-renderer-args --plan=plan.yaml                # Helm 4
Helm 4 knows post-renderers as plugins: `helm plugin install integrations/helm`.

Argo CD does not call post-renderers; use the config management plugin or the KRM function there.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from vela_steps.errors import UsageError
from vela_steps.hosts.stream import injected, plans_from, standard_input


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The plan, as for `inject`."""
    parser.add_argument("-p", "--plan", type=Path, action="append", required=True, help="a plan file; may be repeated")


def run(args: argparse.Namespace) -> int:
    """Inject into what Helm rendered."""
    text = injected(standard_input(), plans_from(args.plan), "rendered manifests")
    if not text.strip():
        raise UsageError("Helm rendered nothing", cure="check the chart's values")
    sys.stdout.write(text)
    return 0
