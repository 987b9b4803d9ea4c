"""The addon as a package for a Helm-type registry: the same bytes for the same files, a checksum, and an index.

A package is a chart that Helm cannot install (`type: library`). Unlike `vela addon package`, Chart.yaml gets no
annotations: the CLI takes any for a system requirement, and then looks for a Deployment of vela-core.
"""

from __future__ import annotations

import hashlib
import io
import re
import struct
import tarfile
import zlib
from pathlib import Path

import yaml

from vela_steps.addon.texts import NAME
from vela_steps.files.write import write_atomic

_STORED = 0xFFFF  # bytes that a stored block holds
_NAMED = re.compile(rf"^{NAME}-(\d+\.\d+\.\d+[-+.\w]*)\.tgz$")


def archive(made: dict[str, str], version: str) -> bytes:
    """The package's bytes, from the addon's files by path. No time, owner or order of a disk gets into them."""
    files = {**made, "Chart.yaml": _chart(made, version)}
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        # Helm takes the first file's folder for the chart's name, and wants Chart.yaml early.
        for name in sorted(files, key=lambda name: (name != "Chart.yaml", name)):
            data = files[name].encode("utf-8")
            entry = tarfile.TarInfo(f"{NAME}/{name}")
            entry.size, entry.mode = len(data), 0o644
            tar.addfile(entry, io.BytesIO(data))
    return gzipped(plain.getvalue())


def gzipped(data: bytes) -> bytes:
    """`data` as a gzip file (RFC 1952) of stored blocks (RFC 1951).

    Not compressed: what a compressor makes differs between zlib, zlib-ng and their versions, and so would the package.
    """
    header = b"\x1f\x8b\x08" + bytes(6) + b"\xff"  # deflate; no name, no time; system unknown
    starts = range(0, max(len(data), 1), _STORED)
    blocks = [_block(data[start : start + _STORED], last=start == starts[-1]) for start in starts]
    return b"".join([header, *blocks, struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF)])


def _block(data: bytes, *, last: bool) -> bytes:
    return struct.pack("<BHH", last, len(data), len(data) ^ 0xFFFF) + data


def _chart(made: dict[str, str], version: str) -> str:
    metadata = yaml.safe_load(made["metadata.yaml"])
    chart = {
        "apiVersion": "v2",
        "name": NAME,
        "version": version,
        "appVersion": version,
        "type": "library",
        "description": metadata["description"],
        "home": metadata["url"],
        "keywords": metadata["tags"],
    }
    return yaml.safe_dump(chart, sort_keys=True)


def write(package: bytes, version: str, folder: Path) -> Path:
    """Write NAME-VERSION.tgz and beside it its checksum, as `sha256sum --check` reads it; returns the package."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{NAME}-{version}.tgz"
    digest = hashlib.sha256(package).hexdigest()
    write_atomic(str(path), [package], mode=0o644)
    write_atomic(f"{path}.sha256", [f"{digest}  {path.name}\n".encode()], mode=0o644)
    return path


def index(folder: Path) -> str:
    """index.yaml of a Helm-type registry with the packages in `folder`, newest name last; addresses are relative."""
    entries = []
    for path in sorted(folder.glob(f"{NAME}-*.tgz")):
        if named := _NAMED.match(path.name):
            with tarfile.open(path) as tar:
                member = tar.extractfile(f"{NAME}/Chart.yaml")
                chart = yaml.safe_load(member.read()) if member else {"name": NAME, "version": named[1]}
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            entries.append({**chart, "urls": [path.name], "digest": digest})
    return yaml.safe_dump({"apiVersion": "v1", "entries": {NAME: entries}}, sort_keys=True)
