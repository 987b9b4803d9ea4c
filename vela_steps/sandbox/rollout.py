"""Makes rollouts slow or fail, by kwok's stages: what becomes of new pods is decided by rules that this module writes.

A rule is a Stage of its own, for the pods that it names; kwok's own stage `pod-ready` passes over those. Pods that were
made before keep their state, and a failed pod becomes ready once no rule names it any more.
"""

from __future__ import annotations

import copy
import hashlib
import json
import time
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from vela_steps.errors import UsageError, VelaStepsError
from vela_steps.tools.kubectl import Kubectl

STAGES = "stages.kwok.x-k8s.io"
RULE_LABEL = "sandbox.vela-steps.dev/rollout"
RULE = "sandbox.vela-steps.dev/rule"
ORDER = "sandbox.vela-steps.dev/order"
COMPONENT_LABEL = "app.oam.dev/component"  # KubeVela labels a component's pods with it
TOUCHED = "sandbox.vela-steps.dev/touched"
FAILED = "CrashLoopBackOff"
HEALED_WITHIN = 20.0  # seconds
NORMAL, SLOW, FAIL = "normal", "slow", "fail"

_FAILING = """\
{{ $now := Now }}
phase: Pending
hostIP: {{ NodeIPWith .spec.nodeName | Quote }}
startTime: {{ $now | Quote }}
conditions:
- {type: Initialized, status: "True", lastTransitionTime: {{ $now | Quote }}}
- {type: Ready, status: "False", reason: ContainersNotReady, lastTransitionTime: {{ $now | Quote }}}
- {type: ContainersReady, status: "False", reason: ContainersNotReady, lastTransitionTime: {{ $now | Quote }}}
containerStatuses:
{{ range .spec.containers }}
- image: {{ .image | Quote }}
  imageID: ""
  name: {{ .name | Quote }}
  ready: false
  restartCount: 3
  started: false
  state:
    waiting:
      reason: CrashLoopBackOff
      message: {{ printf "back-off 40s restarting failed container=%s" .name | Quote }}
{{ end }}
"""


class Rule(NamedTuple):
    """What becomes of some new pods: `kind` is slow (ready after `seconds`) or fail (a container that keeps crashing).

    Which pods: of one KubeVela component, of one namespace, of both, or all where neither is given.
    """

    kind: str
    component: str = ""
    namespace: str = ""
    seconds: float = 0

    def condition(self) -> str:
        """Its pods as a jq expression that yields something for them and nothing for others."""
        tests = []
        if self.component:
            tests.append(f".metadata.labels[{json.dumps(COMPONENT_LABEL)}] == {json.dumps(self.component)}")
        if self.namespace:
            tests.append(f".metadata.namespace == {json.dumps(self.namespace)}")
        return f"select({' and '.join(tests)}) | .metadata.name" if tests else ".metadata.name"

    def names(self, pod: dict[str, Any]) -> bool:
        """Whether a pod is one of them."""
        metadata = pod["metadata"]
        ours = self.component in ("", metadata.get("labels", {}).get(COMPONENT_LABEL))
        return ours and self.namespace in ("", metadata["namespace"])

    def name(self) -> str:
        """The name of its Stage."""
        return f"rollout-{hashlib.sha256(self.condition().encode()).hexdigest()[:10]}"


def set_rollout(kubectl: Kubectl, shipped: Path, rule: Rule) -> None:
    """Let a rule hold from now on, before older ones; kind 'normal' takes back the rule for the same pods, or all.

    `shipped` is kwok's own Stage `pod-ready`. Returns once the cluster has the rules.
    Raises UsageError for an unknown kind.
    """
    if rule.kind not in (NORMAL, SLOW, FAIL):
        raise UsageError(f"{rule.kind}: no such rollout", cure="known are normal, slow, fail")
    ready = yaml.safe_load(shipped.read_text(encoding="utf-8"))
    listed = json.loads(kubectl("get", STAGES, "--selector", RULE_LABEL, "--output", "json").stdout)
    before = [_read(stage) for stage in sorted(listed["items"], key=_order)]
    after = changed(before, rule)
    # First the stages that take pods over, then the one that lets go of them: no pod falls in between.
    kubectl.apply("\n---\n".join(yaml.safe_dump(stage) for stage in stages(ready, after)))
    for name in {each.name() for each in before} - {each.name() for each in after}:
        kubectl("delete", STAGES, name, "--ignore-not-found")
    _heal(kubectl, after)


