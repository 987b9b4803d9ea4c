"""Write a file so that it is at every moment either the old one or the new one, whole."""

from __future__ import annotations

import os
from collections.abc import Iterable


def write_atomic(path: str, pieces: Iterable[bytes], *, mode: int, owner: tuple[int, int] | None = None) -> None:
    """Replace (or make) the file at `path` by the pieces; a link stays a link, what it leads to is replaced.

    `mode` are the permission bits, `owner` user and group id to keep where we may. Raises OSError, the old file
    untouched and the new one removed.
    Limitations: no fsync, which would cost milliseconds a file: safe against the death of this process, not against
    a power cut. Hard links are parted. Extended attributes are not carried over.
    """
    target = led_to(path)
    folder, name = os.path.split(target)
    temporary = os.path.join(folder, f".{name[:200]}.{os.getpid()}.vela-steps")  # noqa: PTH118 - a Path a file is slow
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with open(handle, "wb") as file:  # noqa: PTH123
            for piece in pieces:
                file.write(piece)
            file.flush()
            _own(handle, owner)
            os.fchmod(handle, mode & 0o7777)
        os.replace(temporary, target)  # noqa: PTH105
    except BaseException:
        os.unlink(temporary)  # noqa: PTH108
        raise


def led_to(path: str) -> str:
    """The file that a path means where it is a link, else the path: links on the way to it need no look (and time)."""
    return os.path.realpath(path) if os.path.islink(path) else path  # noqa: PTH114


def _own(handle: int, owner: tuple[int, int] | None) -> None:
    """Keep user and group; only root may change the user, and for others the file becomes their own."""
    if owner is None or owner == (os.getuid(), os.getgid()):
        return
    for user, group in (owner, (-1, owner[1])):
        try:
            os.fchown(handle, user, group)
        except PermissionError:
            continue
        return
