"""KRM function: read a ResourceList from standard input, write it with the steps injected.

The functionConfig is the plan (kind: PostSync), or a ConfigMap whose data values are plans.

example (kustomize build --enable-alpha-plugins --enable-exec):
  # kustomization.yaml
  transformers: [plan.yaml]
  # plan.yaml
  apiVersion: vela-steps.dev/v1alpha1
  kind: PostSync
  metadata:
    name: after-deploy
    annotations: {config.kubernetes.io/function: "exec: {path: vela-steps-krm}"}
  spec: …

kustomize calls the path without arguments: `vela-steps-krm` is this verb under a name of its own.
"""

from __future__ import annotations

import argparse
import sys

from vela_steps.hosts.krm import process
from vela_steps.hosts.stream import standard_input, told


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No options: the specification gives a function nothing but standard input."""
    del parser


def run(args: argparse.Namespace) -> int:
    """Process one ResourceList; the results are written also where it failed."""
    del args
    processed = process(standard_input())
    sys.stdout.write(processed.text)
    for problem in processed.errors:
        print(told(problem), file=sys.stderr)
    return 2 if processed.errors else 0
