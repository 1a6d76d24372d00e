"""Files through HTTP: sending in pieces, adding to a record, who may fetch one and how it is given."""

from __future__ import annotations

import io
from typing import Any

import pytest
from sqlalchemy.orm import Session

from promo.core import files
from promo.core.db import write
from promo.core.files import File
from promo.core.records import Record
from promo.organisations import actions as organisations
from tests.cast import Cast, Member

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n%%EOF\n"
NAME = "informe ñ \u202f2026.pdf"


@pytest.fixture
def record(session: Session, cast: Cast) -> Record:
    """An organisation of Los Angeles."""
    with write() as current:
        values = {"title": "Agroandina", "organisation_type": "exporter", "country": "PE"}
        return organisations.add(current, cast.officer.viewer, values)


def attached(member: Member, record: Record, content: bytes = PDF) -> File:
    """A file of the record."""
    token = files.hold(io.BytesIO(content), NAME, member.id).token
    with write() as current:
        kept = files.attach(current, token, current.get_one(Record, record.id), "report", member.id)
    assert kept is not None
    return kept


def begun(client: Any, size: int = len(PDF), name: str = "informe.pdf") -> str:
    answer = client.post("/files/uploads", data={"name": name, "size": size, "type": "text/html"})
    assert answer.status_code == 201, answer.text
    return str(answer.json["token"])


def piece(client: Any, token: str, offset: object, body: bytes) -> Any:
    headers = {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
    return client.patch(f"/files/uploads/{token}", data=body, headers=headers)


def test_a_file_arrives_in_pieces(sign_in: Any, cast: Cast, session: Session) -> None:
    client = sign_in(cast.officer)
    token = begun(client)
    answer = piece(client, token, 0, PDF[:10])
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (200, "10")
    head = client.head(f"/files/uploads/{token}")
    assert (head.headers["Upload-Offset"], head.headers["Upload-Length"]) == ("10", str(len(PDF)))
    wrong = piece(client, token, 3, PDF[3:])
    assert (wrong.status_code, wrong.headers["Upload-Offset"]) == (409, "10")
    assert piece(client, token, 10, PDF[10:]).json["ready"] is True
    assert client.delete(f"/files/uploads/{token}").status_code == 204
    assert client.head(f"/files/uploads/{token}").status_code == 404


@pytest.mark.parametrize("size", ["", "abc", "-1", "0", "1e3", "٣", "9" * 40, str(50 * 1024 * 1024 + 1)])
def test_a_size_that_is_none_or_too_much_is_refused_in_words(sign_in: Any, cast: Cast, size: str) -> None:
    answer = sign_in(cast.officer).post("/files/uploads", data={"name": "a.pdf", "size": size})
    assert answer.status_code == 422
    assert answer.json["message"]


def test_content_that_is_not_taken_is_refused_in_words(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    token = begun(client, 4)
    answer = piece(client, token, 0, b"MZ\0\0")
    assert answer.status_code == 422
    assert "PDF" in answer.json["message"]
    assert client.get(f"/files/uploads/{token}").json["problem"] == answer.json["message"]


@pytest.mark.parametrize("offset", ["", "x", "-1"])
def test_an_offset_that_is_none_is_refused(sign_in: Any, cast: Cast, offset: str) -> None:
    client = sign_in(cast.officer)
    assert piece(client, begun(client), offset, PDF).status_code == 422


def test_an_upload_is_its_owners(sign_in: Any, cast: Cast) -> None:
    token = begun(sign_in(cast.officer))
    other = sign_in(cast.colleague)
    assert piece(other, token, 0, PDF).status_code == 404
    assert other.get(f"/files/uploads/{token}").status_code == 404
    assert other.delete(f"/files/uploads/{token}").status_code == 404


def test_a_plain_form_adds_files(sign_in: Any, cast: Cast, record: Record, session: Session) -> None:
    client = sign_in(cast.officer)
    token = begun(client)
    piece(client, token, 0, PDF)
    form = {"file": (io.BytesIO(PDF), "../otro.pdf"), "file_token": token, "category": "report"}
    answer = client.post(f"/files/records/{record.id}", data=form, content_type="multipart/form-data")
    assert answer.status_code == 303
    assert answer.location.endswith(f"/organisations/{record.id}#files")
    kept = files.of_record(session, record.id)
    assert [(f.name, f.category) for f in kept] == [("otro.pdf", "report"), ("informe.pdf", "report")]


def test_a_form_without_a_good_file_is_refused(sign_in: Any, cast: Cast, record: Record) -> None:
    client = sign_in(cast.officer)
    address = f"/files/records/{record.id}"
    assert client.post(address, data={}).status_code == 422
    assert client.post(address, data={"file_token": "unknown"}).status_code == 422
    form = {"file": (io.BytesIO(b"MZ\0\0"), "a.pdf")}
    assert client.post(address, data=form, content_type="multipart/form-data").status_code == 422
    assert client.post("/files/records/999999", data={"file": (io.BytesIO(PDF), "a.pdf")}).status_code == 404


def test_a_file_is_given_to_be_saved_and_nothing_else(sign_in: Any, cast: Cast, record: Record) -> None:
    file = attached(cast.officer, record)
    client = sign_in(cast.officer)
    answer = client.get(f"/files/{file.id}/{file.name}")
    assert answer.status_code == 200
    assert answer.data == PDF
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Length"] == str(len(PDF))
    assert "private" in answer.headers["Cache-Control"]
    assert "public" not in answer.headers["Cache-Control"]
    again = client.get(f"/files/{file.id}/x", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize(
    ("visibility", "seen_by"),
    [
        ("shared", {"officer", "colleague", "other_officer", "promoter", "auditor"}),
        ("post", {"officer", "colleague", "promoter", "auditor"}),
        ("team", {"officer", "auditor"}),
    ],
)
def test_a_file_is_seen_by_whoever_sees_its_record(
    sign_in: Any, cast: Cast, record: Record, visibility: str, seen_by: set[str]
) -> None:
    file = attached(cast.officer, record)
    with write() as current:
        current.get_one(Record, record.id).visibility = visibility
    for part in ("officer", "colleague", "other_officer", "promoter", "auditor", "admin"):
        answer = sign_in(cast.members[part]).get(f"/files/{file.id}/x")
        assert (answer.status_code == 200) == (part in seen_by), part
        assert answer.status_code in (200, 403, 404)


def test_a_removed_file_comes_back(sign_in: Any, cast: Cast, record: Record, session: Session) -> None:
    file = attached(cast.officer, record)
    client = sign_in(cast.officer)
    assert sign_in(cast.auditor).post(f"/files/{file.id}/archive").status_code == 403
    assert client.post(f"/files/{file.id}/archive").status_code == 303
    assert files.of_record(session, record.id) == []
    session.rollback()
    assert client.post(f"/files/{file.id}/unarchive").status_code == 303
    assert len(files.of_record(session, record.id)) == 1


def test_nobody_sends_files_unasked(client: Any, sign_in: Any, cast: Cast) -> None:
    assert client.post("/files/uploads", data={"name": "a.pdf", "size": 5}).status_code in (302, 303, 401)
    assert sign_in(cast.admin).post("/files/uploads", data={"name": "a.pdf", "size": 5}).status_code == 403
    officer = sign_in(cast.officer)
    officer.csrf = False
    assert officer.post("/files/uploads", data={"name": "a.pdf", "size": 5}).status_code == 400
