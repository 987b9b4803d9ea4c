"""What VelaUX makes its forms of, as far as it can be seen without its pages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.addon.test_folder import STEPS
from vela_steps.addon.users import SYSTEM
from vela_steps.definitions.shipped import READ_OBJECT, Shipped
from vela_steps.testing.place import Place
from vela_steps.tools.vela import Vela

pytestmark = [pytest.mark.e2e, pytest.mark.long]


def data(place: Place, name: str, key: str) -> Any:
    """JSON in a ConfigMap of the system."""
    place.kubectl("wait", "--for=create", f"configmap/{name}", "-n", SYSTEM, "--timeout=60s", timeout=70)
    return json.loads((place.kubectl.get("configmap", name, namespace=SYSTEM) or {})["data"][key])


def test_each_step_has_a_form_that_kubevelas_own_types_take_and_that_fits_its_parameters(
    vela: Vela, addon: Path, place: Place, tmp_path: Path
) -> None:
    vela.enable_addon(addon)
    for step in (one for one in STEPS if one.name != READ_OBJECT):
        form = data(place, f"workflowstep-uischema-{step.name}", "ui-schema")
        # vela-core's own description of the parameters, which VelaUX makes the form of before it looks at ours.
        described = data(place, f"workflowstep-schema-{step.name}", "openapi-v3-json-schema")
        assert {field["jsonKey"] for field in form} == set(described["properties"])
        assert taken(vela, place, step, form, tmp_path) == form


def taken(vela: Vela, place: Place, step: Shipped, form: Any, folder: Path) -> Any:
    """The form as `vela uischema apply` reads it, with the keys that it has here."""
    name = f"workflowstep-uischema-{step.name}-copy"
    file = folder / f"{name}.json"
    file.write_text(json.dumps(form))
    vela("uischema", "apply", file)
    try:
        read = data(place, name, "ui-schema")
        return [{key: got[key] for key in wanted} for got, wanted in zip(read, form, strict=True)]
    finally:
        place.kubectl("delete", "configmap", name, "-n", SYSTEM)
