"""A document that is being edited: its text, its nodes, its style, and where lines begin and end."""

from __future__ import annotations

from typing import NamedTuple

from vela_steps.locate.nodes import ALIAS, MAP, SCALAR, SEQ, Node, Tree, last_leaf
from vela_steps.locate.trouble import Route, Trouble
from vela_steps.splice.render import Style


class Edit(NamedTuple):
    """`text[start:end]` becomes `new`."""

    start: int
    end: int
    new: str


class Canvas:
    """One parsed document and its way of writing."""

    def __init__(self, text: str, tree: Tree) -> None:
        self.text = text
        self.tree = tree
        self.style = _style(text, tree.root)

    def line_start(self, offset: int) -> int:
        """The offset of the first character of a line."""
        return self.text.rfind("\n", 0, offset) + 1

    def line_end(self, offset: int) -> int:
        """The offset behind a line's break, or the end of the text."""
        newline = self.text.find("\n", offset)
        return len(self.text) if newline < 0 else newline + 1

    def behind(self, node: Node, column: int) -> int:
        """Where a line can be put behind a block value: its last line, and the deeper-indented comments after it."""
        leaf = last_leaf(node)
        rest = self.text[leaf.end : self.line_end(leaf.end)].strip()
        if rest and not rest.startswith("#"):
            raise Trouble("something else follows on the last line", offset=leaf.end)
        offset = self.line_end(leaf.end)
        scan = offset
        while scan < len(self.text):
            line = self.text[scan : self.line_end(scan)]
            body = line.lstrip(" ")
            if body.startswith("#") and len(line) - len(body) > column:
                offset = self.line_end(scan)
            elif body.strip():
                break
            scan = self.line_end(scan)
        return offset

    def inserted(self, offset: int, lines: list[str]) -> Edit:
        """Whole lines put in at a line's start; a text without final newline stays one."""
        block = self.style.newline.join(lines)
        if offset == len(self.text) and self.text and not self.text.endswith("\n"):
            self._refuse_open_scalar()
            return Edit(offset, offset, self.style.newline + block)
        return Edit(offset, offset, block + self.style.newline)

    def _refuse_open_scalar(self) -> None:
        """A literal or folded scalar at the end of a text without final newline: one behind it would become its own."""
        leaf = last_leaf(self.tree.root)
        header = self.text[leaf.start : self.line_end(leaf.start)].split("#")[0].split()[-1:]
        if leaf.kind == SCALAR and not leaf.plain and header and header[0][0] in "|>" and "-" not in header[0]:
            raise Trouble(
                "the file ends inside this text without a newline, which it would get if something followed",
                offset=leaf.start,
                cure=f"end the file with a newline, or write `{header[0]}-` to keep the value as it is",
            )

    def without_lines(self, start: int, end: int) -> Edit:
        """The lines from the one of `start` to the one of `end` go."""
        return Edit(self.line_start(start), self.line_end(end), "")

    def find(self, route: Route) -> Node:
        """The node at a route that can be edited there; raises Trouble where it is shared or brought from elsewhere."""
        node = self.tree.root
        for index, part in enumerate(route):
            self._refuse_shared(node, route[:index])
            child = node.items[part] if isinstance(part, int) else node.get(part)
            if child is None:
                raise Trouble(
                    f"`{part}` comes from a merge key (`<<`)",
                    offset=node.start,
                    route=route[: index + 1],
                    cure="write it out here, so that it can be changed without changing where it comes from",
                )
            node = child
        self._refuse_shared(node, route)
        return node

    def _refuse_shared(self, node: Node, route: Route) -> None:
        cure = "write the value out here; an edit would change the other places too"
        if node.kind == ALIAS:
            raise Trouble(f"the value is the alias *{node.value}", offset=node.start, route=route, cure=cure)
        if id(node) in self.tree.referenced:
            raise Trouble(
                f"aliases elsewhere stand for this value (&{node.anchor})", offset=node.start, route=route, cure=cure
            )

    def parent_of(self, route: Route) -> Node:
        """The mapping in which the last key of a route stands."""
        return self.find(route[:-1])

    def dash(self, sequence: Node, index: int) -> int:
        """Where the dash of a block item stands."""
        item = sequence.items[index]
        low = sequence.items[index - 1].end if index else sequence.start
        line = self.line_start(item.start)
        while True:
            at = line + sequence.column
            if self.text[at : at + 1] == "-" and at >= low and (not self.text[line:at].strip() or index == 0):
                return at
            if line <= low:
                raise Trouble("the dash of this item was not found", offset=item.start)
            line = self.line_start(line - 1)


def apply_edits(text: str, edits: list[Edit]) -> str:
    """The text with edits carried out; they must not overlap, those at one place keep their order."""
    parts: list[str] = []
    done = 0
    for edit in _joined(text, edits):
        if edit.start < done:
            raise Trouble("two edits overlap", offset=edit.start)
        parts += (text[done : edit.start], edit.new)
        done = edit.end
    return "".join([*parts, text[done:]])


def _joined(text: str, edits: list[Edit]) -> list[Edit]:
    """The edits in order, deletions that touch as one. Where the last lines of a text without final newline go, the
    line before them loses its own, so that the text is what it was before those lines came."""
    ordered: list[Edit] = []
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        if ordered and ordered[-1].end == edit.start and not ordered[-1].new and not edit.new:
            edit = Edit(ordered.pop().start, edit.end, "")
        ordered.append(edit)
    last = ordered[-1] if ordered else Edit(0, 0, "")
    if not last.new and last.start and last.end == len(text) and text[last.start - 1] == "\n" and text[-1] != "\n":
        back = 2 if text.startswith("\r\n", last.start - 2) else 1
        ordered[-1] = last._replace(start=last.start - back)
    return ordered


def _style(text: str, root: Node) -> Style:
    newline = "\r\n" if "\r\n" in text[: text.find("\n") + 1] else "\n"
    step, dash = _indents(root)
    quoted = bool(root.flow and root.entries and text[root.entries[0][0].start] == '"')
    return Style(
        step=step or 2, dash=2 if dash is None else dash, newline=newline, literal=text.endswith("\n"), json=quoted
    )


def _indents(root: Node) -> tuple[int, int | None]:
    """How deep the document indents mappings and sequences under a key, as the first of each shows."""
    step, dash = 0, None
    left = [(root, -1)]
    while left and (not step or dash is None):
        node, outer = left.pop()
        if node.flow:
            continue
        if node.kind == MAP and outer >= 0:
            step = step or node.column - outer
        elif node.kind == SEQ and outer >= 0 and dash is None:
            dash = node.column - outer
        within = node.column if node.kind == MAP else -1
        left += [(child, within) for child in reversed([value for _, value in node.entries] or node.items)]
    return step, dash
