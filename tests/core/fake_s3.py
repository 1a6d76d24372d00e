"""A store that speaks enough S3 for our client: one bucket in memory, signatures demanded, uploads in parts."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

BUCKET = "promo"


class Handler(BaseHTTPRequestHandler):
    """Answers like S3 does."""

    protocol_version = "HTTP/1.1"
    objects: dict[str, bytes]
    parts: dict[str, dict[int, bytes]]
    largest: list[int]

    def log_message(self, *_: object) -> None:
        """Keep quiet."""

    def _where(self) -> tuple[str, dict[str, list[str]]]:
        assert self.headers["Authorization"].startswith("AWS4-HMAC-SHA256 Credential=access/")
        parts = urlsplit(self.path)
        return unquote(parts.path).removeprefix(f"/{BUCKET}").lstrip("/"), parse_qs(parts.query, keep_blank_values=True)

    def _answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", headers.get("length", str(len(body))))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _missing(self, key: str) -> None:
        error = f"<Error><Code>NoSuchKey</Code><Message>none</Message><Key>{key}</Key></Error>"
        self._answer(404, error.encode(), Content_Type="application/xml")

    def _body(self) -> bytes:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.largest.append(len(body))
        return body

    def do_PUT(self) -> None:
        key, query = self._where()
        body = self._body()
        if "uploadId" in query:
            self.parts[query["uploadId"][0]][int(query["partNumber"][0])] = body
        else:
            self.objects[key] = body
        self._answer(200, ETag=f'"{hashlib.md5(body).hexdigest()}"')

    def do_POST(self) -> None:
        key, query = self._where()
        self._body()
        if "uploads" in query:
            self.parts[key] = {}
            answer = f"<R><Bucket>{BUCKET}</Bucket><Key>{key}</Key><UploadId>{key}</UploadId></R>"
        else:
            taken = self.parts.pop(query["uploadId"][0])
            self.objects[key] = b"".join(taken[n] for n in sorted(taken))
            answer = f'<R><Bucket>{BUCKET}</Bucket><Key>{key}</Key><Location>x</Location><ETag>"x"</ETag></R>'
        self._answer(200, answer.encode(), Content_Type="application/xml")

    def do_GET(self) -> None:
        key, query = self._where()
        if not key:
            prefix = query["prefix"][0]
            found = [k for k in self.objects if k.startswith(prefix)]
            listed = "".join(
                f"<Contents><Key>{k}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>"
                f'<ETag>"x"</ETag><Size>1</Size><StorageClass>STANDARD</StorageClass></Contents>'
                for k in found
            )
            answer = (
                f"<ListBucketResult><Name>{BUCKET}</Name><IsTruncated>false</IsTruncated>{listed}</ListBucketResult>"
            )
            self._answer(200, answer.encode(), Content_Type="application/xml")
        elif key in self.objects:
            self._answer(200, self.objects[key])
        else:
            self._missing(key)

    def do_HEAD(self) -> None:
        key, _ = self._where()
        if key in self.objects:
            self._answer(200, self.objects[key], ETag='"x"', Last_Modified="Thu, 01 Jan 2026 00:00:00 GMT")
        else:
            self._answer(404)

    def do_DELETE(self) -> None:
        key, _ = self._where()
        self.objects.pop(key, None)
        self._answer(204)


@contextmanager
def serving() -> Iterator[tuple[str, type[Handler]]]:
    """Serve for the length of the block; gives the address for ``PROMO_FILES_URL`` and what is stored."""
    kept = type("Kept", (Handler,), {"objects": {}, "parts": {}, "largest": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), kept) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        port = server.server_address[1]
        try:
            yield f"s3://access:secret@{BUCKET}?endpoint=http://127.0.0.1:{port}", kept
        finally:
            server.shutdown()
            thread.join()
