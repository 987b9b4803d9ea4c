"""Builds components that are not in the cache yet: one Go build each, with progress, trimmed afterwards."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from vela_steps.errors import ToolError, UsageError, VelaStepsError
from vela_steps.sandbox.components import cache, preflight
from vela_steps.sandbox.components.cache import Installed
from vela_steps.sandbox.components.golang import find_go, needed
from vela_steps.sandbox.components.progress import Progress
from vela_steps.sandbox.components.recipes import GROUPS, RECIPES, Recipe
from vela_steps.tools.run import run
from vela_steps.tools.stream import stream

TRIM_ABOVE = 2 * preflight.GIB  # what one component leaves to the next, which has other versions of most of it
_LIST_TIMEOUT = 300.0
_LISTED = 0.15  # the share of a build's time that fetching takes, more or less


def resolve(names: Iterable[str]) -> list[Recipe]:
    """Recipes of component and group names, each once, in the given order.

    Raises UsageError for a name that is neither.
    """
    found: dict[str, Recipe] = {}
    for name in names:
        for member in GROUPS.get(name, (name,)):
            if member not in RECIPES:
                known = ", ".join([*RECIPES, *GROUPS])
                raise UsageError(f"{name}: no such component", cure=f"known are {known}")
            found[member] = RECIPES[member]
    return list(found.values())


def ensure(names: Iterable[str]) -> dict[str, Installed]:
    """Have these components in the cache, building what is missing; returns them by name.

    Raises VelaStepsError where a build fails or there is no room for it.
    """
    recipes = resolve(names)
    missing = [recipe for recipe in RECIPES.values() if recipe in recipes and cache.installed(recipe) is None]
    if missing:
        _build_all(missing)
    return {recipe.name: _present(recipe) for recipe in recipes}


def _present(recipe: Recipe) -> Installed:
    component = cache.installed(recipe)
    if component is None:
        raise VelaStepsError(
            f"{cache.folder_of(recipe)}: changed while it was being used", cure="run the command again"
        )
    return component


def _build_all(missing: Sequence[Recipe]) -> None:
    root = cache.writable_root()
    small = all(recipe.name in GROUPS["cue"] for recipe in missing)
    preflight.require(
        root,
        disk=preflight.SMALL_DISK if small else preflight.BUILD_DISK,
        memory=preflight.BUILD_MEMORY,
        purpose="building " + ", ".join(recipe.name for recipe in missing),
    )
    progress = Progress(sum(recipe.seconds for recipe in missing))
    try:
        for recipe in missing:
            with cache.build_lock(f"{recipe.name}: another build runs; waiting for it to finish"):
                if cache.installed(recipe) is None:
                    _sweep(root)
                    build(recipe, progress)
                    trim(root, above=TRIM_ABOVE)
    finally:
        progress.clear()
        with cache.build_lock(wait=False) as held:
            if held:
                trim(root, above=0)


def _sweep(root: Path) -> None:
    """Remove what killed builds left behind. The caller holds the build lock."""
    for left in (root / "components").glob(".building-*"):
        shutil.rmtree(left, ignore_errors=True)


def build(recipe: Recipe, progress: Progress) -> Installed:
    """Build one component and put it into the cache; the caller holds the build lock."""
    progress.begin(f"{recipe.name} {recipe.version}", recipe.seconds)
    started = time.monotonic()
    go = find_go(needed((recipe.folder / "go.mod").read_text(encoding="utf-8")))
    work = cache.cache_root() / "components" / f".building-{recipe.name}"
    source, built = work / "module", work / "built"
    source.mkdir(parents=True)
    try:
        for name in ("go.mod", "go.sum"):
            shutil.copyfile(recipe.folder / name, source / name)
        _compile(recipe, go, source, built / "bin", progress)
        _copy_assets(recipe, go, source, built / "assets")
        took = f"{time.monotonic() - started:.0f}"
        version = run([go, "env", "GOVERSION"], timeout=30, env=go_environment()).stdout.strip()
        component = cache.install(recipe, built, {"go": version, "seconds": took})
    except ToolError as error:
        log = cache.cache_root() / f"{recipe.name}.build.log"
        log.write_text(f"{error}\n", encoding="utf-8")
        raise VelaStepsError(
            f"building {recipe.name} {recipe.version} failed: {error}", cure=_cure(str(error))
        ) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
    progress.end()
    return component


def _cure(printed: str) -> str:
    if any(
        sign in printed for sign in ("dial tcp", "proxyconnect", "i/o timeout", "no such host", "connection refused")
    ):
        return "the Go module proxy cannot be reached: check the network and GOPROXY, then run the command again"
    if "checksum mismatch" in printed:
        return "a download is not what go.sum pins: somebody between here and the module's author changed it"
    if "no space left" in printed:
        return "the disk is full"
    return ""


def go_environment() -> dict[str, str]:
    """The environment of a `go` command: the user's proxy settings, our caches and flags."""
    root = cache.cache_root() / "build"
    own = {
        "GOCACHE": str(root / "gocache"),
        "GOMODCACHE": str(root / "gomodcache"),
        # -modcacherw: Go's module cache is read-only by default, and could not be trimmed by its owner.
        "GOFLAGS": "-mod=readonly -modcacherw -buildvcs=false",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "CGO_ENABLED": "0",
    }
    return {**os.environ, **own}


