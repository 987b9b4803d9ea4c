"""Make Argo CD wait for KubeVela's workflows, and plug the injection into it.

config prints the health checks of KubeVela's kinds. Without them Argo CD says Healthy as soon as an Application is
applied. With them a sync is Progressing until the post-deploy steps are through, Degraded with the step's message when
one failed, Suspended when it waits for a person. With --app-of-apps also the check by which a parent application waits
for the applications in it, which Argo CD does not do by itself.

generate is what the config management plugin runs: it renders the source in the current folder (plain manifests,
kustomize or Helm) and injects the steps. See integrations/argocd.

examples:
  vela-steps argocd config > cm.yaml && kubectl -n argocd patch configmap argocd-cm --patch-file cm.yaml
  vela-steps argocd config --format helm > values-health.yaml       # helm upgrade … -f values-health.yaml
  vela-steps argocd config --format kustomize -o argocd/vela-health # components: [vela-health]
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from vela_steps.argocd import config
from vela_steps.errors import UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `vela-steps argocd`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    printed = actions.add_parser("config", help="print the health checks")
    printed.add_argument(
        "--format",
        choices=[*config.FORMATS, "kustomize"],
        default="patch",
        help="a patch of the ConfigMap argocd-cm, values of the Helm chart, or a kustomize Component (default: patch)",
    )
    printed.add_argument(
        "--app-of-apps", action="store_true", help="also let a parent application wait for the applications in it"
    )
    printed.add_argument("-o", "--output", type=Path, metavar="DIR", help="where the kustomize Component is written")
    made = actions.add_parser("generate", help="render the source and inject, as a config management plugin")
    made.add_argument("--plans", type=Path, metavar="DIR", help="a folder with plans for all (a mounted ConfigMap)")


def run(args: argparse.Namespace) -> int:
    """Print the configuration, or what the source renders to with its steps."""
    if args.action == "config":
        return _config(args)
    from vela_steps.hosts.argocd_plugin import generate

    sys.stdout.write(generate(Path(), os.environ, args.plans))
    return 0


def _config(args: argparse.Namespace) -> int:
    if args.format != "kustomize":
        sys.stdout.write(config.FORMATS[args.format](app_of_apps=args.app_of_apps))
        return 0
    if args.output is None:
        raise UsageError("a kustomize Component is two files", cure="name a folder for them: -o DIR")
    args.output.mkdir(parents=True, exist_ok=True)
    for name, text in config.kustomize_component(app_of_apps=args.app_of_apps).items():
        (args.output / name).write_text(text, encoding="utf-8")
        print(args.output / name)
    return 0
