"""A pack: a ZIP whose manifest has the digest of every member and is signed by the key that signs checkpoints."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from promo.core import clock
from promo.core.audit import keys

FORMAT = "promo evidence 1"
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
VERIFIER = Path(__file__).with_name("verify.py")
BLOCK = 1 << 18


class Pack:
    """Writes a pack at a path; the manifest is written and signed at the end of the block."""

    def __init__(self, path: Path, about: Mapping[str, Any]) -> None:
        self.about, self.members = dict(about), dict[str, dict[str, Any]]()
        self._zip = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED)
        self._moment = clock.now().timetuple()[:6]

    def __enter__(self) -> Pack:
        return self

    def __exit__(self, kind: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None) -> None:
        with self._zip:
            if kind is None:
                self._seal()

    def add(self, name: str, content: bytes | str) -> None:
        """Add a member."""
        content = content.encode() if isinstance(content, str) else content
        self._zip.writestr(self._info(name), content)
        self.members[name] = {"sha256": sha256(content).hexdigest(), "size": len(content)}

    def add_json(self, name: str, data: Any) -> None:
        """Add data as JSON that people can read."""
        self.add(name, json.dumps(data, ensure_ascii=False, indent=1, default=str) + "\n")

    def add_stream(self, name: str, stream: BinaryIO) -> str:
        """Add a stream, in blocks; returns its SHA-256."""
        digest, size = sha256(), 0
        with self._zip.open(self._info(name), "w") as member:
            while block := stream.read(BLOCK):
                digest.update(block)
                size += len(block)
                member.write(block)
        self.members[name] = {"sha256": digest.hexdigest(), "size": size}
        return digest.hexdigest()

    def _info(self, name: str) -> zipfile.ZipInfo:
        info = zipfile.ZipInfo(name, self._moment)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = 0o644 << 16
        return info

    def _seal(self) -> None:
        self.add("verify.py", VERIFIER.read_bytes())
        manifest = {"format": FORMAT, **self.about, "public_key": keys.public_key().hex(), "members": self.members}
        text = (json.dumps(manifest, ensure_ascii=False, indent=1, default=str) + "\n").encode()
        self._zip.writestr(self._info(MANIFEST), text)
        self._zip.writestr(self._info(SIGNATURE), keys.sign(statement(text)).hex() + "\n")


def statement(manifest: bytes) -> bytes:
    """Return what is signed: the format, a line feed, the manifest's bytes."""
    return FORMAT.encode() + b"\n" + manifest
