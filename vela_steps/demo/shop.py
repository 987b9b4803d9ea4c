"""What the demo deploys: the shop of `examples/`, and the credentials that its steps name."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from vela_steps.errors import UsageError

NAMESPACE = "shop"
APPLICATION = "shop"
FILE = "apps/shop.yaml"  # in the repository that Argo CD syncs
# Made up for the receivers; a real one comes from the platform's secret store.
SECRETS = {
    "fastly": {"token": "demo-fastly-token"},
    "github": {"token": "demo-github-token"},
    "slack": {"url": "https://hooks.slack.com/services/T0DEMO/B0DEMO/demo"},
    "database": {"password": "demo-password"},
}
_IMAGE = re.compile(r"(image: ghcr\.io/acme/shop-backend:)(\d+)\.(\d+)\.(\d+)")


def example() -> Path:
    """The folder `examples/shop` of the checkout. Raises UsageError outside of one."""
    folder = Path(__file__).parents[2] / "examples" / "shop"
    if not (folder / "plan.yaml").is_file():
        raise UsageError("the demo shows the examples, which only a checkout has", cure="git clone, then make demo")
    return folder


def application_text() -> str:
    """The shop's Application as it stands in Git, without any of our steps."""
    return (example() / "deploy" / "shop.yaml").read_text(encoding="utf-8")


def plan_path() -> Path:
    """The shop's plan."""
    return example() / "plan.yaml"


def namespace_and_secrets() -> str:
    """What the platform team prepares: the namespace and its Secrets, as YAML."""
    namespace: dict[str, Any] = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
    secrets = [
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, "namespace": NAMESPACE},
            "stringData": values,
        }
        for name, values in SECRETS.items()
    ]
    return yaml.safe_dump_all([namespace, *secrets])


def next_backend(text: str) -> tuple[str, str]:
    """The Application with the backend's next release, as an image updater would commit it, and that image's tag."""
    match = _IMAGE.search(text)
    if match is None:
        raise UsageError("examples/shop: the backend's image is not where the demo looks for it")
    tag = f"{match[2]}.{int(match[3]) + 1}.0"
    return text[: match.start()] + f"{match[1]}{tag}" + text[match.end() :], tag
