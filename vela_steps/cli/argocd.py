"""Print what Argo CD needs to know of KubeVela's kinds.

Without it Argo CD says Healthy as soon as an Application is applied. With it a sync is Progressing until the
post-deploy steps are through, Degraded with the step's message when one failed, Suspended when it waits for a person.

examples:
  vela-steps argocd config > cm.yaml && kubectl -n argocd patch configmap argocd-cm --patch-file cm.yaml
  vela-steps argocd config --format helm > values-health.yaml       # helm upgrade … -f values-health.yaml
  vela-steps argocd config --format kustomize -o argocd/vela-health # components: [vela-health]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from vela_steps.argocd import config
from vela_steps.errors import UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `vela-steps argocd`."""
    parser.add_argument("action", choices=["config"], help="what to print")
    parser.add_argument(
        "--format",
        choices=[*config.FORMATS, "kustomize"],
        default="patch",
        help="a patch of the ConfigMap argocd-cm, values of the Helm chart, or a kustomize Component (default: patch)",
    )
    parser.add_argument("-o", "--output", type=Path, metavar="DIR", help="where the kustomize Component is written")


def run(args: argparse.Namespace) -> int:
    """Print the configuration, or write the Component's files."""
    if args.format != "kustomize":
        sys.stdout.write(config.FORMATS[args.format]())
        return 0
    if args.output is None:
        raise UsageError("a kustomize Component is two files", cure="name a folder for them: -o DIR")
    args.output.mkdir(parents=True, exist_ok=True)
    for name, text in config.kustomize_component().items():
        (args.output / name).write_text(text, encoding="utf-8")
        print(args.output / name)
    return 0
