"""Post-deploy steps for KubeVela Applications in Git.

The library is `inject` and `remove`: text and plans in, a `Result` of values out. What is imported here is loaded when
it is first used, so that `import vela_steps` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vela_steps.injection import Change, Result, inject, remove
    from vela_steps.plan.model import Plan, Position, Problem

__version__ = "0.1.0"

__all__ = ["Change", "Plan", "Position", "Problem", "Result", "__version__", "inject", "remove"]


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name in ("Plan", "Position", "Problem"):
        return getattr(import_module("vela_steps.plan.model"), name)
    if name in __all__:
        module = import_module("vela_steps.injection")
        globals()[name] = getattr(module, name)
        return globals()[name]
    raise AttributeError(f"module 'vela_steps' has no attribute {name!r}")
