"""Compile definitions with the plain `cue` command, as KubeVela's controller would.

`packages/*.cue` are the packages `vela/…` of the workflow module that KubeVela 1.10.9 is built from, with a package
clause. Plain CUE takes import paths without a dot for its own, so `vela/http`
is compiled as `vela.engine/http`.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vela_steps.tools.cue import Cue

PACKAGES = Path(__file__).parent / "packages"
MODULE = 'module: "vela-steps.dev/definitions"\nlanguage: version: "v0.9.0"\n'
# What a template finds beside `parameter`: the fields that Applications and WorkflowRuns have in common.
CONTEXT = "context: {name: string, namespace: string, stepName: string, stepSessionID: string, ...}"
_IMPORT = re.compile(r'^(\t|import )"vela/(\w+)"$', re.M)


@contextmanager
def module() -> Iterator[Path]:
    """A folder that is a CUE module with the packages of the engine; removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="vela-steps-cue-") as name:
        folder = Path(name)
        (folder / "cue.mod").mkdir()
        (folder / "cue.mod" / "module.cue").write_text(MODULE, encoding="utf-8")
        for package in sorted(PACKAGES.glob("*.cue")):
            place = folder / "cue.mod" / "pkg" / "vela.engine" / package.stem
            place.mkdir(parents=True)
            (place / package.name).write_text(package.read_text(encoding="utf-8"), encoding="utf-8")
        yield folder


def plain(text: str, context: str = CONTEXT) -> str:
    """A definition's text as plain CUE can compile it: other import paths, and a `context`."""
    text = _IMPORT.sub(r'\1"vela.engine/\2"', text)
    return "package definition\n\n" + text.replace("\ntemplate: {\n", f"\ntemplate: {{\n\t{context}\n", 1)


def compile_definition(text: str, cue: Cue) -> None:
    """Compile a definition; raises ToolError with what `cue` says where it does not compile."""
    with module() as folder:
        (folder / "definition.cue").write_text(plain(text), encoding="utf-8")
        cue("vet", "-c=false", "./definition.cue", cwd=folder)
