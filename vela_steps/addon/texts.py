"""The CUE files of the addon: what KubeVela's CLI evaluates when the addon is enabled (pkg/addon/render.go).

How a step is left out: its definition is bound to a component (annotation `addon.oam.dev/bind-component`), and the CLI
applies a bound definition only where the Application of the addon has that component. The component itself is the
step's form in VelaUX. read-object is different: its name is KubeVela's own, and the CLI refuses an addon that brings a
definition that is there already. So it is an object of a component, which vela-core applies to the namespaces named.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

from vela_steps.definitions.render import definition_object
from vela_steps.definitions.shipped import READ_OBJECT, Shipped

NAME = "vela-steps"
BIND = "addon.oam.dev/bind-component"
PARTS = Path(__file__).parent / "parts"
_GENERATED = "// Made by `vela-steps addon build`: edit vela_steps/addon or definitions/src.\n"


def key(step: str) -> str:
    """The addon's parameter for a step: http-check is httpCheck."""
    first, *others = step.split("-")
    return first + "".join(part.capitalize() for part in others)


def bound(shipped: Shipped) -> str:
    """The definition as the addon carries it: bound to the component of its name."""
    head = re.compile(r'^\ttype: +"workflow-step"\n', re.M)
    return head.sub(lambda found: f'{found[0]}\tannotations: "{BIND}": "{shipped.name}"\n', shipped.text, count=1)


def parameter_cue(steps: Sequence[Shipped]) -> str:
    """parameter.cue: a switch for each step, and where read-object goes.

    Its types are wider than what is taken: for a value of another type the CLI would print CUE's words about
    disjunctions, and template.cue says it in a sentence.
    """
    lines = [_GENERATED + "parameter: {"]
    for step in steps:
        if step.name == READ_OBJECT:
            lines += _READ_OBJECT_PARAMETER
            continue
        lines += [
            f"\t// +usage=The step {step.name}: {step.description}",
            f"\t{key(step.name)}: {{",
            "\t\t// +usage=Whether to install it",
            "\t\tenabled: *true | bool | string | int",
            "\t}",
        ]
    return "\n".join([*lines, "}"]) + "\n"


_READ_OBJECT_PARAMETER = [
    "\t// +usage=The step read-object, which says what is wrong where KubeVela's own passes in silence",
    "\treadObject: {",
    "\t\t// +usage=Namespaces in which it takes the place of KubeVela's own, and nowhere else",
    "\t\tnamespaces: *[] | [...string | int] | string | int",
    "\t\t// +usage=Replace KubeVela's own in all namespaces. It stays so when the addon is disabled: see README.md",
    "\t\teverywhere: *false | bool | string | int",
    "\t}",
]


def form(step: Shipped) -> list[dict[str, object]]:
    """The step's form in VelaUX: its parameters in the order in which they are written (pkg/utils/schema)."""
    return [
        {"jsonKey": field.name, "sort": number, "description": field.usage}
        for number, field in enumerate(step.fields, start=1)
    ]


def template_cue(steps: Sequence[Shipped]) -> str:
    """template.cue: the Application of the addon."""
    rows = "".join(
        f'\t{{name: "{step.name}", key: "{key(step.name)}", enabled: {_text(key(step.name))} == "true", '
        f"form: {json.dumps(json.dumps(form(step), ensure_ascii=False), ensure_ascii=False)}}},\n"
        for step in steps
        if step.name != READ_OBJECT
    )
    body = (PARTS / "template.cue").read_text(encoding="utf-8")
    imports = 'import (\n\t"list"\n\t"strings"\n)\n\n'
    return f"package main\n\n{_GENERATED}{imports}_steps: [\n{rows}]\n\n{body}"


def shadows_cue(step: Shipped) -> str:
    """resources/read-object.cue, for template.cue: `package main`, or the CLI would make a component of it."""
    made = definition_object(step, "")
    annotations = json.dumps(made["metadata"]["annotations"], ensure_ascii=False, sort_keys=True)
    template = "".join(f"\t\t{line}\n" if line else "\n" for line in step.template.splitlines())
    return f"""{(PARTS / "shadows.cue").read_text(encoding="utf-8")}
_readObject: {{
	apiVersion: "core.oam.dev/v1beta1"
	kind:       "WorkflowStepDefinition"
	metadata: {{
		name:        "{step.name}"
		namespace:   string
		annotations: {annotations}
	}}
	spec: schematic: cue: template: ##\"\"\"
{template}
		\"\"\"##
}}
"""


def notes_cue(steps: Sequence[Shipped]) -> str:
    """NOTES.cue: what the CLI prints after enabling. The CLI compiles it without packages, so it has no imports."""
    switched = [step for step in steps if step.name != READ_OBJECT]
    lines = [_always(_INSTALLED)]
    shadows = any(step.name == READ_OBJECT for step in steps)
    lines += [_where(f'{_text(key(s.name))} == "false"', f"  left out: {s.name} {_STAYS}") for s in switched]
    if shadows:
        lines += [
            _where('len(_places) == 0 if "\\(parameter.readObject.everywhere)" != "true"', _NO_SHADOW),
            _where("len(_places) > 0", _SHADOWED),
            _where('"\\(parameter.readObject.everywhere)" == "true"', _EVERYWHERE),
        ]
    lines += [_always(line) for line in _NEXT]
    declared = "".join(f"_line{number}: {line}\n" for number, line in enumerate(lines))
    joined = "".join(f"\\(_line{number})" for number in range(len(lines)))
    declared = (_PLACES if shadows else "") + declared
    return f'{_GENERATED}{declared}notes: "{joined}"\n'


def _text(parameter: str) -> str:
    """A switch as CUE text: what was given may be a text or a number as well."""
    return f'"\\(parameter.{parameter}.enabled)"'


def _always(line: str) -> str:
    return f'"{line}\\n"'


def _where(condition: str, line: str) -> str:
    return f'[if {condition} {{"{line}\\n"}}, ""][0]'


_GIVEN = "parameter.readObject.namespaces"
_PLACES = f"_places: [if ({_GIVEN} & [...]) != _|_ {{{_GIVEN}}}, [{_GIVEN}]][0]\n"
_INSTALLED = "vela-steps \\(context.metadata.version) is installed: vela def list, vela show STEP."
_STAYS = "(if an earlier enable installed it, it stays until the addon is disabled)"
_NO_SHADOW = (
    "  read-object is KubeVela's own in every namespace; readObject.namespaces={shop,pay} puts that of vela-steps there"
)
_SHADOWED = "  read-object of vela-steps takes the place of KubeVela's own in \\(len(_places)) namespace(s)"
_EVERYWHERE = (
    "  read-object of vela-steps replaces KubeVela's own in every namespace, and stays when the addon is disabled; "
    "applying KubeVela's chart again brings its own back"
)
_NEXT = (
    "Next:",
    "  targets for the steps: vela config-template list, vela config create NAME -t vela-steps-github -n vela-system",
    "  Applications in Git: vela-steps inject --plan plan.yaml DIR",
    "  before disabling: vela-steps addon users (Applications that still use a step, in step groups too)",
)
