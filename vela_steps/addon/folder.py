"""The addon's folder: its files as values, writing them, and what differs from those on disk."""

from __future__ import annotations

import shutil
from pathlib import Path

from vela_steps import __version__
from vela_steps.addon import readme, texts
from vela_steps.addon.texts import NAME
from vela_steps.definitions.shipped import READ_OBJECT, read_all
from vela_steps.errors import UsageError

CONFIG_TEMPLATES = Path("src") / "config-templates"
EXAMPLES = Path("src") / "examples"  # STEP.yaml each
DESCRIPTION = "Workflow steps that act after a deploy, once each and only when something changed"


def files(root: Path, version: str = __version__) -> dict[str, str]:
    """Every file of the addon by its path in the folder, from the definitions in `root`."""
    steps = read_all(root)
    made = {
        "metadata.yaml": _metadata(version),
        "README.md": readme.text(steps, root / EXAMPLES),
        "template.cue": texts.template_cue(steps),
        "parameter.cue": texts.parameter_cue(steps),
        "NOTES.cue": texts.notes_cue(steps),
    }
    for step in steps:
        if step.name == READ_OBJECT:
            made["resources/read-object.cue"] = texts.shadows_cue(step)
        else:
            made[f"definitions/{step.name}.cue"] = texts.bound(step)
    for file in sorted((root / CONFIG_TEMPLATES).glob("*.cue")):
        made[f"config-templates/{file.name}"] = file.read_text(encoding="utf-8")
    return made


def _metadata(version: str) -> str:
    """metadata.yaml. No `system`: the CLI would look for a Deployment of vela-core, and not every cluster has one."""
    return f"""# Made by `vela-steps addon build`.
name: {NAME}
version: {version}
description: {DESCRIPTION}
url: https://github.com/acme/vela-steps
tags:
- workflow
- gitops
deployTo:
  runtimeCluster: false
dependencies: []
invisible: false
"""


def drift(made: dict[str, str], folder: Path) -> list[str]:
    """What has to be done to `folder` to have these files there: a line for each."""
    there = (
        {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} if folder.is_dir() else set()
    )
    lines = [f"{folder / name}: is no part of the addon" for name in sorted(there - set(made))]
    for name, text in sorted(made.items()):
        path = folder / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            lines.append(f"{path}: not up to date")
    return lines


def write(made: dict[str, str], folder: Path) -> None:
    """Make `folder` hold these files and no others.

    KubeVela takes every file that begins like one of an addon for a part of it, so others must not stay. Raises
    UsageError where the folder holds something that is no addon of this name, which is left as it is.
    """
    if folder.is_dir() and any(folder.iterdir()) and not _is_ours(folder):
        raise UsageError(f"{folder}: holds files and is no addon {NAME}", cure="name an empty or a new folder with -o")
    if folder.is_dir():
        shutil.rmtree(folder)
    for name, text in sorted(made.items()):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _is_ours(folder: Path) -> bool:
    metadata = folder / "metadata.yaml"
    return metadata.is_file() and f"\nname: {NAME}\n" in "\n" + metadata.read_text(encoding="utf-8")
