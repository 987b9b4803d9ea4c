"""What is wrong with a document, as an exception inside the layers; `vela_steps.injection` turns it into a value."""

from __future__ import annotations

Route = tuple[str | int, ...]


class Trouble(Exception):  # noqa: N818 - no error of the program: a finding about one document
    """A document that cannot be read or edited safely.

    The place is `offset` (characters from the start of the document's text) where it is known, else `route`, the way
    through the document (`("spec", "workflow", "steps", 2)`). `cure` says what the author of the file can do.
    """

    def __init__(self, message: str, *, offset: int | None = None, route: Route = (), cure: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.route = route
        self.cure = cure


def route_text(route: Route) -> str:
    """`("items", 0, "spec")` as `items[0].spec`."""
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in route]
    return "".join(parts).removeprefix(".")
