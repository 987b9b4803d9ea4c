"""What somebody probably meant who gave an option or a choice that does not exist."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from vela_steps.schema.words import nearest

_CHOICE = re.compile(r"invalid choice: '?([^' ]*)'? \(choose from (.*)\)")


def meant(message: str, given: Sequence[str], options: Collection[str]) -> Iterator[str]:
    """A line for each mistake that has a near right word: the choice of argparse's `message`, options in `given`."""
    if found := _CHOICE.search(message):
        choices = [choice.strip(" '") for choice in found[2].split(",")]
        if hint := nearest(found[1], choices):
            yield hint
        if message.startswith("argument VERB"):  # the options behind it are that verb's
            return
    end = given.index("--") if "--" in given else len(given)
    for word in given[:end]:
        option = word.split("=")[0]
        if option.startswith("--") and option not in options:
            hint = nearest(option, [name for name in options if name.startswith("--")])
            yield f"there is no option {option}{'; ' if hint else ''}{hint}"
