"""The few reads of a cluster that the fleet's commands need, over the kubernetes client."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from typing import Any

from vela_steps.errors import ToolError, UsageError

GROUP = "core.oam.dev"
MARKER = "vela-steps.dev/marker=true"
FORBIDDEN, NOT_FOUND = 403, 404
PAGE = 200  # objects a request, so that a large cluster answers in pieces


class RefusedError(ToolError):
    """The account may not do this (403). It may not learn either whether the cluster knows the kind at all."""


class Cluster:
    """One cluster, by the user's kubeconfig (`KUBECONFIG`, `~/.kube/config`) or the pod's own account.

    Every method raises ToolError, in a sentence, where the cluster cannot be reached or answers with an error, and
    RefusedError where the account may not.
    """

    def __init__(self, context: str | None = None) -> None:
        try:
            from kubernetes import client, config
        except ImportError as error:
            raise UsageError("this needs the kubernetes client", cure="pip install 'vela-steps[cluster]'") from error
        load: Any = config
        try:
            if os.environ.get("KUBERNETES_SERVICE_HOST") and not (context or os.environ.get("KUBECONFIG")):
                load.load_incluster_config()
            else:
                load.load_kube_config(context=context)
        except config.ConfigException as error:
            raise UsageError(f"no cluster: {error}", cure="set KUBECONFIG, or --context") from error
        self._errors = client.ApiException
        self._core: Any = client.CoreV1Api()
        self._apps: Any = client.AppsV1Api()
        self._custom: Any = client.CustomObjectsApi()

    @property
    def address(self) -> str:
        """The API server's URL."""
        return str(self._core.api_client.configuration.host)

    def applications(self, namespace: str = "") -> Iterator[dict[str, Any]]:
        """KubeVela's Applications, of one namespace or of all; none where the cluster does not know the kind."""
        return self.objects(GROUP, "v1beta1", "applications", namespace)

    def markers(self, namespace: str = "") -> Iterator[dict[str, Any]]:
        """The ConfigMaps in which our steps note what they have done."""
        selected = {"label_selector": MARKER}
        if namespace:
            return self._each(self._core.list_namespaced_config_map, namespace, **selected)
        return self._each(self._core.list_config_map_for_all_namespaces, **selected)

    def objects(self, group: str, version: str, plural: str, namespace: str = "") -> Iterator[dict[str, Any]]:
        """The objects of a kind that a CustomResourceDefinition made; none where the cluster does not know it."""
        if namespace:
            return self._each(self._custom.list_namespaced_custom_object, group, version, namespace, plural)
        return self._each(self._custom.list_cluster_custom_object, group, version, plural)

    def application(self, namespace: str, name: str) -> dict[str, Any] | None:
        """One of KubeVela's Applications; None where there is none."""
        return self._json(self._custom.get_namespaced_custom_object, GROUP, "v1beta1", namespace, "applications", name)

    def named_config_maps(self, name: str) -> list[dict[str, Any]]:
        """The ConfigMaps of one name in every namespace."""
        query = {"field_selector": f"metadata.name={name}"}
        return list(self._each(self._core.list_config_map_for_all_namespaces, **query))

    def deployments(self, label: str) -> list[dict[str, Any]]:
        """The Deployments with a label (`key=value`), in every namespace."""
        return list(self._each(self._apps.list_deployment_for_all_namespaces, label_selector=label))

    def secret(self, namespace: str, name: str) -> dict[str, Any] | None:
        """A Secret, its values in base64; None where there is none."""
        return self._json(self._core.read_namespaced_secret, name, namespace)

    def _each(self, call: Callable[..., Any], *args: str, **query: str) -> Iterator[dict[str, Any]]:
        token = ""
        while True:
            page = self._json(call, *args, limit=PAGE, **({"_continue": token} if token else {}), **query) or {}
            yield from page.get("items", [])
            token = (page.get("metadata") or {}).get("continue") or ""
            if not token:
                return

    def _json(self, call: Callable[..., Any], *args: Any, **query: str | int) -> dict[str, Any] | None:
        """What a call of the client answers, as the API wrote it; None where there is nothing (404)."""
        from urllib3.exceptions import HTTPError

        try:
            found: dict[str, Any] = json.loads(call(*args, _preload_content=False, _request_timeout=30, **query).data)
        except self._errors as error:
            if error.status == NOT_FOUND:
                return None
            said = f"{self.address}: {error.status} {error.reason}: {_said(error)}"
            if error.status == FORBIDDEN:
                raise RefusedError(said, cure="name a namespace that you may look at: -n NS") from error
            raise ToolError(said) from error
        except HTTPError as error:
            raise ToolError(f"{self.address}: cannot be reached: {error}") from error
        return found


def _said(error: Any) -> str:
    try:
        return str(json.loads(error.body)["message"])
    except (KeyError, TypeError, ValueError):
        return str(error.body or "")[:500]