def _heal(kubectl: Kubectl, rules: list[Rule]) -> None:
    """Wait until no pod is failing that no rule names: kwok looks at a pod again only when the pod changes."""
    deadline = time.monotonic() + HEALED_WITHIN
    while failing := failing_pods(json.loads(kubectl("get", "pods", "-A", "--output", "json").stdout), rules):
        if time.monotonic() > deadline:
            raise VelaStepsError(f"pods that should recover do not: {failing}", cure="see the log of kwok-controller")
        for namespace, names in failing.items():
            touch = f"{TOUCHED}={time.time_ns()}"
            kubectl("annotate", "--overwrite", "--namespace", namespace, "pods", *names, touch, accept=(0, 1))
        time.sleep(0.3)


def failing_pods(listed: dict[str, Any], rules: list[Rule]) -> dict[str, list[str]]:
    """The names of the pods that an earlier rule made fail and no rule names now, by namespace."""
    found: dict[str, list[str]] = {}
    for pod in listed["items"]:
        states = [each.get("state", {}) for each in pod["status"].get("containerStatuses", [])]
        fails = any(state.get("waiting", {}).get("reason") == FAILED for state in states)
        if fails and not any(rule.names(pod) for rule in rules):
            found.setdefault(pod["metadata"]["namespace"], []).append(pod["metadata"]["name"])
    return found


def changed(rules: list[Rule], rule: Rule) -> list[Rule]:
    """The rules once `rule` came, oldest first."""
    if rule.kind == NORMAL and not (rule.component or rule.namespace):
        return []
    kept = [each for each in rules if each.name() != rule.name()]
    return kept if rule.kind == NORMAL else [*kept, rule]


def stages(ready: dict[str, Any], rules: list[Rule]) -> list[dict[str, Any]]:
    """The Stages of all rules, oldest first, and at the end kwok's own for the pods that no rule names."""
    conditions = [each.condition() for each in rules]
    made = [_stage(ready, rule, order, conditions[order + 1 :]) for order, rule in enumerate(rules)]
    return [*made, _without(ready, conditions)]


def _stage(ready: dict[str, Any], rule: Rule, order: int, newer: list[str]) -> dict[str, Any]:
    """The Stage that rules over a rule's pods, as far as no newer rule does."""
    stage = _without(ready, newer)
    annotations = {RULE: json.dumps(rule._asdict()), ORDER: str(order)}
    stage["metadata"] = {"name": rule.name(), "labels": {RULE_LABEL: rule.kind}, "annotations": annotations}
    expressions = stage["spec"]["selector"]["matchExpressions"]
    expressions.append({"key": rule.condition(), "operator": "Exists"})
    if rule.kind == SLOW:
        stage["spec"]["delay"] = {"durationMilliseconds": int(rule.seconds * 1000)}
    else:
        expressions.append({"key": ".status.containerStatuses", "operator": "DoesNotExist"})
        stage["spec"]["next"] = {"statusTemplate": _FAILING}
    return stage


def _without(ready: dict[str, Any], conditions: list[str]) -> dict[str, Any]:
    """kwok's own stage, for the pods that fulfil none of the conditions."""
    stage = copy.deepcopy(ready)
    stage["spec"]["selector"]["matchExpressions"] += [{"key": each, "operator": "DoesNotExist"} for each in conditions]
    return stage


def _read(stage: dict[str, Any]) -> Rule:
    return Rule(**json.loads(stage["metadata"]["annotations"][RULE]))


def _order(stage: dict[str, Any]) -> int:
    return int(stage["metadata"]["annotations"][ORDER])
