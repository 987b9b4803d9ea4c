"""Run every way over the same files, one process each, and print how long it took beside `vela-steps inject`.

Processor time is what counts (user and system, from start to end of the process), so that other work on the machine
does not; each way runs three times and its best is taken.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from bench.corpus import files
from bench.peers import WAYS

HERE = Path(__file__).parent
PLAN = """\
apiVersion: vela-steps.dev/v1alpha1
kind: PostSync
metadata: {name: after-deploy}
spec:
  steps:
  - {name: purge, type: acme-purge, properties: {site: shop}}
  - {name: tests, type: acme-tests, properties: {suite: smoke}}
  - {name: tell, type: acme-tell, properties: {text: deployed}}
"""
SMALL = """\
apiVersion: core.oam.dev/v1beta1
kind: Application
metadata:
  name: shop
spec:
  components:
  - name: web
    type: webservice
"""


def timed(command: Sequence[str]) -> tuple[float, float, float] | None:
    """Processor seconds, wall seconds and peak memory (MB) of a command; None where it failed."""
    started = time.perf_counter()
    # An installed package has its bytecode: a variable that keeps Python from writing it would make each run compile.
    settings = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    # Not in the project's folder, where its source would be taken for the installed package.
    there = tempfile.gettempdir()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=settings, cwd=there)
    errors = process.stderr.read() if process.stderr else b""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        print(f"  {command[-2]}: {errors.decode().strip().splitlines()[-1:]}", file=sys.stderr)
        return None
    return usage.ru_utime + usage.ru_stime, time.perf_counter() - started, usage.ru_maxrss / 1024


def best(command: Sequence[str], source: Path, work: Path, runs: int) -> tuple[float, float, float] | None:
    """The best of some runs, each over a fresh copy of the input."""
    found = []
    for _ in range(runs):
        shutil.rmtree(work, ignore_errors=True)
        shutil.copytree(source, work)
        one = timed(command)
        if one is None:
            return None
        found.append(one)
    return min(found)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000, help="Applications (10000)")
    parser.add_argument("--runs", type=int, default=3, help="runs of each way (3)")
    parser.add_argument(
        "--peers", type=os.path.abspath, default=sys.executable, help="a Python with the peers installed"
    )
    parser.add_argument("--compiled", type=os.path.abspath, help="a Python with our compiled wheel installed")
    parser.add_argument("--only", nargs="*", default=list(WAYS), help="ways to compare with")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), args)


def measure(folder: Path, args: argparse.Namespace) -> None:
    """Make the input, run all ways, print."""
    source, work, plan = folder / "source", folder / "work", folder / "plan.yaml"
    plan.write_text(PLAN)
    lines = filled(source, args.count)
    print(
        f"{args.count:,} Applications, {lines / args.count:.0f} lines on average, {len(list(source.iterdir()))} files"
    )
    filled(folder / "unique", args.count, unique=True)
    pythons = {"inject": sys.executable, "compiled": args.compiled}
    for name, python in pythons.items():
        if python and is_compiled(python) != (name == "compiled"):
            raise SystemExit(f"{python}: not what {name!r} is to measure; `make clean` takes old builds away")
    mine = {name: ours(name, python, folder, args) for name, python in pythons.items() if python}
    took: dict[str, float] = {}
    keeping: dict[str, float] = {}
    for name in args.only:
        runs = 1 if name == "ruamel" else args.runs
        found = best([args.peers, str(HERE / "peers.py"), name, str(work)], source, work, runs)
        lost = changed(source, work) if found else 0
        cpu = show(name, found, args.count, mine["inject"], lost)
        if cpu and name != "bytes_only":
            took[name] = cpu
            if lost < lines // 1000:
                keeping[name] = cpu
    for name, cpu in mine.items():
        ratios(name, cpu, took, keeping)
    start_up(plan, {name: python for name, python in pythons.items() if python})


def is_compiled(python: str) -> bool:
    """Whether the core that a Python imports is compiled."""
    where = "import vela_steps.locate.plain as it; print(it.__file__)"
    said = subprocess.run([python, "-c", where], check=True, capture_output=True, text=True, cwd=tempfile.gettempdir())
    return not said.stdout.strip().endswith(".py")


def ours(name: str, python: str, folder: Path, args: argparse.Namespace) -> float | None:
    """Our own rows, by one Python: the input, what came out of it, an input that does not repeat itself."""
    source, work, again = folder / "source", folder / "work", folder / "again"
    command = [python, "-m", "vela_steps", "inject", "--plan", str(folder / "plan.yaml"), "--write", str(work)]
    cpu = show(f"vela-steps {name}", best(command, source, work, args.runs), args.count, None, changed(source, work))
    shutil.rmtree(again, ignore_errors=True)
    shutil.copytree(work, again)
    show("… again", best(command, again, work, args.runs), args.count, None)
    unlike = best(command, folder / "unique", work, args.runs)
    show("… no two components alike", unlike, args.count, None, changed(folder / "unique", work))
    return cpu


def filled(folder: Path, count: int, *, unique: bool = False) -> int:
    """Write the input into a new folder; how many lines it has."""
    folder.mkdir()
    lines = 0
    for name, text in files(count, unique=unique):
        (folder / name).write_text(text)
        lines += text.count("\n")
    return lines


def changed(before: Path, after: Path) -> int:
    """How many original lines are not there any more, each counted as often as it stood in its file."""
    return sum(
        (Counter(path.read_text().splitlines()) - Counter((after / path.name).read_text().splitlines())).total()
        for path in before.iterdir()
    )


def ratios(name: str, mine: float | None, took: dict[str, float], keeping: dict[str, float]) -> None:
    """The two figures that the project is measured by."""
    if not mine:
        return
    if keeping:
        fastest = min(keeping, key=keeping.__getitem__)
        print(f"{name}: fastest that keeps the lines: {fastest}, {keeping[fastest] / mine:.1f} x ours")
    if "pyyaml" in took:
        print(f"{name}: PyYAML with libyaml, load and dump: {took['pyyaml'] / mine:.1f} x ours")


def show(
    name: str, took: tuple[float, float, float] | None, count: int, mine: float | None, lost: int | None = None
) -> float | None:
    """One line of the table."""
    if took is None:
        print(f"{name:28} did not do the work")
        return None
    cpu, wall, memory = took
    factor = f"{cpu / mine:6.1f} x ours" if mine else " " * 13
    factor += f"  {lost:,} original lines changed" if lost is not None else ""
    print(
        f"{name:28} {cpu:7.2f} s cpu {wall:7.2f} s wall {count / cpu:9,.0f} docs/s {memory:6.0f} MB  {factor}",
        flush=True,
    )
    return cpu


def start_up(plan: Path, pythons: dict[str, str]) -> None:
    """One small file, whole process, beside the bare interpreter."""
    small = plan.with_name("small.yaml")
    small.write_text(SMALL)
    commands = {"bare interpreter": [sys.executable, "-c", "pass"]}
    for name, python in pythons.items():
        commands[f"{name}, one file"] = [python, "-m", "vela_steps", "inject", "--plan", str(plan), str(small)]
    for name, command in commands.items():
        took = sorted(one[:2] for one in (timed(command) for _ in range(15)) if one)
        print(f"{name:28} {took[0][0] * 1000:7.0f} ms cpu {min(wall for _, wall in took) * 1000:5.0f} ms wall")


if __name__ == "__main__":
    main()
