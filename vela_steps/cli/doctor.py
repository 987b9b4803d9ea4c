"""Look at a cluster and say what will keep post-deploy steps from working, each with its cure.

examples:
  vela-steps doctor                                    what the cluster's Applications use
  vela-steps doctor --plan plan.yaml apps/             also what Git asks for, before it is merged
  vela-steps doctor --plan plan.yaml --online          also ask GitHub, Cloudflare, Slack, …
  vela-steps doctor -o json

Nothing is changed, and no credential is shown; what the account may not look at is named. --online asks GitHub
(repository, permission, workflow file), Cloudflare, Fastly, Slack, Telegram and Datadog whether a credential works: it
is sent where its step would send it, by calls without an effect.

exit status: 0, 1 where an error was found, 2 where the cluster could not be asked
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator

from vela_steps.cli.plans import plans_of
from vela_steps.fleet.checks import Finding, all_checks
from vela_steps.fleet.cluster import Cluster
from vela_steps.fleet.evidence import Evidence
from vela_steps.fleet.gather import gather
from vela_steps.fleet.git import file_steps, plan_steps
from vela_steps.report.colour import CYAN, DIM, GREEN, RED, YELLOW, coloured, paint

MARKS = {"ok": ("✔", GREEN), "note": ("i", CYAN), "warning": ("!", YELLOW), "error": ("✘", RED)}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `vela-steps doctor`."""
    parser.add_argument("paths", nargs="*", metavar="PATH", help="files or folders of Applications in Git")
    parser.add_argument("-p", "--plan", action="append", default=[], help="a plan file; may be repeated")
    parser.add_argument("-n", "--namespace", default="", metavar="NS", help="one namespace; default: all")
    parser.add_argument("--context", metavar="NAME", help="the context of the kubeconfig")
    parser.add_argument("--online", action="store_true", help="ask the services whether the credentials work")
    parser.add_argument("-o", "--output", choices=["text", "json"], default="text", help="default: text")


def run(args: argparse.Namespace) -> int:
    """Gather, judge, tell."""
    plans, _problems = plans_of(args.plan)
    wanted = [*plan_steps(plans), *file_steps(args.paths)]
    evidence = gather(Cluster(args.context), wanted, args.namespace)
    findings = list(_findings(evidence, online=args.online))
    if args.output == "json":
        print(json.dumps([finding._asdict() for finding in findings], indent=2, ensure_ascii=False))
    else:
        _tell(findings)
    return 1 if any(finding.level == "error" for finding in findings) else 0


def _findings(evidence: Evidence, *, online: bool) -> Iterator[Finding]:
    for check in all_checks():
        yield from check(evidence)
    if online:
        from vela_steps.fleet import online as services

        yield from services.check(evidence)


def _tell(findings: list[Finding]) -> None:
    colours = coloured(sys.stdout)
    for finding in findings:
        mark, colour = MARKS[finding.level]
        print(f"{paint(mark, colour) if colours else mark} {finding.subject}: {finding.message}")
        if finding.cure:
            cure = f"    → {finding.cure}"
            print(paint(cure, DIM) if colours else cure)
    counts = [(sum(one.level == level for one in findings), level) for level in ("error", "warning")]
    print(", ".join(f"{count} {level}{'' if count == 1 else 's'}" for count, level in counts))
