"""The package with its core compiled, as a wheel: the same sources, so the same tests, against what was installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TESTS = (
    "test_anchors.py",
    "test_block_scalars.py",
    "test_cases.py",
    "test_documents.py",
    "test_hostile.py",
    "test_inject.py",
    "test_invariants.py",
    "test_isolation.py",
    "test_placeholders.py",
    "test_plain.py",
    "test_proof.py",
    "test_remembered.py",
    "test_unread.py",
    "test_updates.py",
    "test_waiting.py",
)


CASES = (
    "after-component-that-is-not-there",
    "after-default-in-a-dag",
    "anchors-elsewhere",
    "block-implicit",
    "block-workflow",
    "duplicate-key",
    "flow-steps",
    "for-each-component",
    "name-taken",
)


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the compiled package in it."""
    if shutil.which(os.environ.get("CC", "cc")) is None:
        pytest.skip("compiling takes a C compiler")
    folder = tmp_path_factory.mktemp("compiled")
    build = [sys.executable, "-m", "build", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True, env=os.environ | {"HATCH_BUILD_HOOKS_ENABLE": "1"})
    [wheel] = folder.glob("*.whl")
    install = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--target",
        str(folder / "it"),
        str(wheel),
    ]
    subprocess.run(install, check=True)
    return folder / "it"


def test_the_compiled_core_passes_the_tests_of_the_core(compiled: Path, tmp_path: Path) -> None:
    # Beside a copy of the tests there is no source that would be taken for the package.
    shutil.copytree(ROOT / "tests", tmp_path / "tests", ignore=shutil.ignore_patterns("e2e", "__pycache__"))

    def run(*args: str) -> subprocess.CompletedProcess[str]:
        there = {**os.environ, "PYTHONPATH": str(compiled)}
        return subprocess.run([sys.executable, *args], cwd=tmp_path, env=there, capture_output=True, text=True)

    for module in ("plain", "compiled"):
        where = run("-c", f"import vela_steps.locate.{module} as it; print(it.__file__)").stdout.strip()
        assert where.startswith(str(compiled))
        assert where.endswith(".so")
    files = [f"tests/unit/{name}" for name in TESTS]
    ran = run("-m", "pytest", "-q", "-p", "no:cacheprovider", *files)
    assert ran.returncode == 0, ran.stdout[-5_000:]


KEEPS = """
import gc
import sys
from pathlib import Path
from vela_steps import Plan, inject, remove

plans = Plan.load(Path("{case}/plan.yaml").read_text())
text = Path("{case}/before.yaml").read_text()

def work():
    for _ in range(1_000):
        inject(inject(text, plans).text, plans)
        remove(inject(text, plans).text)
    gc.collect()

work()
before = sys.getallocatedblocks()
work()
print(sys.getallocatedblocks() - before)
"""


@pytest.mark.parametrize("case", CASES)
def test_the_compiled_core_keeps_nothing_of_a_document(compiled: Path, case: str) -> None:
    command = [sys.executable, "-c", KEEPS.format(case=ROOT / "tests" / "cases" / case)]
    ran = subprocess.run(command, cwd=compiled, capture_output=True, text=True, check=True)
    assert int(ran.stdout) < 1_000  # blocks, over 4,000 documents; what is remembered comes and goes
