"""README.md of the addon: what `vela addon status --verbose` and VelaUX show."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from vela_steps.definitions.shipped import READ_OBJECT, Field, Shipped

PARTS = Path(__file__).parent / "parts"


def text(steps: Sequence[Shipped], examples: Path) -> str:
    """The page: each step with its example (`examples/STEP.yaml`) and its parameters."""
    listed = "".join(f"- [`{step.name}`](#{step.name}): {_sentence(step.description)}\n" for step in steps)
    return (
        _part("head.md")
        + "Steps:\n\n"
        + listed
        + "\n"
        + _part("install.md")
        + "".join(_section(step, examples) for step in steps)
    )


def _sentence(words: str) -> str:
    return words[:1].lower() + words[1:]


def _section(step: Shipped, examples: Path) -> str:
    file = examples / f"{step.name}.yaml"
    parts = [f"\n## {step.name}\n\n{step.description}.\n"]
    if step.name == READ_OBJECT:
        parts.append(_part("read-object.md"))
    if file.is_file():
        parts.append(f"\n```yaml\n{file.read_text(encoding='utf-8')}```\n")
    rows = "".join(_row(field) for field in step.fields)
    parts.append(f"\n| parameter | | |\n|---|---|---|\n{rows}")
    return "".join(parts)


def _row(field: Field) -> str:
    shape = "" if field.type.endswith("{") else f"`{field.type}`"
    need = "" if field.optional or "*" in field.type or field.type.endswith("{") else "required"
    cells = (f"`{field.name}`", " ".join(part for part in (shape, need) if part), field.usage)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _part(name: str) -> str:
    return (PARTS / name).read_text(encoding="utf-8")
