"""The same work done with other tools: append three steps, with the workflow written out where there is none.

`python peers.py NAME FOLDER` edits the files of a folder in place, as a script of a platform team would.
"""

from __future__ import annotations

import io
import re
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

STEPS: list[dict[str, Any]] = [
    {"name": "purge", "type": "acme-purge", "properties": {"site": "shop"}},
    {"name": "tests", "type": "acme-tests", "properties": {"suite": "smoke"}},
    {"name": "tell", "type": "acme-tell", "properties": {"text": "deployed"}},
]
SPLIT = re.compile(r"^---\n", re.MULTILINE)


def with_steps(app: Any) -> Any:
    """The Application with the steps appended."""
    spec = app["spec"]
    if "workflow" not in spec:
        applies = [
            {"name": part["name"], "type": "apply-component", "properties": {"component": part["name"]}}
            for part in spec["components"]
        ]
        spec["workflow"] = {"mode": {"steps": "DAG", "subSteps": "DAG"}, "steps": applies}
    for step in STEPS:  # not every tool's list has `extend`
        spec["workflow"]["steps"].append(step)
    return app


def bytes_only(text: str) -> str:
    """Nothing: reading and writing alone."""
    return text


def pyyaml(text: str) -> str:
    """PyYAML with libyaml: comments are lost."""
    yaml: Any = import_module("yaml")
    apps = [with_steps(app) for app in yaml.load_all(text, yaml.CSafeLoader)]
    return str(yaml.dump_all(apps, Dumper=yaml.CSafeDumper, sort_keys=False))


def ruamel(text: str) -> str:
    """ruamel.yaml, round trip."""
    yaml = import_module("ruamel.yaml").YAML()
    yaml.preserve_quotes = True
    out = io.StringIO()
    yaml.dump_all([with_steps(app) for app in yaml.load_all(text)], out)
    return str(out.getvalue())


def yaml_edit(text: str) -> str:
    """yaml-edit (Rust), one document at a time."""
    parse: Any = import_module("yaml_edit").Document.parse
    out = []
    for part in SPLIT.split(text):
        document = parse(part)
        spec = document.get_mapping("spec")
        if not spec.contains_key("workflow"):
            names = [one["name"] for one in document.to_python()["spec"]["components"]]
            applies = [{"name": n, "type": "apply-component", "properties": {"component": n}} for n in names]
            spec.set("workflow", {"mode": {"steps": "DAG", "subSteps": "DAG"}, "steps": applies})
        steps = document.get_path("spec.workflow.steps").as_sequence()
        for step in STEPS:
            steps.append(step)
        out.append(str(document))
    return "---\n".join(out)


def yarutsk(text: str) -> str:
    """yarutsk (Rust), round trip."""
    library: Any = import_module("yarutsk")
    documents = library.loads_all(text)
    for document in documents:
        with_steps(document)
    return str(library.dumps_all(documents))


def rapidyaml(text: str) -> str:
    """rapidyaml's tree: comments are lost."""
    ryml: Any = import_module("ryml")
    out = []
    tree = ryml.Tree()
    for part in SPLIT.split(text):
        tree.clear()
        tree.clear_arena()
        ryml.parse_in_arena(part.encode(), tree=tree)
        out.append(ryml.emit_yaml(tree))
    return "---\n".join(out)


def yamlrocks(text: str) -> str:
    """yamlrocks (Rust; Python 3.12 and later), round trip."""
    library: Any = import_module("yamlrocks")
    out = []
    for part in SPLIT.split(text):
        document = library.loads(part, option=library.OPT_ROUND_TRIP)
        workflow = with_steps(document.to_dict())["spec"]["workflow"]  # its views cannot be appended to
        document["spec"]["workflow"] = workflow
        new = library.dumps(document)
        out.append(new.decode() if isinstance(new, bytes) else str(new))
    return "---\n".join(out)


WAYS = {way.__name__: way for way in (bytes_only, pyyaml, ruamel, yaml_edit, yarutsk, rapidyaml, yamlrocks)}


def main() -> None:
    """Edit the files of a folder."""
    way = WAYS[sys.argv[1]]
    for path in sorted(Path(sys.argv[2]).iterdir()):
        text = way(path.read_text())
        if sys.argv[1] != "bytes_only" and "acme-purge" not in text and sys.argv[1] != "rapidyaml":
            sys.exit("nothing was added")
        path.write_text(text)


if __name__ == "__main__":
    main()
