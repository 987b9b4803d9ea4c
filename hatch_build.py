"""Compiled wheels (docs/speed.md): the pass over the lines of plain documents by Cython, and what mypyc is to know."""

from __future__ import annotations

import os
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

MODULE = "vela_steps.locate.compiled"


# What is not seen outside of a module is called without a detour over tables: 6 % of the time that `inject` takes.
FLAGS = "-g0 -fvisibility=hidden" + (" -fno-plt" if sys.platform == "linux" else "")


class CompiledCore(BuildHookInterface[Any]):
    """Compiles the pass outside the source tree and puts it into the wheel; tells mypyc's hook how to compile."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Called before a wheel is put together, and before mypyc's hook, which starts a process of its own."""
        flags = os.environ.get("CFLAGS") or sysconfig.get_config_var("CFLAGS") or ""  # setuptools takes one
        os.environ["CFLAGS"] = flags if FLAGS in flags else f"{flags} {FLAGS}"
        os.environ["PYTHONHASHSEED"] = "0"  # what mypyc makes depends on the order of sets: the same every time
        from Cython.Build import cythonize
        from setuptools import Distribution, Extension
        from setuptools.command.build_ext import build_ext

        self.folder = tempfile.TemporaryDirectory()
        source = Path(self.root, *MODULE.split(".")).with_suffix(".pyx")
        modules = cythonize([Extension(MODULE, [str(source)])], build_dir=self.folder.name, quiet=True)
        command = build_ext(Distribution({"ext_modules": modules}))
        command.build_lib = command.build_temp = self.folder.name
        command.ensure_finalized()
        command.run()
        built = command.get_ext_filename(MODULE)
        build_data["force_include"][str(Path(self.folder.name, built))] = built
        build_data["pure_python"] = False
        build_data["infer_tag"] = True

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """Called when the wheel is there."""
        self.folder.cleanup()
