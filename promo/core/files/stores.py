"""Where the bytes lie: a folder, or any S3-compatible store, behind one interface (``PROMO_FILES_URL``).

``file:///srv/promo/files`` or ``s3://bucket?endpoint=https://host:9000&region=…``. The access key comes from the
address (``s3://key:secret@bucket``) or from ``AWS_ACCESS_KEY_ID`` and ``AWS_SECRET_ACCESS_KEY``.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol, cast
from urllib.parse import parse_qs, unquote, urlsplit

from promo.config import settings

if TYPE_CHECKING:
    from minio import Minio

_KEY = re.compile(r"^[a-z0-9][a-z0-9_-]*(/[A-Za-z0-9_-]+)+$")
PART = 5 * 1024 * 1024  # bytes in memory while a file goes to S3: the smallest part that S3 takes


class Store(Protocol):
    """Keeps streams of bytes under keys such as ``files/ab/abcdef``."""

    def put(self, key: str, stream: BinaryIO, size: int) -> None:
        """Keep ``size`` bytes under a key, all or nothing; what was there is replaced."""

    def open(self, key: str) -> BinaryIO:
        """Return the stream of a key, to be closed by the caller; raises ``FileNotFoundError``."""

    def delete(self, key: str) -> None:
        """Remove a key; one that is not there is no fault."""

    def exists(self, key: str) -> bool:
        """Whether there is something under a key."""

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys in a folder (``holding/<token>``), in any order."""


def _checked(key: str) -> str:
    if not _KEY.match(key):
        raise ValueError(f"not a key: {key[:80]!r}")
    return key


class LocalStore:
    """A folder. A file appears under its name only when it is whole and on the disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.incoming = folder / ".incoming"  # the same file system, so that a rename is atomic

    def put(self, key: str, stream: BinaryIO, size: int) -> None:
        """Write beside, force to the disk, rename."""
        path = self.folder / _checked(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        self.incoming.mkdir(parents=True, exist_ok=True)
        beside = self.incoming / secrets.token_hex(12)
        try:
            with beside.open("xb") as file:
                shutil.copyfileobj(stream, file, 1 << 20)
                if file.tell() != size:
                    raise OSError(f"{file.tell()} bytes instead of {size}")
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
        _sync_folder(path.parent)

    def open(self, key: str) -> BinaryIO:
        """Open the file."""
        return (self.folder / _checked(key)).open("rb")

    def delete(self, key: str) -> None:
        """Remove the file, and its folder when that was the last one."""
        path = self.folder / _checked(key)
        path.unlink(missing_ok=True)
        try:
            path.parent.rmdir()
        except OSError:
            return  # others are in it

    def exists(self, key: str) -> bool:
        """Whether the file is there."""
        return (self.folder / _checked(key)).is_file()

    def keys(self, prefix: str) -> Iterator[str]:
        """Walk the folder."""
        for path in (self.folder / prefix).rglob("*"):
            if path.is_file():
                yield path.relative_to(self.folder).as_posix()


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class S3Store:
    """A bucket of any S3-compatible store. Streams in parts, so that memory does not grow with the file."""

    def __init__(self, client: Minio, bucket: str) -> None:
        self.client, self.bucket = client, bucket

    @classmethod
    def from_url(cls, url: str) -> S3Store:
        """Connect as the address says; raises ``ValueError`` naming what is missing."""
        from minio import Minio

        parts, query = urlsplit(url), parse_qs(urlsplit(url).query)
        endpoint = urlsplit(query.get("endpoint", ["https://s3.amazonaws.com"])[0])
        key = unquote(parts.username or "") or os.environ.get("AWS_ACCESS_KEY_ID", "")
        secret = unquote(parts.password or "") or os.environ.get("AWS_SECRET_ACCESS_KEY", "")
        bucket = parts.netloc.rpartition("@")[2]
        if not bucket or not key or not secret or not endpoint.netloc:
            raise ValueError("PROMO_FILES_URL: s3://key:secret@bucket?endpoint=https://host&region=…")
        region = query.get("region", ["us-east-1"])[0]
        secure = endpoint.scheme != "http"
        return cls(Minio(endpoint.netloc, access_key=key, secret_key=secret, secure=secure, region=region), bucket)

    def put(self, key: str, stream: BinaryIO, size: int) -> None:
        """Send the stream in parts; it appears when the last is there."""
        self.client.put_object(self.bucket, _checked(key), stream, size, part_size=PART, num_parallel_uploads=1)

    def open(self, key: str) -> BinaryIO:
        """Return the stream of the answer."""
        from minio.error import S3Error

        try:
            return cast(BinaryIO, self.client.get_object(self.bucket, _checked(key)))
        except S3Error as error:
            raise FileNotFoundError(key) if error.code == "NoSuchKey" else OSError(str(error)) from error

    def delete(self, key: str) -> None:
        """Remove the object."""
        self.client.remove_object(self.bucket, _checked(key))

    def exists(self, key: str) -> bool:
        """Ask for the object's head."""
        from minio.error import S3Error

        try:
            self.client.stat_object(self.bucket, _checked(key))
        except S3Error as error:
            if error.code in ("NoSuchKey", "NoSuchObject", "NotFound"):
                return False
            raise OSError(str(error)) from error
        return True

    def keys(self, prefix: str) -> Iterator[str]:
        """List the objects."""
        for found in self.client.list_objects(self.bucket, prefix=prefix.rstrip("/") + "/", recursive=True):
            if found.object_name:
                yield found.object_name


@cache
def make_store(url: str) -> Store:
    """Return the store of an address; raises ``ValueError`` for one that is wrong."""
    if url.startswith("file://"):
        return LocalStore(Path(unquote(urlsplit(url).path)))
    return S3Store.from_url(url)


def store() -> Store:
    """Return the store that the settings name."""
    return make_store(settings().files_url)
