"""The places where the helper plugs in, each by its own way of reading, writing and failing."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from vela_steps.cli import main
from vela_steps.errors import VelaStepsError
from vela_steps.hosts import krm
from vela_steps.hosts.argocd_plugin import generate
from vela_steps.plan.model import KIND

PLAN = """\
apiVersion: vela-steps.dev/v1alpha1
kind: PostSync
metadata: {name: after-deploy}
spec:
  steps:
  - {name: tell, type: suspend}
"""
APP = """\
apiVersion: core.oam.dev/v1beta1
kind: Application
metadata:
  name: shop # the house
spec:
  components:
  - name: web
    type: webservice
"""
LIST = """\
apiVersion: config.kubernetes.io/v1
kind: ResourceList
items:
- apiVersion: core.oam.dev/v1beta1
  kind: Application
  metadata:
    name: shop # the house
    annotations:
      internal.config.kubernetes.io/path: 'apps/shop.yaml'
      internal.config.kubernetes.io/index: '0'
  spec:
    components:
    - name: web
      type: webservice
functionConfig:
  apiVersion: vela-steps.dev/v1alpha1
  kind: PostSync
  metadata:
    name: after-deploy
    annotations:
      config.kubernetes.io/function: |
        exec: {path: vela-steps-krm}
  spec:
    steps:
    - name: tell
      type: suspend