def linker_flags(recipe: Recipe) -> str:
    """`-ldflags`: no symbol tables (half the size), and the versions that the programs report."""
    return " ".join(["-s", "-w", *(f"-X={name}={value}" for name, value in (recipe.variables or {}).items())])


def program_name(package: str) -> str:
    """What `go build -o FOLDER/` calls the program of a package: the last part of its path that is no version."""
    parts = package.split("/")
    last = parts.pop()
    return parts[-1] if last[:1] == "v" and last[1:].isdigit() else last


def _compile(recipe: Recipe, go: Path, source: Path, bin_folder: Path, progress: Progress) -> None:
    packages = list(recipe.binaries.values())
    flags = ["-trimpath", f"-ldflags={linker_flags(recipe)}"]
    stale = _stale(go, flags, packages, source, progress)
    bin_folder.mkdir(parents=True)
    # A folder of their own for the fresh programs: cmd/core becomes vela-core, and no name can collide.
    fresh = source / "bin"
    command: list[str | Path] = [go, "build", "-v", *flags, "-o", f"{fresh}/", *packages]
    fresh.mkdir()
    stream(command, _counter(stale, progress), cwd=source, env=go_environment())
    for name, package in recipe.binaries.items():
        (fresh / program_name(package)).rename(bin_folder / name)


def _stale(go: Path, flags: Sequence[str], packages: Sequence[str], source: Path, progress: Progress) -> int:
    """How many packages have to be compiled; fetches the sources on the way."""
    fetched = 0
    stale = 0

    def on_line(line: str) -> None:
        nonlocal fetched, stale
        if line.startswith("go: downloading "):
            fetched += 1
            name = line.split()[2]
            progress.update(f"fetching {name}", _LISTED * fetched / (fetched + 100))
        elif line == "stale":
            stale += 1

    template = "{{if .Stale}}stale{{end}}"
    stream([go, "list", "-deps", *flags, "-f", template, *packages], on_line, cwd=source, env=go_environment())
    return stale


def _counter(total: int, progress: Progress) -> Callable[[str], None]:
    """Turns the lines of `go build -v`, one a package, into progress."""
    seen = 0

    def on_line(line: str) -> None:
        nonlocal seen
        if line.startswith("go: "):
            return
        seen += 1
        share = min(seen / max(total, 1), 1.0)
        doing = f"{seen} of {total} packages" if seen < total else "linking"
        progress.update(doing, _LISTED + (0.97 - _LISTED) * share)

    return on_line


def _copy_assets(recipe: Recipe, go: Path, source: Path, target: Path) -> None:
    for asset in recipe.assets:
        listed = run(
            [go, "list", "-m", "-f", "{{.Dir}}", asset.module], timeout=_LIST_TIMEOUT, cwd=source, env=go_environment()
        )
        shutil.copytree(Path(listed.stdout.strip()) / asset.source, target / asset.name)


def trim(root: Path, *, above: int) -> None:
    """Remove sources, then the compiler's cache, as far as they are together larger than `above` bytes."""
    folders = [root / "build" / "gomodcache", root / "build" / "gocache"]
    for index, folder in enumerate(folders):
        if sum(size_of(each) for each in folders[index:]) >= above:
            shutil.rmtree(folder, ignore_errors=True)


def size_of(folder: Path) -> int:
    """Bytes of all files below a folder; 0 where there is none."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            total += os.lstat(os.path.join(parent, name)).st_size  # noqa: PTH118 - Path objects double the time of 200000 files
    return total
