"""Build and package the KubeVela addon, and see who uses its steps.

examples:
  vela-steps addon build                   write addon/vela-steps from definitions/
  vela-steps addon build --check           say what is not up to date (exit status 1)
  vela-steps addon build -o DIR            write DIR/vela-steps, for `vela addon enable DIR/vela-steps`
  vela-steps addon package -o dist         dist/vela-steps-VERSION.tgz with its .sha256: the same bytes each time
  vela-steps addon package -o dist --index and index.yaml: dist is then a registry, to be served over HTTP
  vela-steps addon users                   who still uses its steps (exit status 1 where somebody does)
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from vela_steps import __version__
from vela_steps.addon import folder, package
from vela_steps.addon.texts import NAME
from vela_steps.definitions import shipped

HERE = Path("addon")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The subcommands and their options."""
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    build = commands.add_parser("build", help="write the addon's folder")
    build.add_argument("-o", "--output", type=Path, default=HERE, help=f"where {NAME}/ is written (default: {HERE})")
    build.add_argument("--check", action="store_true", help="only say what would change")
    build.set_defaults(act=_build)
    pack = commands.add_parser("package", help="write the package for a Helm-type registry, with its checksum")
    pack.add_argument("-o", "--output", type=Path, default=Path("dist"), help="where it is written (default: dist)")
    pack.add_argument("--index", action="store_true", help="write index.yaml for all packages there, too")
    pack.set_defaults(act=_package)
    for command in (build, pack):
        command.add_argument(
            "--root", type=Path, help=f"the folder of definitions (default: {shipped.HERE}, else as installed)"
        )
        command.add_argument("--version", default=__version__, help=f"the addon's version (default: {__version__})")
    users = commands.add_parser("users", help="say which Applications and WorkflowRuns use a step of the addon")
    users.add_argument("--context", metavar="NAME", help="the context of the kubeconfig")
    users.add_argument("-o", "--output", choices=["text", "json"], default="text", help="default: text")
    users.set_defaults(act=_users)


def run(args: argparse.Namespace) -> int:
    """Run the subcommand."""
    status: int = args.act(args)
    return status


def _files(args: argparse.Namespace) -> dict[str, str]:
    return folder.files(args.root or shipped.default_root(), args.version)


def _build(args: argparse.Namespace) -> int:
    made = _files(args)
    place = args.output / NAME
    changes = folder.drift(made, place)
    if args.check:
        print("\n".join([*changes, *(["make it so: vela-steps addon build"] if changes else [])]))
        return 1 if changes else 0
    if changes:
        folder.write(made, place)
    print(f"{place}: {'written' if changes else 'up to date'}")
    return 0


def _package(args: argparse.Namespace) -> int:
    packed = package.archive(_files(args), args.version)
    path = package.write(packed, args.version, args.output)
    print(Path(f"{path}.sha256").read_text(encoding="utf-8"), end="")
    if args.index:
        (args.output / "index.yaml").write_text(package.index(args.output), encoding="utf-8")
    return 0


def _users(args: argparse.Namespace) -> int:
    from vela_steps.addon import users
    from vela_steps.fleet.cluster import GROUP, Cluster

    cluster = Cluster(args.context)
    there = users.installed(cluster.objects(GROUP, "v1beta1", "workflowstepdefinitions"))
    objects = [
        {"kind": kind, **one}
        for kind, version, plural in (
            ("Application", "v1beta1", "applications"),
            ("Workflow", "v1alpha1", "workflows"),
            ("WorkflowRun", "v1alpha1", "workflowruns"),
        )
        for one in cluster.objects(GROUP, version, plural)
    ]
    found = users.users(objects, there)
    if args.output == "json":
        print(json.dumps([user._asdict() for user in found], indent=2))
    else:
        for user in found:
            print(f"{user.kind} {user.namespace}/{user.name}: step {user.step} is of type {user.type}")
        print(f"{len(found)} step(s) in use" if found else "nothing uses a step of the addon")
    return 1 if found else 0