"""


def steps_of(text: str) -> list[str]:
    found: list[str] = []
    for document in yaml.safe_load_all(text):
        for one in (document or {}).get("items", [document or {}]):
            found += [step["name"] for step in one.get("spec", {}).get("workflow", {}).get("steps", [])]
    return found


def test_a_krm_function_edits_the_items_in_place_and_says_what_it_did() -> None:
    out = krm.process(LIST)
    assert not out.errors
    assert steps_of(out.text) == ["web", "tell"]
    position = 0
    for line in LIST.splitlines():
        position = out.text.index(line, position) + len(line)
    (result,) = yaml.safe_load(out.text)["results"]
    assert result["severity"] == "info"
    assert result["resourceRef"] == {"apiVersion": "core.oam.dev/v1beta1", "kind": "Application", "name": "shop"}
    assert result["file"] == {"path": "apps/shop.yaml", "index": 0}


def test_a_krm_function_that_has_nothing_to_do_gives_back_the_same_text() -> None:
    done = krm.process(LIST).text
    bare = done[: done.index("results:")]
    assert krm.process(bare).text == bare


def test_a_null_that_kustomize_wrote_out_is_room_for_steps_and_text_that_looks_like_one_stays() -> None:
    data = "- apiVersion: v1\n  kind: ConfigMap\n  data:\n    t: |\n      workflow: null\n"
    with_data = LIST.replace("items:\n", "items:\n" + data)
    text = with_data.replace("    components", "    workflow: null\n    components", 1)
    out = krm.process(text)
    assert not out.errors
    assert steps_of(out.text) == ["web", "tell"]
    assert "      workflow: null\n" in out.text


def test_a_krm_function_takes_plans_from_a_config_map() -> None:
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "p"}, "data": {"a.yaml": PLAN}}
    resources = {**yaml.safe_load(LIST), "functionConfig": config}
    assert steps_of(krm.process(json.dumps(resources)).text) == ["web", "tell"]


def test_a_krm_function_reports_a_problem_with_its_resource_and_field() -> None:
    broken = LIST.replace("  spec:\n    components", "  spec:\n    workflow: {ref: other}\n    components", 1)
    out = krm.process(broken)
    assert out.errors
    (result,) = yaml.safe_load(out.text)["results"]
    assert result["severity"] == "error"
    assert result["resourceRef"]["name"] == "shop"
    assert result["field"]["path"].startswith("spec.workflow")
    assert steps_of(out.text) == []


def item(kind: str, name: str, path: str, **spec: Any) -> dict[str, Any]:
    api = "core.oam.dev/v1beta1" if kind == "Application" else "v1"
    annotations = {"internal.config.kubernetes.io/path": path, "internal.config.kubernetes.io/index": "2"}
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name, "annotations": annotations}, "spec": spec}


@pytest.mark.parametrize("version", ["v1", "v1beta1", "v1alpha1"])
@pytest.mark.parametrize("indent", [None, 1], ids=["on one line", "on many"])
def test_a_krm_result_points_at_its_item_among_others_of_the_same_name(version: str, indent: int | None) -> None:
    component = {"name": "web", "type": "webservice"}
    items = [
        item("Kptfile", "shop", "Kptfile"),
        item("Application", "shop", "dev/app.yaml", components=[component]),
        item("Application", "shop", "prod/app.yaml", components=[component]),
    ]
    list_ = {**yaml.safe_load(LIST), "apiVersion": f"config.kubernetes.io/{version}", "items": items}
    out = yaml.safe_load(krm.process(json.dumps(list_, indent=indent)).text)
    assert out["apiVersion"] == f"config.kubernetes.io/{version}"
    assert [(one["resourceRef"]["kind"], one["file"]) for one in out["results"]] == [
        ("Application", {"path": "dev/app.yaml", "index": 2}),
        ("Application", {"path": "prod/app.yaml", "index": 2}),
    ]
    marks = [
        {key: text for key, text in one["metadata"]["annotations"].items() if "vela" not in key} for one in out["items"]
    ]
    assert marks == [one["metadata"]["annotations"] for one in items], "what the orchestrator noted was touched"
    assert out["functionConfig"] == list_["functionConfig"]


def test_a_krm_function_knows_the_severities_of_the_specification_only() -> None:
    note = LIST.replace("shop # the house", "shop").replace(
        "annotations:\n", "annotations:\n      app.oam.dev/publishVersion: v1\n", 1
    )
    results = yaml.safe_load(krm.process(note).text)["results"]
    assert len(results) == 2
    assert {one["severity"] for one in results} <= {"error", "warning", "info"}
    assert all(one["resourceRef"]["name"] == "shop" for one in results)


@pytest.mark.parametrize("text", ["<<", "="])
def test_a_krm_function_reads_texts_that_orchestrators_write_without_quotes(text: str) -> None:
    out = krm.process(LIST.replace("      type: suspend\n", f"      type: suspend\n      if: {text}\n"))
    steps = yaml.load(out.text, krm.Loader)["items"][0]["spec"]["workflow"]["steps"]  # noqa: S506 - a safe loader
    assert steps[-1]["if"] == text


@pytest.mark.parametrize("results", [None, [], [{"message": "before", "severity": "info"}], {"name": "old form"}])
def test_a_krm_function_keeps_the_results_of_those_before_it(results: Any) -> None:
    out = yaml.safe_load(krm.process(json.dumps({**yaml.safe_load(LIST), "results": results})).text)["results"]
    before = results if isinstance(results, list) else []
    assert out[: len(before)] == before
    assert len(out) == len(before) + 1


@pytest.mark.parametrize(
    "text", ["", "[]", "a: b: c", APP, LIST.replace("kind: PostSync", "kind: Other")], ids=range(5)
)
def test_a_krm_function_refuses_what_it_cannot_work_on(text: str) -> None:
    with pytest.raises(VelaStepsError):
        krm.process(text)


def test_krm_exits_with_2_and_still_writes_the_results(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = LIST.replace("  spec:\n    components", "  spec:\n    workflow: {ref: other}\n    components", 1)
    monkeypatch.setattr("sys.stdin", io.StringIO(broken))
    assert main(["krm"]) == 2
    captured = capsys.readouterr()
    assert yaml.safe_load(captured.out)["results"]
    assert "workflow" in captured.err


def test_a_post_renderer_injects_into_what_helm_rendered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "plan.yaml").write_text(PLAN)
    monkeypatch.setattr("sys.stdin", io.StringIO(f"---\n# Source: shop/templates/app.yaml\n{APP}"))
    assert main(["post-render", "--plan", str(tmp_path / "plan.yaml")]) == 0
    out = capsys.readouterr().out
    assert out.startswith("---\n# Source: shop/templates/app.yaml\n")
    assert steps_of(out) == ["web", "tell"]


@pytest.mark.parametrize("text", ["", APP.replace("spec:", "spec:\n  workflow: {ref: other}")], ids=["blank", "bad"])
def test_a_post_renderer_prints_nothing_where_it_fails(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "plan.yaml").write_text(PLAN)
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    assert main(["post-render", "--plan", str(tmp_path / "plan.yaml")]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err


def parameters(**values: Any) -> dict[str, str]:
    forms: dict[type, str] = {str: "string", list: "array"}
    announced = [{"name": name, forms[type(value)]: value} for name, value in values.items()]
    return {
        "ARGOCD_APP_NAME": "shop",
        "ARGOCD_APP_SOURCE_PATH": "apps/shop",
        **({"ARGOCD_APP_PARAMETERS": json.dumps(announced)} if announced else {}),
    }


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "apps" / "shop"
    folder.mkdir(parents=True)
    (folder / "app.yaml").write_text(APP)
    (folder / "notes.txt").write_text("no manifest")
    return folder


def test_the_plugin_finds_the_plan_beside_the_manifests_and_does_not_deploy_it(source: Path) -> None:
    (source / "vela-steps.yaml").write_text(PLAN)
    text = generate(source, parameters(), None)
    assert steps_of(text) == ["web", "tell"]
    assert KIND not in [one["kind"] for one in yaml.safe_load_all(text)]


@pytest.mark.parametrize("text", ["null", "[]", ""])
def test_the_plugin_takes_a_source_that_sets_no_parameter(text: str, source: Path) -> None:
    (source / "vela-steps.yaml").write_text(PLAN)
    assert steps_of(generate(source, {**parameters(), "ARGOCD_APP_PARAMETERS": text}, None)) == ["web", "tell"]


def test_the_plugin_finds_a_plan_in_the_same_file_as_a_manifest(source: Path) -> None:
    (source / "app.yaml").write_text(f"{APP}---\n{PLAN}")
    text = generate(source, parameters(), None)
    assert steps_of(text) == ["web", "tell"]
    assert len([one for one in yaml.safe_load_all(text) if one]) == 1


def test_the_plugin_takes_plans_of_the_repository_and_of_the_mounted_folder(source: Path) -> None:
    (source.parent / "plan.yaml").write_text(PLAN)
    mounted = source.parent.parent / "mounted"
    mounted.mkdir()
    (mounted / "all.yaml").write_text(PLAN.replace("after-deploy", "for-all").replace("tell", "told"))
    text = generate(source, parameters(plans=["../plan.yaml"]), mounted)
    assert sorted(steps_of(text)) == ["tell", "told", "web"]


def test_the_plugin_goes_into_folders_only_where_told(source: Path) -> None:
    (source / "vela-steps.yaml").write_text(PLAN)
    (source / "below").mkdir()
    (source / "below" / "more.yml").write_text(APP.replace("shop", "more"))
    (source / "below" / ".hidden").mkdir()
    (source / "below" / ".hidden" / "no.yml").write_text(APP.replace("shop", "hidden"))
    assert [one["metadata"]["name"] for one in yaml.safe_load_all(generate(source, parameters(), None))] == ["shop"]
    text = generate(source, parameters(recurse="true"), None)
    assert [one["metadata"]["name"] for one in yaml.safe_load_all(text)] == ["shop", "more"]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "no plan found"),
        ({"plans": ["missing.yaml"]}, "missing.yaml is not there"),
        ({"plans": ["../../../outside.yaml"]}, "outside the repository"),
        ({"renderer": "jsonnet"}, "jsonnet is not known"),
        ({"palns": ["x"]}, "unknown parameter palns"),
    ],
)
def test_the_plugin_says_what_is_wrong_with_its_parameters(given: Any, says: str, source: Path) -> None:
    (source.parent.parent.parent / "outside.yaml").write_text(PLAN)
    with pytest.raises(VelaStepsError, match=says):
        generate(source, parameters(**given), None)


def test_the_plugin_refuses_a_source_that_renders_to_nothing(source: Path) -> None:
    (source / "app.yaml").write_text("# all commented out\n---\n")
    (source / "vela-steps.yaml").write_text(PLAN)
    with pytest.raises(VelaStepsError, match="delete everything"):
        generate(source, parameters(), None)


def test_the_plugin_names_the_file_and_the_line_of_what_it_refuses(source: Path) -> None:
    (source / "vela-steps.yaml").write_text(PLAN)
    (source / "app.yaml").write_text(APP + "  workflow: {ref: other}\n")
    with pytest.raises(VelaStepsError, match=r"app\.yaml:9:"):
        generate(source, parameters(), None)


def test_the_hook_manifest_names_verbs_and_options_that_exist(capsys: pytest.CaptureFixture[str]) -> None:
    hooks = yaml.safe_load((Path(__file__).parents[2] / ".pre-commit-hooks.yaml").read_text())
    assert [hook["id"] for hook in hooks] == ["vela-steps-inject", "vela-steps-check", "vela-steps-validate"]
    for hook in hooks:
        program, verb, *options = hook["entry"].split()
        assert program == "vela-steps"
        with pytest.raises(SystemExit) as left:
            main([verb, "--help"])
        assert left.value.code == 0
        assert not set(options) - set(capsys.readouterr().out.replace(",", " ").split())
