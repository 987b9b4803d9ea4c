"""What most stand-ins share."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any, ClassVar

from vela_steps.receiver.model import Request


class Hosted:
    """A stand-in that is known by its host names (wildcards as in fnmatch), with settings by key.

    Of the settings whose key matches a name, later ones overrule earlier ones, field by field.
    """

    name: ClassVar[str]
    hosts: ClassVar[tuple[str, ...]] = ()
    defaults: ClassVar[Mapping[str, Any]] = {}

    def __init__(self) -> None:
        self._settings: list[tuple[str, Mapping[str, Any]]] = []

    def matches(self, request: Request) -> bool:
        """By host."""
        return any(fnmatchcase(request.host, pattern) for pattern in self.hosts)

    def configure(self, key: str, value: Mapping[str, Any]) -> None:
        """Keep a setting."""
        self._settings.append((key, value))

    def setting(self, key: str) -> dict[str, Any]:
        """The settings that hold for `key`."""
        found = dict(self.defaults)
        for pattern, value in self._settings:
            if fnmatchcase(key, pattern):
                found.update(value)
        return found
