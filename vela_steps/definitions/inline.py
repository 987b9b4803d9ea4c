"""Definitions without KubeVela's step packages as imports: what they use of `vela/…` stands in the text itself.

`vela show` (1.10) reads a definition with plain CUE, which knows no `vela/…`: of every definition that imports one,
KubeVela's own too, it says "parameter not exist". The engine finds a call by its `#do` and `#provider`, wherever they
are written, so the same declarations in a `let` make the same calls.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path

PACKAGES = Path(__file__).parent / "packages"
_IMPORT = re.compile(r'^\t"vela/(\w+)"\n', re.M)
_EMPTY = re.compile(r"^import \(\n\)\n+", re.M)
_DECLARATION = re.compile(r"^(#\w+): \{\n.*?^\}\n", re.M | re.S)
_COMMENT = re.compile(r"^\s*//.*\n", re.M)


@lru_cache(maxsize=16)  # the same few texts are read again for each page and each file that is made of them
def inlined(text: str) -> str:
    """The definition's text with a `let` for each package `vela/…`, holding what the text uses of it."""
    packages = _IMPORT.findall(text)
    lets = "".join(_let(package, text) for package in packages)
    for package in packages:  # by a name of its own: a field may be called like the package
        text = re.sub(rf"(?<![\w.]){package}\.(?=#\w)", f"vela_{package}.", text)
    text = _EMPTY.sub("", _IMPORT.sub("", text))
    return text.replace("\ntemplate: {\n", f"\ntemplate: {{\n{lets}\n", 1) if lets else text


def _let(package: str, text: str) -> str:
    used = set(re.findall(rf"(?<![\w.]){package}\.(#\w+)", text))
    body = "".join(words for name, words in _declarations(package).items() if name in used)
    return f"\tlet vela_{package} = {{\n" + re.sub(r"^(?=.)", "\t\t", body, flags=re.M) + "\t}\n"


@cache
def _declarations(package: str) -> dict[str, str]:
    text = (PACKAGES / f"{package}.cue").read_text(encoding="utf-8")
    return {found[1]: _COMMENT.sub("", found[0]) for found in _DECLARATION.finditer(text)}
