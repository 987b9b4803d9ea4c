"""The pass over the lines of plain documents, compiled by Cython into a wheel (docs/speed.md)."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

MODULE = "vela_steps.locate.compiled"


class CompiledReader(BuildHookInterface[Any]):
    """Compiles one module outside the source tree and puts it into the wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Called before a wheel is put together."""
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
