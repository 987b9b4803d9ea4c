"""Read the shipped definitions `definitions/*.cue`: metadata, parameters and template, as text.

`definitions build` writes them and `cue fmt` formats them; that form is all that is understood of CUE here.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from vela_steps.definitions.inline import inlined
from vela_steps.errors import UsageError

HERE = Path("definitions")  # in a checkout
PACKAGED = Path(__file__).parent / "steps"  # where the package is installed
READ_OBJECT = "read-object"  # the one step whose name KubeVela uses itself
_IMPORTS = re.compile(r"^import \(.*?^\)\n", re.M | re.S)
_HEAD = re.compile(r'^"?([\w-]+)"?: \{\n(\ttype:.*?)^\}\n', re.M | re.S)
_TEMPLATE = re.compile(r"^template: \{\n(.*)^\}\n", re.M | re.S)
_PARAMETER = re.compile(r"^\tparameter: \{\n(.*?)^\t\}\n", re.M | re.S)
_FIELD = re.compile(r"^\t\t(\w+)([?!]?): (.*)$")
_USAGE = "\t\t// +usage="
_STRING = r'"(?:[^"\\]|\\.)*"'
_PAIR = re.compile(rf"({_STRING}|\w+): +({_STRING})")


@dataclass(frozen=True)
class Field:
    """One parameter of a step; `type` is its text in CUE after the colon, "{" where a struct begins."""

    name: str
    optional: bool
    type: str
    usage: str


@dataclass(frozen=True)
class Shipped:
    """One shipped definition. `text` is the whole file with KubeVela's packages inlined, `template` what KubeVela keeps
    of it, imports included.
    """

    name: str
    description: str
    annotations: tuple[tuple[str, str], ...]
    labels: tuple[tuple[str, str], ...]
    template: str
    fields: tuple[Field, ...]
    text: str


def default_root() -> Path:
    """The folder of definitions where none is named: the checkout's, else the one that was installed."""
    return PACKAGED if PACKAGED.is_dir() and not any(HERE.glob("*.cue")) else HERE


def files(root: Path) -> list[Path]:
    """The files of a folder's definitions, by name; raises UsageError where it has none."""
    found = sorted(root.glob("*.cue"))
    if not found:
        raise UsageError(f"{root}: there are no definitions (*.cue)", cure="name their folder with --root")
    return found


def read_all(root: Path) -> list[Shipped]:
    """The definitions of a folder, by name; raises UsageError where it has none."""
    return [parse(file.read_text(encoding="utf-8"), file) for file in files(root)]


def parse(text: str, file: Path) -> Shipped:
    """Read one; raises UsageError where it is not a definition as `definitions build` writes it."""
    text = inlined(text)
    head, template = _HEAD.search(text), _TEMPLATE.search(text)
    if head is None or template is None or head[1] != file.stem:
        raise UsageError(f"{file}: is not the definition of a step {file.stem}")
    imports = _IMPORTS.search(text)
    description = re.search(rf"^\tdescription: +({_STRING})$", head[2], re.M)
    return Shipped(
        name=head[1],
        description=json.loads(description[1]) if description else "",
        annotations=_pairs(head[2], "annotations"),
        labels=_pairs(head[2], "labels"),
        template=(imports[0] + "\n" if imports else "") + re.sub(r"^\t", "", template[1], flags=re.M),
        fields=_fields(text),
        text=text,
    )


def _pairs(head: str, name: str) -> tuple[tuple[str, str], ...]:
    """The strings of one struct of the metadata, as `{…}` over one line or several, or as `name: key: "value"`."""
    block = re.search(rf"^\t{name}: +(\{{.*?\}}|.*?)$", head, re.M | re.S)
    found = _PAIR.findall(block[1]) if block else []
    return tuple((key.strip('"'), json.loads(value)) for key, value in found)


def parameter_block(text: str) -> str:
    """What stands between the braces of `parameter: {…}` in a shipped file."""
    block = _PARAMETER.search(text)
    return block[1] if block else ""


def _fields(text: str) -> tuple[Field, ...]:
    """The parameters of the first level, in their order."""
    fields, usage = [], ""
    for line in parameter_block(text).splitlines():
        if line.startswith(_USAGE):
            usage = line.removeprefix(_USAGE)
        elif field := _FIELD.match(line):
            fields.append(Field(field[1], field[2] == "?", field[3], usage))
            usage = ""
    return tuple(fields)
