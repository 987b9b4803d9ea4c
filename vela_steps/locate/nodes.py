"""One YAML or JSON document to nodes that know where they stand.

libyaml's events give exact marks for everything except the end of block collections and of block scalars, which run
past comments and blank lines; those two are computed here. Aliases stay leaves: nothing is expanded, so an alias bomb
costs what its text costs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vela_steps.errors import VelaStepsError
from vela_steps.locate.trouble import Trouble

DEPTH_LIMIT = 100
SIZE_LIMIT = 2 * 1024 * 1024
VALUE_LIMIT = 100_000

MAP, SEQ, SCALAR, ALIAS = "map", "seq", "scalar", "alias"


class Node:
    """A value and its place. Offsets count characters of the text that was parsed; `end` is exact for every kind.

    `entries` are `(key, value)` pairs of a mapping, `items` the values of a sequence; `column` is where a block
    collection's keys or dashes stand. `plain` marks scalars without quotes, `block` literal and folded ones, `keep`
    those with `+`.
    """

    __slots__ = (
        "anchor",
        "block",
        "column",
        "end",
        "entries",
        "flow",
        "items",
        "keep",
        "kind",
        "plain",
        "start",
        "tag",
        "value",
    )

    def __init__(self, kind: str, start: int, end: int) -> None:
        self.kind = kind
        self.start = start
        self.end = end
        self.value = ""
        self.plain = False
        self.block = False
        self.keep = False
        self.flow = False
        self.column = 0
        self.anchor: str | None = None
        self.tag: str | None = None
        self.entries: list[tuple[Node, Node]] = []
        self.items: list[Node] = []

    def get(self, key: str) -> Node | None:
        """The value under a key that is written out here (merge keys are not followed)."""
        for name, value in self.entries:
            if name.value == key and name.kind == SCALAR:
                return value
        return None


class Tree:
    """A parsed document: its root and what its anchors stand for."""

    __slots__ = ("anchors", "referenced", "root")

    def __init__(self, root: Node, anchors: dict[int, Node], referenced: set[int]) -> None:
        self.root = root
        self.anchors = anchors  # id of an alias node → the node it stands for
        self.referenced = referenced  # ids of the nodes that aliases stand for


def parse(text: str) -> Tree | None:
    """The one document in `text`, or None where it is empty; raises Trouble where it cannot be read."""
    if len(text) > SIZE_LIMIT:
        raise Trouble(
            f"the document has {len(text):,} characters, more than the {SIZE_LIMIT:,} that are read",
            cure="Kubernetes stores no object above 1.5 MiB; split the document",
        )
    from yaml import YAMLError

    try:
        return _Builder(text).document()
    except YAMLError as error:
        raise _unreadable(error, text) from None


def _unreadable(error: Any, text: str) -> Trouble:
    mark = getattr(error, "problem_mark", None)
    offset = min(mark.index, len(text)) if mark is not None else max(getattr(error, "position", 0) or 0, 0)
    reason = getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable"
    if "nesting depth" in str(reason):  # libyaml's own limit, in the versions that have one
        return Trouble(f"nested more than {DEPTH_LIMIT} levels deep", offset=offset)
    context = getattr(error, "context", None)
    return Trouble(f"not valid YAML: {f'{context}, ' if context else ''}{reason}", offset=offset)


class _Builder:
    def __init__(self, text: str) -> None:
        from yaml import events

        self.text = text
        self.events: Any = events
        self.next: Callable[[], Any] = _loader()(text).get_event
        self.named: dict[str, Node] = {}
        self.anchors: dict[int, Node] = {}
        self.referenced: set[int] = set()
        self.values = 0

    def document(self) -> Tree | None:
        self.next()  # stream start
        if isinstance(self.next(), self.events.StreamEndEvent):
            return None
        root = self.node(self.next(), 0)
        self.next()  # document end
        extra = self.next()
        if not isinstance(extra, self.events.StreamEndEvent):
            raise Trouble("a second document begins without `---`", offset=extra.start_mark.index)
        return Tree(root, self.anchors, self.referenced)

    def node(self, event: Any, depth: int) -> Node:
        if depth > DEPTH_LIMIT:
            raise Trouble(f"nested more than {DEPTH_LIMIT} levels deep", offset=event.start_mark.index)
        self.values += 1
        if self.values > VALUE_LIMIT:
            raise Trouble(f"more than {VALUE_LIMIT:,} values in one document", offset=event.start_mark.index)
        if isinstance(event, self.events.AliasEvent):
            return self.alias(event)
        node = Node(SCALAR, event.start_mark.index, event.end_mark.index)
        node.tag, node.anchor = event.tag, event.anchor
        if node.anchor:
            self.named[node.anchor] = node
        if isinstance(event, self.events.ScalarEvent):
            self.scalar(node, event)
        elif isinstance(event, self.events.SequenceStartEvent):
            self.sequence(node, event, depth)
        else:
            self.mapping(node, event, depth)
        return node

    def alias(self, event: Any) -> Node:
        target = self.named.get(event.anchor)
        if target is None:
            raise Trouble(f"alias *{event.anchor} has no anchor before it", offset=event.start_mark.index)
        node = Node(ALIAS, event.start_mark.index, event.end_mark.index)
        node.value = event.anchor
        self.anchors[id(node)] = target
        self.referenced.add(id(target))
        return node

    def scalar(self, node: Node, event: Any) -> None:
        node.value = event.value
        node.plain = not event.style
        if event.style in ("|", ">"):
            node.block = True
            node.end, node.keep = _block_scalar_end(self.text, node)

    def sequence(self, node: Node, event: Any, depth: int) -> None:
        node.kind, node.flow = SEQ, bool(event.flow_style)
        node.column = _dash_column(self.text, event)
        while not isinstance(child := self.next(), self.events.SequenceEndEvent):
            node.items.append(self.node(child, depth + 1))
        node.end = child.end_mark.index if node.flow else (node.items[-1].end if node.items else node.end)

    def mapping(self, node: Node, event: Any, depth: int) -> None:
        node.kind, node.flow = MAP, bool(event.flow_style)
        while not isinstance(child := self.next(), self.events.MappingEndEvent):
            key = self.node(child, depth + 1)
            node.entries.append((key, self.node(self.next(), depth + 1)))
        if node.entries:
            node.column = _key_column(self.text, node.entries[0][0].start)
        node.end = child.end_mark.index if node.flow else (node.entries[-1][1].end if node.entries else node.end)


def _loader() -> Any:
    import yaml

    if not hasattr(yaml, "CLoader"):
        raise VelaStepsError(
            "this PyYAML was built without libyaml, whose marks are needed",
            cure="install PyYAML from a wheel, or with libyaml's headers (libyaml-dev) there",
        )
    return yaml.CLoader


def column(text: str, offset: int) -> int:
    """How many characters stand before `offset` on its line."""
    return offset - (text.rfind("\n", 0, offset) + 1)


def last_leaf(node: Node) -> Node:
    """The scalar, alias or flow collection in which a block value ends."""
    while node.kind in (MAP, SEQ) and not node.flow:
        if node.kind == MAP and node.entries:
            node = node.entries[-1][1]
        elif node.kind == SEQ and node.items:
            node = node.items[-1]
        else:
            break
    return node


def _key_column(text: str, key: int) -> int:
    """Where a mapping's keys stand; before its first one there may be a `?`."""
    at = column(text, key)
    before = text[key - at : key].rstrip(" ")
    return len(before) - 1 if before.endswith("?") and before[:-1].strip(" -") == "" else at


