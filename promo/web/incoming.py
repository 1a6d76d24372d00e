"""What may come in at all: texts that are UTF-8, numbers that a row can have, forms rather than JSON."""

from __future__ import annotations

from io import BytesIO
from typing import IO, Any
from urllib.parse import unquote_to_bytes

from flask import Flask, Request, abort, request
from werkzeug.formparser import FormDataParser, MultiPartParser
from werkzeug.routing import IntegerConverter

from promo.core.records import HIGHEST

FORM_MEMORY = 4 * 1024 * 1024  # a pasted megabyte gets our message at the field, not Flask's 413


class _Parts(MultiPartParser):
    """Reads the fields of a form byte by byte, so that :class:`_Strict` may see which are no UTF-8."""

    def get_part_charset(self, headers: Any) -> str:
        return "iso-8859-1"


class _Strict(FormDataParser):
    """Refuses text that is no UTF-8, which Werkzeug would silently replace."""

    def _parse_urlencoded(self, stream: IO[bytes], mimetype: str, length: int | None, options: dict[str, str]) -> Any:
        body = stream.read()
        _text(unquote_to_bytes(body))
        return super()._parse_urlencoded(BytesIO(body), mimetype, length, options)

    def _parse_multipart(self, stream: IO[bytes], mimetype: str, length: int | None, options: dict[str, str]) -> Any:
        parts = _Parts(self.stream_factory, self.max_form_memory_size, self.cls, max_form_parts=self.max_form_parts)
        boundary = options.get("boundary", "").encode("ascii")
        if not boundary:
            raise ValueError("no boundary")
        form, files = parts.parse(stream, boundary, length)
        typed = [(name, _text(value.encode("iso-8859-1"))) for name, value in form.items(multi=True)]
        return stream, self.cls(typed), files


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        abort(400)


class StrictRequest(Request):
    """A request whose texts must be UTF-8: broken ones are refused instead of silently replaced."""

    max_form_memory_size = FORM_MEMORY
    max_form_parts = 2000
    form_data_parser_class = _Strict


class RowNumber(IntegerConverter):
    """The number of a row in an address; one that no row can have is *not found*."""

    def __init__(self, map: Any, *args: Any, **options: Any) -> None:
        super().__init__(map, *args, **{"max": HIGHEST, **options})


def init_app(app: Flask) -> None:
    """Read every request this way. Comes before all that registers pages."""
    app.request_class = StrictRequest
    app.url_map.converters["int"] = RowNumber

    @app.before_request
    def refuse_broken_addresses() -> None:
        _text(unquote_to_bytes(request.query_string))
        if "\0" in request.path:
            abort(404)
