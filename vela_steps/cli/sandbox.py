"""A sandbox of the real components: KubeVela and a Kubernetes API on this machine, without a container engine.

examples:
  vela-steps sandbox up                        start it (builds the components on first use)
  eval "$(vela-steps sandbox env)"             then kubectl, vela and cue are the sandbox's
  vela-steps sandbox status -o json            each component's state, process id and ports
  vela-steps sandbox logs vela-core            what the controller says
  vela-steps sandbox restart vela-core --kill  kill -9 and start again
  vela-steps sandbox up --with argocd          Argo CD too, syncing apps/ of a Git repository in the sandbox's folder
  vela-steps sandbox rollout fail --component web      new pods of `web` crash from now on
  vela-steps sandbox down                      end everything and remove its folder
  vela-steps sandbox build cue                 build both CUE versions only (under a minute)
"""

from __future__ import annotations

import argparse
import json
import shlex
import shutil
import sys
from pathlib import Path
from typing import Any

from vela_steps.errors import UsageError
from vela_steps.receiver.installed import check_installed
from vela_steps.sandbox.client import NODES, Sandbox, known_sandboxes, prune
from vela_steps.sandbox.components import build, cache
from vela_steps.sandbox.components.recipes import GROUPS, KUBEVELAS, RECIPES
from vela_steps.sandbox.folder import chosen_name
from vela_steps.sandbox.request import PARTS
from vela_steps.sandbox.rollout import FAIL, NORMAL, SLOW


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The subcommands and their options."""
    named = argparse.ArgumentParser(add_help=False)
    named.add_argument("--name", help="which sandbox (default: $VELA_STEPS_SANDBOX, else 'default')")
    output = argparse.ArgumentParser(add_help=False)
    output.add_argument("-o", "--output", choices=["text", "json"], default="text", help="default: text")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    up = commands.add_parser("up", parents=[named], help="start it; on a running one, what is missing")
    up.add_argument(
        "--with", dest="parts", action="append", choices=PARTS, default=[], help="also start this; repeatable"
    )
    up.add_argument(
        "--plugin",
        dest="plugins",
        action="append",
        type=Path,
        default=[],
        metavar="DIR",
        help="a folder with an Argo CD plugin's plugin.yaml; repeatable, implies --with argocd",
    )
    up.add_argument("--nodes", type=int, default=NODES, help=f"simulated nodes, 110 pods each (default: {NODES})")
    up.add_argument(
        "--kubevela", default="", metavar="VERSION", help=f"{' or '.join(KUBEVELAS)} (default: {next(iter(KUBEVELAS))})"
    )
    up.set_defaults(act=_up)
    down = commands.add_parser("down", parents=[named], help="end it and remove its folder")
    down.add_argument("--all", action="store_true", help="every sandbox of yours")
    down.set_defaults(act=_down)
    commands.add_parser("status", parents=[named, output], help="what runs, and where").set_defaults(act=_status)
    commands.add_parser("env", parents=[named], help="export lines for eval").set_defaults(act=_env)
    logs = commands.add_parser("logs", parents=[named], help="print a component's log")
    logs.add_argument("component", metavar="NAME")
    logs.set_defaults(act=_logs)
    restart = commands.add_parser("restart", parents=[named], help="end one component and start it again")
    restart.add_argument("component", metavar="NAME")
    restart.add_argument("--kill", action="store_true", help="end it by kill -9")
    restart.set_defaults(act=_restart)
    _add_rollout(commands, named)
    commands.add_parser("reset", parents=[named], help="start afresh: an empty cluster").set_defaults(act=_reset)
    _add_building(commands, output)


def _add_rollout(commands: Any, named: argparse.ArgumentParser) -> None:
    rollout = commands.add_parser(
        "rollout",
        parents=[named],
        help="make rollouts slow, fail, or normal again",
        description="Says what becomes of new pods from now on. Without --component and --namespace: of all; "
        "'normal' for all takes every rule back.",
    )
    rollout.add_argument("kind", choices=[SLOW, FAIL, NORMAL])
    rollout.add_argument("--component", default="", help="only pods of this component of an Application")
    rollout.add_argument("--namespace", default="", help="only pods in this namespace")
    rollout.add_argument("--seconds", type=float, default=30, help="how slow: a pod is ready so late (default: 30)")
    rollout.set_defaults(act=_rollout)


def _add_building(commands: Any, output: argparse.ArgumentParser) -> None:
    known = ", ".join([*GROUPS, *RECIPES])
    builder = commands.add_parser("build", help="build components into the cache", description=f"known: {known}")
    builder.add_argument(
        "names", nargs="*", default=["base"], metavar="NAME", help="component or group (default: base)"
    )
    builder.set_defaults(act=_build)
    lister = commands.add_parser("components", parents=[output], help="where each component lies in the cache")
    lister.add_argument(
        "--prune", action="store_true", help="remove those that neither this release nor a sandbox uses"
    )
    lister.set_defaults(act=_components)


def run(args: argparse.Namespace) -> int:
    """Run one subcommand."""
    status: int = args.act(args)
    return status


def _sandbox(args: argparse.Namespace) -> Sandbox:
    return Sandbox(chosen_name(args.name))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _up(args: argparse.Namespace) -> int:
    sandbox = _sandbox(args)
    if args.nodes < 1:
        raise UsageError("--nodes: at least one is needed")
    check_installed()
    plugins = tuple(dict.fromkeys(args.plugins))
    parts = tuple(dict.fromkeys(args.parts))
    started = sandbox.up(parts, nodes=args.nodes, plugins=plugins, kubevela=args.kubevela, tell=_say)
    _say(f"sandbox {sandbox.name} {'is up' if started else 'runs already'}")
    _say(f'  eval "$(vela-steps sandbox env --name {sandbox.name})" brings its kubectl, vela and cue into this shell')
    return 0


def _down(args: argparse.Namespace) -> int:
    for name in known_sandboxes() if args.all else [chosen_name(args.name)]:
        existed = Sandbox(name).down()
        _say(f"sandbox {name} {'is down' if existed else 'does not run'}")
    return 0


def _status(args: argparse.Namespace) -> int:
    status = _sandbox(args).status()
    if args.output == "json":
        print(json.dumps(status, indent=2))
    else:
        print(_status_text(status))
    alive = all(each["state"] == "running" for each in status["components"].values())
    return 0 if status["phase"] == "ready" and alive else 1


def _status_text(status: dict[str, Any]) -> str:
    lines = [f"sandbox {status['name']}: {status['phase']}" + (f" ({status['doing']})" if status.get("doing") else "")]
    if status.get("error"):
        lines.append(status["error"])
    if "repository" in status:
        lines.append(f"  Argo CD syncs apps/ on main of {status['repository']}")
    if "member_kubeconfig" in status:
        lines.append(f"  the cluster `member` of KubeVela: --kubeconfig {status['member_kubeconfig']}")
    for name, each in status["components"].items():
        ports = " ".join(f"{port}={number}" for port, number in each["ports"].items())
        lines.append(f"  {name:<28} {each['state']:<8} {each['pid'] or '-':>7}  {ports}")
        if status["phase"] != "failed":  # then all were ended, and the error has the lines that matter
            lines.extend(f"      {line}" for line in each.get("last_lines", []))
    return "\n".join(lines)


def _env(args: argparse.Namespace) -> int:
    for name, value in _sandbox(args).environment().items():
        print(f"export {name}={shlex.quote(value)}")
    return 0


def _logs(args: argparse.Namespace) -> int:
    with _sandbox(args).log(args.component).open(encoding="utf-8", errors="replace") as log:
        shutil.copyfileobj(log, sys.stdout)
    return 0


def _restart(args: argparse.Namespace) -> int:
    _sandbox(args).restart(args.component, kill=args.kill)
    _say(f"{args.component} runs again")
    return 0


def _rollout(args: argparse.Namespace) -> int:
    if args.seconds < 0:
        raise UsageError("--seconds: a time cannot be negative")
    _sandbox(args).rollout(args.kind, component=args.component, namespace=args.namespace, seconds=args.seconds)
    return 0


def _reset(args: argparse.Namespace) -> int:
    _sandbox(args).reset(tell=_say)
    return 0


def _build(args: argparse.Namespace) -> int:
    for component in build.ensure(args.names).values():
        print(f"{component.name} {component.folder / 'bin'}")
    return 0


def _components(args: argparse.Namespace) -> int:
    for folder in prune() if args.prune else []:
        _say(f"removed {folder}")
    found = {name: cache.installed(recipe) for name, recipe in RECIPES.items()}
    if args.output == "json":
        print(json.dumps({name: each and str(each.folder) for name, each in found.items()}, indent=2))
    else:
        for name, each in found.items():
            print(f"{name:<15} {each.folder / 'bin' if each else 'not built'}")
    return 0
