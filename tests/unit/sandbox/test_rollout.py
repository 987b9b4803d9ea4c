"""Rules for rollouts become kwok stages."""

from __future__ import annotations

from typing import Any

import pytest

from vela_steps.sandbox.rollout import FAIL, NORMAL, SLOW, Rule, changed, failing_pods, stages

READY: dict[str, Any] = {
    "apiVersion": "kwok.x-k8s.io/v1alpha1",
    "kind": "Stage",
    "metadata": {"name": "pod-ready"},
    "spec": {
        "selector": {"matchExpressions": [{"key": ".status.podIP", "operator": "DoesNotExist"}]},
        "next": {"statusTemplate": "phase: Running"},
    },
}


def conditions(stage: dict[str, Any], operator: str) -> list[str]:
    return [each["key"] for each in stage["spec"]["selector"]["matchExpressions"] if each["operator"] == operator]


def test_a_slow_rule_delays_its_pods_and_the_own_stage_passes_over_them() -> None:
    rule = Rule(SLOW, component="web", seconds=1.5)
    slow, own = stages(READY, [rule])
    assert slow["spec"]["delay"] == {"durationMilliseconds": 1500}
    assert slow["spec"]["next"] == READY["spec"]["next"]
    assert conditions(slow, "Exists") == [rule.condition()]
    assert rule.condition() in conditions(own, "DoesNotExist")
    assert own["metadata"]["name"] == "pod-ready"


def test_a_failing_pod_is_not_failed_again_and_waits_for_its_own_stage() -> None:
    failing, _ = stages(READY, [Rule(FAIL)])
    assert ".status.containerStatuses" in conditions(failing, "DoesNotExist")
    assert "podIP" not in failing["spec"]["next"]["statusTemplate"]
    assert "CrashLoopBackOff" in failing["spec"]["next"]["statusTemplate"]


def test_the_newer_of_two_rules_for_a_pod_holds() -> None:
    older, newer = Rule(SLOW, component="web", seconds=1), Rule(FAIL, namespace="shop")
    first, second, own = stages(READY, [older, newer])
    assert newer.condition() in conditions(first, "DoesNotExist")
    assert older.condition() not in conditions(second, "DoesNotExist")
    assert {older.condition(), newer.condition()} <= set(conditions(own, "DoesNotExist"))


def test_the_given_stage_is_left_as_it_was() -> None:
    stages(READY, [Rule(FAIL)])
    assert len(READY["spec"]["selector"]["matchExpressions"]) == 1


@pytest.mark.parametrize(
    ("rule", "left"),
    [
        (Rule(NORMAL), []),
        (Rule(NORMAL, component="web"), [Rule(FAIL, namespace="shop")]),
        (Rule(NORMAL, component="api"), [Rule(SLOW, component="web"), Rule(FAIL, namespace="shop")]),
        (Rule(FAIL, component="web"), [Rule(FAIL, namespace="shop"), Rule(FAIL, component="web")]),
        (Rule(FAIL), [Rule(SLOW, component="web"), Rule(FAIL, namespace="shop"), Rule(FAIL)]),
    ],
)
def test_a_rule_replaces_the_one_for_the_same_pods_and_normal_takes_it_back(rule: Rule, left: list[Rule]) -> None:
    assert changed([Rule(SLOW, component="web"), Rule(FAIL, namespace="shop")], rule) == left


def test_only_failing_pods_that_no_rule_names_have_to_recover() -> None:
    def pod(name: str, component: str, reason: str) -> dict[str, Any]:
        metadata = {"name": name, "namespace": "shop", "labels": {"app.oam.dev/component": component}}
        return {"metadata": metadata, "status": {"containerStatuses": [{"state": {"waiting": {"reason": reason}}}]}}

    starting = {"metadata": {"name": "new", "namespace": "shop"}, "status": {}}
    crash = "CrashLoopBackOff"
    pods = [pod("a", "web", crash), pod("b", "api", crash), pod("c", "api", "ImagePullBackOff"), starting]
    assert failing_pods({"items": pods}, [Rule(FAIL, component="web")]) == {"shop": ["b"]}
    assert failing_pods({"items": pods}, [Rule(FAIL, namespace="shop")]) == {}
    assert failing_pods({"items": pods}, [Rule(FAIL, namespace="else")]) == {"shop": ["a", "b"]}


def test_names_in_a_condition_are_quoted() -> None:
    condition = Rule(FAIL, component='we"b', namespace="shop").condition()
    assert '.metadata.labels["app.oam.dev/component"] == "we\\"b" and .metadata.namespace == "shop"' in condition
