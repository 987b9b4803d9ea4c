"""The steps that Git asks for: those of plans, and those of the Applications in files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vela_steps.errors import ToolError
from vela_steps.files.find import find as find_files
from vela_steps.files.find import unread
from vela_steps.files.read import opened, pieces
from vela_steps.fleet.evidence import Step, application_steps
from vela_steps.injection import find
from vela_steps.plan.model import Plan


def plan_steps(plans: Sequence[Plan]) -> Iterator[Step]:
    """The steps of plans, in each namespace that a plan selects by its full name ("" where it selects none)."""
    for plan in plans:
        spaces = [name for name in plan.select.namespaces if not set(name) & set("*?[")] or [""]
        for namespace in spaces:
            for step in plan.steps:
                app = {"metadata": {"namespace": namespace}, "spec": {"workflow": {"steps": [step.body]}}}
                yield from application_steps(app, place=str(step.position))


def file_steps(paths: Sequence[str]) -> Iterator[Step]:
    """The steps of the Applications in files and folders. Raises ToolError for what cannot be read."""
    for found in find_files(paths):
        if found.problem:
            raise ToolError(str(found.problem))
        try:
            yield from _steps_of_file(found.path)
        except OSError as error:
            raise ToolError(str(unread(found.path, error))) from error


def _steps_of_file(path: str) -> Iterator[Step]:
    with opened(path) as file:
        for piece in pieces(file):
            for one in find(piece, path=path)[0]:
                yield from application_steps(one.app, place=f"{path} {one.app['metadata'].get('name', '')}")
