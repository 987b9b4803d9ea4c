"""Options and words that several verbs share."""

from __future__ import annotations

import argparse


def add_format(parser: argparse.ArgumentParser) -> None:
    """`--format`, for verbs that report on files."""
    parser.add_argument(
        "--format",
        choices=("text", "json", "github"),
        default="text",
        help="how to report: text for people, json for programs, github for annotations of a pull request",
    )


def plural(count: int, noun: str) -> str:
    """`1 file`, `2 files`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
