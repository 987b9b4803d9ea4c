"""Pictures for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vela_steps.explain.picture import Picture
from vela_steps.explain.tree import tree
from vela_steps.report.colour import BOLD, paint


def told(pictures: Sequence[Picture], *, colour: bool) -> str:
    """Each Application's name, then its workflows as trees; `+` marks what is added, `~` what is changed."""
    return "\n".join("".join(_picture(picture, colour)) for picture in pictures)


def _picture(picture: Picture, colour: bool) -> Iterator[str]:
    yield f"{paint(picture.title, BOLD) if colour else picture.title}\n"
    for panel in picture.panels:
        yield f"{panel.title}\n"
        yield "".join(f"  {line}\n" for line in tree(panel.graph, colour=colour).splitlines())
