"""Put a shipped definition together: a step's own sources and what they use of the shared ones, in one file.

KubeVela wants a definition self-contained, and an import that is not used stops it from running. Everything but
`parameter` and `outputs` goes into the hidden field `_step`: what is hidden can neither be asked for as an output nor
is it written down by KubeVela's debugging.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from vela_steps.definitions.source import Declaration, Source, read
from vela_steps.errors import UsageError

SHARED = "shared"
VISIBLE = ("parameter", "outputs")
_GENERATED = "// Made from definitions/src by `vela-steps definitions build`: edit there.\n"


@dataclass(frozen=True)
class Definition:
    """A step definition: its type name and the text of its shipped file."""

    name: str
    text: str


def step_folders(root: Path) -> list[Path]:
    """The folders of `definitions/src` that hold a step each."""
    return sorted(folder for folder in root.iterdir() if (folder / f"{folder.name}.cue").is_file())


def needed(wanted: Iterable[Declaration], shared: Iterable[Source]) -> list[Declaration]:
    """The shared declarations that `wanted` uses, directly or not, in their files' order."""
    known = {declaration.name: declaration for source in shared for declaration in source.declarations}
    names: set[str] = set()
    open_names = {name for declaration in wanted for name in declaration.references}
    while open_names:
        name = open_names.pop()
        if name in known and name not in names:
            names.add(name)
            open_names |= known[name].references
    return [declaration for name, declaration in known.items() if name in names]


def _indent(text: str, tabs: int) -> str:
    return "\n".join("\t" * tabs + line if line else line for line in text.splitlines())


_END = re.compile(r"\n\t}( @step\(\d+\))?$")
_INLINED = re.compile(r"^(\t+)(#\w+Parameters)$", re.M)


def _inline(text: str, shared: Iterable[Source]) -> str:
    """Replace lines that only name a shared struct of parameters by its fields: what is visible cannot name it."""
    known = {declaration.name: declaration for source in shared for declaration in source.declarations}
    return _INLINED.sub(lambda line: _indent(_dedent(_body(known[line[2]])), len(line[1])), text)


def _dedent(text: str) -> str:
    return "\n".join(line.removeprefix("\t") for line in text.splitlines())


def _body(declaration: Declaration) -> str:
    """What stands between the braces of `name: {…}`."""
    _, _, rest = declaration.text.partition("{\n")
    body, _, _ = rest.rpartition("\n}")
    return body


_USE = r"^(\t\t_\w+: ){name}(?= & \{{)"


def _written_out(steps: str, inner: list[Declaration]) -> tuple[str, list[Declaration]]:
    """Put a definition that only one stage of `steps` uses into its place; what is left of `inner` comes second.

    CUE evaluates a definition also by itself, with all its arguments unknown, each time that the step is evaluated.
    """
    left = []
    for declaration in inner:
        others = "".join(other.text for other in inner if other is not declaration) + steps
        single = len(re.findall(rf"(?<![\w.#]){declaration.name}\b", others)) == 1
        place = re.search(_USE.format(name=declaration.name), steps, re.M)
        if single and place and f"\n{declaration.name}: {{\n" in f"\n{declaration.text}":
            comment, _, _ = declaration.text.rpartition(f"{declaration.name}: {{\n")[0].rpartition("\n")
            words = "".join(f"\t{line}\n" for line in comment.splitlines())
            body = _indent("{\n" + words + _body(declaration) + "\n}", 2).lstrip("\t")
            steps = steps[: place.end(1)] + body + steps[place.end() :]
        else:
            left.append(declaration)
    return steps, left


def _imports(sources: Iterable[Source], text: str) -> str:
    """The imports that the text uses, of all that its sources name."""
    wanted = sorted({wanted for source in sources for wanted in source.imports}, key=lambda one: one.split('"')[1])
    used = [one for one in wanted if re.search(rf"(?<![\w.\"]){_known_as(one)}\.", text)]
    return "import (\n" + "".join(f"\t{one}\n" for one in used) + ")\n\n" if used else ""


def _known_as(wanted: str) -> str:
    """The name under which a file uses an import: the one it gives it, else the path's last part."""
    name, path, _ = wanted.split('"')
    return re.escape(name.strip() or path.rpartition("/")[2])


def build(folder: Path, shared_folder: Path) -> Definition:
    """Build the definition whose sources are in `folder`.

    `folder/NAME.cue` holds its metadata and `template`, with a `_step` struct as the template's last field; the other
    files hold declarations. Raises UsageError where that is not so.
    """
    name = folder.name
    main_file = folder / f"{name}.cue"
    main, *others = read([main_file, *sorted(file for file in folder.glob("*.cue") if file != main_file)])
    shared = read(sorted(shared_folder.glob("*.cue")))
    parts = {declaration.name: declaration for declaration in main.declarations}
    if name not in parts or "template" not in parts:
        raise UsageError(f"{main_file}: needs the declarations {name} and template")
    own = [d for source in (main, *others) for d in source.declarations if d.name not in (name, "template")]
    visible = [d for d in own if d.name in VISIBLE]
    hidden = [d for d in own if d.name not in VISIBLE]
    template = _body(parts["template"])
    head, mark, steps = ("\n" + template).rpartition("\n\t_step: {\n")
    end = _END.search(steps)
    if not mark or not end:
        raise UsageError(f"{main_file}: template ends with the struct _step")
    twice = sorted({d.name for d in own} & {d.name for source in shared for d in source.declarations})
    if twice:
        raise UsageError(f"{folder}: {', '.join(twice)}: shared/ declares that, too, and CUE would make one of the two")
    fields = [_indent(_inline(d.text, shared), 1) for d in visible]
    inner = [*hidden, *needed([d for d in (parts["template"], *own) if d.name not in VISIBLE], shared)]
    steps, inner = _written_out(steps[: end.start()], inner)
    text = "".join(
        [
            parts[name].text + "\n\ntemplate: {\n",
            "\n\n".join(part for part in (_inline(head.strip("\n"), shared), *fields) if part) + "\n",
            mark + steps,
            "".join("\n\n" + _indent(d.text, 2) for d in inner),
            # KubeVela looks for the next call in this order: not in the parameters first.
            f"\n\t}}{end[1] or ' @step(1)'}\n}}\n",
        ]
    )
    return Definition(name, _GENERATED + _imports([main, *others, *shared], text) + text)
