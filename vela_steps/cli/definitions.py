"""The step definitions: build the shipped files from their sources, compile them, render them for kubectl.

examples:
  vela-steps definitions build            write definitions/*.cue from definitions/src
  vela-steps definitions build --check    say which are not up to date (exit status 1)
  vela-steps definitions generate         write the JSON Schemas of their parameters and the reference pages
  vela-steps definitions generate --check say which are not up to date; needs no CUE
  vela-steps definitions compile          compile them with each CUE that the sandbox has built
  vela-steps definitions render | kubectl apply --server-side -f -
                                          without the addon: the WorkflowStepDefinitions as YAML
  vela-steps definitions render --sync-wave -10 > steps.yaml
                                          for Git: Argo CD applies them before the Applications beside them
  vela-steps definitions render read-object -n shop
                                          in place of KubeVela's own read-object, in namespace shop alone
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from vela_steps.cli import CHANGES, DONE
from vela_steps.definitions import generate
from vela_steps.definitions.application import base_schema
from vela_steps.definitions.build import SHARED, Definition, build, step_folders
from vela_steps.definitions.engine import compile_definition
from vela_steps.definitions.render import SYNC_WAVE, SYSTEM, as_yaml
from vela_steps.definitions.shipped import HERE, READ_OBJECT, Shipped, default_root, files, read_all
from vela_steps.errors import UsageError
from vela_steps.sandbox.components import cache
from vela_steps.sandbox.components.recipes import GROUPS, RECIPES
from vela_steps.tools.cue import Cue


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The subcommands and their options."""
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    make = commands.add_parser("build", help="write the shipped files")
    make.add_argument("--check", action="store_true", help="only say what would change")
    make.set_defaults(act=_build)
    check = commands.add_parser("compile", help="compile the shipped files with CUE 0.9.2 and 0.14.1")
    check.set_defaults(act=_compile)
    render = commands.add_parser("render", help="print the shipped files as YAML that kubectl applies")
    render.add_argument("steps", nargs="*", metavar="STEP", help="only these; default: all but read-object")
    render.add_argument("-n", "--namespace", default=SYSTEM, metavar="NS", help=f"whose they are (default: {SYSTEM})")
    render.add_argument("--sync-wave", type=int, metavar="N", help="Argo CD's sync wave for them")
    render.set_defaults(act=_render)
    made = commands.add_parser("generate", help="write JSON Schemas and reference pages from the shipped files")
    made.add_argument("--check", action="store_true", help="only say what is not up to date; needs no CUE")
    made.set_defaults(act=_generate)
    for command, default in ((make, ""), (check, ", else as installed"), (render, ", else as installed"), (made, "")):
        command.add_argument("--root", type=Path, help=f"the folder of definitions (default: {HERE}{default})")


def run(args: argparse.Namespace) -> int:
    """Run the subcommand."""
    status: int = args.act(args)
    return status


def built(root: Path) -> list[Definition]:
    """Every definition, as its sources make it."""
    sources = root / "src"
    return [build(folder, sources / SHARED) for folder in step_folders(sources)]


def cues() -> list[Cue]:
    """Both versions of CUE, from the sandbox's components."""
    found = [cache.installed(RECIPES[name]) for name in GROUPS["cue"]]
    if None in found:
        raise UsageError("CUE 0.9.2 and 0.14.1 are not both built", cure="vela-steps sandbox build cue")
    return [Cue(component.binary("cue")) for component in found if component]


def _write(texts: dict[Path, str], check: bool) -> int:
    """Write the files that differ, or only say so; returns the exit status."""
    changed = [file for file, text in texts.items() if not file.is_file() or file.read_text(encoding="utf-8") != text]
    for file in changed:
        print(f"{file}: {'not up to date' if check else 'written'}")
        if not check:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(texts[file], encoding="utf-8")
    return CHANGES if check and changed else DONE


def _build(args: argparse.Namespace) -> int:
    root = _with_sources(args.root)
    return _write({root / f"{made.name}.cue": made.text for made in built(root)}, args.check)


def _with_sources(root: Path | None) -> Path:
    """The folder in which definitions are made: never the installed one, which is nobody's to edit."""
    root = root or HERE
    if not (root / "src").is_dir():
        raise UsageError(
            f"{root / 'src'}: there are no sources of definitions",
            cure="run it in a checkout of vela-steps, or name the folder with --root",
        )
    return root


def _places(root: Path) -> generate.Places:
    return generate.Places(root, root.parent / "docs" / "steps")


def generated(places: generate.Places) -> dict[Path, str]:
    """What is made from the shipped files, by CUE and with KubeVela's chart: schemas in the package, pages in docs."""
    kubevela = cache.installed(RECIPES["kubevela"])
    if kubevela is None:
        raise UsageError("KubeVela is not built", cure="vela-steps sandbox build kubevela")
    base = base_schema(kubevela.asset("chart") / "crds", kubevela.version)
    schemas = generate.step_schemas(places, cues()[-1])
    return {places.base: generate.as_text(base), **generate.files(places, base, schemas)}


def _generate(args: argparse.Namespace) -> int:
    places = _places(_with_sources(args.root))
    if args.check:
        stale = list(generate.stale(places))
        for file in stale:
            print(f"{_shown(file)}: not up to date")
        return CHANGES if stale else DONE
    made = generated(places)
    for file in generate.left_over(places, made):
        print(f"{_shown(file)}: removed")
        file.unlink()
    return _write({_shown(file): text for file, text in made.items()}, check=False)


def _shown(file: Path) -> Path:
    return file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file


def _compile(args: argparse.Namespace) -> int:
    programs = cues()
    for file in files(args.root or default_root()):
        for cue in programs:
            compile_definition(file.read_text(encoding="utf-8"), cue)
            print(f"{file}: compiles with CUE {cue.version()}")
    return 0


def _render(args: argparse.Namespace) -> int:
    waves = {SYNC_WAVE: str(args.sync_wave)} if args.sync_wave is not None else {}
    print("---\n".join(as_yaml(shipped, args.namespace, waves) for shipped in _chosen(args)), end="")
    return 0


def _chosen(args: argparse.Namespace) -> list[Shipped]:
    """The definitions to render. Not read-object unasked, which would replace KubeVela's own where it goes."""
    known = {shipped.name: shipped for shipped in read_all(args.root or default_root())}
    unknown = [name for name in args.steps if name not in known]
    if unknown:
        raise UsageError(f"there is no step {', '.join(unknown)}", cure="known are " + ", ".join(known))
    if not args.steps and READ_OBJECT in known:
        print(f"{READ_OBJECT} is left out, as KubeVela has one of its own: name it to have it", file=sys.stderr)
    return [known[name] for name in args.steps or [name for name in known if name != READ_OBJECT]]
