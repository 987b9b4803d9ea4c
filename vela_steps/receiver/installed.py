"""Whether what only the sandbox needs is installed: said at once, not after components were built for minutes."""

from __future__ import annotations

from importlib.util import find_spec

from vela_steps.errors import UsageError

MODULES = ("aiohttp", "aiosmtpd", "jsonschema", "requests", "trustme")


def check_installed() -> None:
    """Raise UsageError where a module of the extra `sandbox` is missing."""
    missing = [name for name in MODULES if find_spec(name) is None]
    if missing:
        raise UsageError(f"this needs {', '.join(missing)}", cure="pip install 'vela-steps[sandbox]'")
