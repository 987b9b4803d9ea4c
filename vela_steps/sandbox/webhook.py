"""vela-core's admission webhook, as its chart turns it on; the API server calls it on loopback, by its address."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from vela_steps.errors import ToolError
from vela_steps.sandbox.folder import Folder
from vela_steps.sandbox.request import Request
from vela_steps.tools.kubectl import Kubectl

PART = "webhook"
NAME = "kubevela-vela-core-admission"  # as the chart names them for a release `kubevela`
KINDS = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")
_ACTION = re.compile(r"\{\{.*?\}\}", re.DOTALL)
# An unnamed step: the webhook names it, and nothing else does.
_PROBE = {
    "apiVersion": "core.oam.dev/v1beta1",
    "kind": "Application",
    "metadata": {"name": "webhook-probe", "namespace": "default"},
    "spec": {"components": [], "workflow": {"steps": [{"type": "suspend"}]}},
}


def flags(folder: Folder, request: Request) -> tuple[str, ...]:
    """The options of vela-core, none for a sandbox without the webhook. Makes its certificate where there is none."""
    if PART not in request.parts:
        return ()
    _make_certificate(folder.webhook)
    certificate = folder.webhook / "certificate"
    return ("--use-webhook=true", f"--webhook-port={request.ports[PART]}", f"--webhook-cert-dir={certificate}")


def port(request: Request) -> dict[str, int]:
    """The port on which vela-core then serves, by its name."""
    return {PART: request.ports[PART]} if PART in request.parts else {}


def _make_certificate(folder: Path) -> None:
    """A throw-away CA, and a certificate of it for loopback; a restarted vela-core finds the same."""
    if (folder / "ca.pem").exists():
        return
    import trustme

    ca = trustme.CA(organization_name="vela-steps sandbox")
    issued = ca.issue_cert("127.0.0.1", "localhost")
    (folder / "certificate").mkdir(parents=True, exist_ok=True, mode=0o700)
    issued.private_key_pem.write_to_path(folder / "certificate" / "tls.key")
    (folder / "certificate" / "tls.crt").write_bytes(b"".join(pem.bytes() for pem in issued.cert_chain_pems))
    ca.cert_pem.write_to_path(folder / "ca.pem")


def configurations(folder: Folder, request: Request) -> str:
    """The chart's two configurations, as YAML: what it calls and when is the chart's, the address is ours."""
    ca = base64.b64encode((folder.webhook / "ca.pem").read_bytes()).decode()
    address = f"https://127.0.0.1:{request.ports[PART]}"
    templates = request.component("kubevela").asset("chart") / "templates" / "admission-webhooks"
    shipped = [document for path in sorted(templates.glob("*WebhookConfiguration.yaml")) for document in _read(path)]
    return yaml.safe_dump_all(_called_at(one, address, ca) for one in shipped)


def _read(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a template, without what Helm would decide: conditions, names, and what happens on failure."""
    text = _ACTION.sub("", path.read_text(encoding="utf-8"))
    # Both branches of a condition are left, and a key may stand once.
    lines = [line for line in text.splitlines() if not line.strip().startswith("failurePolicy:")]
    yield from (one for one in yaml.safe_load_all("\n".join(lines)) if one)


def _called_at(shipped: dict[str, Any], address: str, ca: str) -> dict[str, Any]:
    webhooks = [
        # What the chart's job patches in, once the certificate is there.
        {**one, "failurePolicy": "Fail", "clientConfig": {"url": address + _path(one), "caBundle": ca}}
        for one in shipped["webhooks"]
    ]
    return {
        "apiVersion": shipped["apiVersion"],
        "kind": shipped["kind"],
        "metadata": {"name": NAME},
        "webhooks": webhooks,
    }


def _path(webhook: dict[str, Any]) -> str:
    return str(webhook["clientConfig"]["service"]["path"])


def answers(kubectl: Kubectl) -> bool:
    """Whether the API server calls it: it learns of a configuration a moment after that is there."""
    try:
        made = kubectl("create", "--dry-run=server", "-o", "json", "-f", "-", stdin=json.dumps(_PROBE)).stdout
    except ToolError:
        return False  # it is called, and does not answer yet
    return "name" in json.loads(made)["spec"]["workflow"]["steps"][0]