def _dash_column(text: str, event: Any) -> int:
    """Where a block sequence's dashes stand; an anchor or tag before it moves its start mark, but not its end mark."""
    if not (event.anchor or event.tag):
        return column(text, event.start_mark.index)
    at = event.end_mark.index
    return column(text, at if text[at : at + 1] == "-" else at - 1)


def _block_scalar_end(text: str, node: Node) -> tuple[int, bool]:
    """The end of the last line of a literal or folded scalar without its line break, and whether it has a `+`.

    libyaml's mark includes the blank lines after it: part of the value under `+`, the file's own spacing otherwise.
    """
    header_end = text.find("\n", node.start, node.end)
    if header_end < 0:
        return node.end, False
    keep = "+" in text[node.start : header_end].split("#")[0]
    body = text[header_end : node.end]
    if keep:
        return header_end + len(body.rstrip(" ")) - body.rstrip(" ").endswith("\n"), True
    bare = len(body.rstrip(" \t\r\n"))
    return header_end + _blanks_that_count(body, bare, node.value), False


def _blanks_that_count(body: str, bare: int, value: str) -> int:
    """The end of a block scalar's lines whose text ends at `bare`: lines of blanks deeper than the block are text."""
    if not body[bare:].strip("\r\n"):
        return bare
    line = next((line for line in body.split("\n") if line.strip()), "")
    said = next((line for line in value.split("\n") if line.strip()), "")
    indent = _margin(line) - _margin(said)
    end, at = bare, body.find("\n", bare)
    while at >= 0:
        following = body.find("\n", at + 1)
        blanks = body[at + 1 : following if following >= 0 else len(body)].rstrip("\r")
        if len(blanks) > indent and not blanks[:indent].strip(" "):
            end = at + 1 + len(blanks)
        at = following
    return end


def _margin(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
