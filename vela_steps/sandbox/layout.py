"""Fills a sandbox's folder before it starts: the programs for the user's PATH, a HOME for `vela`."""

from __future__ import annotations

import shlex
from pathlib import Path

from vela_steps.sandbox.components.recipes import KUBEVELAS
from vela_steps.sandbox.folder import Folder
from vela_steps.sandbox.request import Request


def lay_out(folder: Folder, request: Request) -> None:
    """Make the folders and the programs of `bin`; done again, it adds what is missing."""
    for path in (folder.bin, folder.logs, folder.home, folder.receiver, folder.kwok):
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    kubernetes, kwok = request.component("kubernetes"), request.component("kwok")
    cue = KUBEVELAS[request.kubevela].cue
    links = {
        "kubectl": kubernetes.binary("kubectl"),
        "cue": request.component(cue).binary("cue"),
        "cue-0.9.2": request.component("cue-0.9.2").binary("cue"),
        "cue-0.14.1": request.component("cue-0.14.1").binary("cue"),
        "kwokctl": kwok.binary("kwokctl"),
    }
    if "argocd" in request.components:
        links["argocd"] = request.component("argocd").binary("argocd")
    for name, target in links.items():
        _link(folder.bin / name, target)
    _write_vela(folder, request.component("kubevela").binary("vela"))


def _link(path: Path, target: Path) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to(target)


def _write_vela(folder: Folder, target: Path) -> None:
    """`vela` keeps addon registries and caches below HOME: give it one that goes with the sandbox."""
    script = f'#!/bin/sh\nHOME={shlex.quote(str(folder.home))} exec {shlex.quote(str(target))} "$@"\n'
    (folder.bin / "vela").write_text(script, encoding="utf-8")
    (folder.bin / "vela").chmod(0o755)
