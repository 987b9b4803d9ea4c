"""Show the whole chain on this machine: from a commit to its effects outside.

The plan of examples/shop is injected into its Application and committed; Argo CD syncs, KubeVela deploys and runs the
steps, stand-ins for Fastly, GitHub and Slack record what reaches them. A second commit changes the backend only. The
components are built on first use. The sandbox is left running, to look around.

examples:
  vela-steps demo             show it
  vela-steps demo --down      end the sandbox that a demo left running

exit status: 0 everything that is shown happened, 2 something did not
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from pathlib import Path

from vela_steps.demo import picture, show
from vela_steps.demo.timeline import Event
from vela_steps.receiver.installed import check_installed
from vela_steps.report.colour import BOLD, coloured, paint
from vela_steps.report.fold import folded

DEFAULT = "demo"
NEXT = """
Everything that was shown happened, and was checked. The pictures: {page}
The sandbox goes on running. Look around:

  eval "$({program} sandbox env --name {name})"
  kubectl get applications.argoproj.io -n argocd
  kubectl get applications.core.oam.dev -n shop -o yaml
  vela status shop -n shop
  {program} status -n shop
  {program} receiver requests --name {name}

Try: change an image in {repository}/apps/shop.yaml, commit it, and watch
  {program} status -n shop --watch
End it:
  {program} demo --down{named}
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `vela-steps demo`."""
    parser.add_argument("--down", action="store_true", help="end the sandbox that a demo left running")
    parser.add_argument("--name", default=DEFAULT, help="the sandbox's name (default: demo)")
    parser.add_argument("--page", type=Path, default=Path("build/demo.html"), help="default: build/demo.html")


def run(args: argparse.Namespace) -> int:
    """Run what was asked for."""
    if args.down:
        from vela_steps.sandbox.client import Sandbox

        print("ended" if Sandbox(args.name).down() else "there was none")
        return 0
    check_installed()
    return _whole(args)


def _whole(args: argparse.Namespace) -> int:
    from vela_steps.demo.chain import Chain
    from vela_steps.demo.page import html
    from vela_steps.sandbox.client import Sandbox

    colours = coloured(sys.stdout)
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
    started = time.monotonic()

    def event(one: Event, start: float) -> None:
        print(show.line(one, start, colour=colours, width=width), flush=True)

    def tell(text: str) -> None:
        shown = folded(text, width)
        print(paint(shown, BOLD) if colours else shown, flush=True)

    sandbox = Sandbox(args.name)
    chain = Chain(sandbox, tell, event)
    chain.prepare()
    prepared = time.monotonic()
    rounds = [chain.first(), chain.second()]
    args.page.parent.mkdir(parents=True, exist_ok=True)
    args.page.write_text(html(picture.as_svg(), rounds), encoding="utf-8")
    program = os.path.relpath(sys.argv[0]) if os.sep in sys.argv[0] else sys.argv[0]
    named = f" --name {args.name}" if args.name != DEFAULT else ""
    places = {"page": args.page, "repository": sandbox.repository.path}
    print(NEXT.format(program=program, name=args.name, named=named, **places))
    ready, shown = prepared - started, time.monotonic() - prepared
    print(f"({ready + shown:.0f} s: {ready:.0f} s to get ready, {shown:.0f} s for the two commits)")
    return 0
