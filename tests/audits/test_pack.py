"""An evidence pack: what it holds, what is masked in it, and that its verifier names whatever was changed."""

from __future__ import annotations

import json
import posixpath
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.audits.models import AuditSample
from promo.audits.queries.masking import MASK, Level
from promo.core import audit
from promo.core.db import session, write
from promo.core.evidence.verify import Members, Verification, draw
from promo.core.files import File, store
from promo.core.records import Record
from promo.core.sampling import Member, TooFew, listed
from promo.core.sampling import draw as drawn_by_promo
from tests import database
from tests.audits.conftest import PLAN, Cases, reference
from tests.core.test_sampling import populations
from tests.pages import Page

Packed = Callable[..., Path]


class Held(Members):
    """The files of a pack in memory, to be changed."""

    def __init__(self, held: dict[str, bytes]) -> None:
        self.held = held

    def names(self) -> set[str]:
        return set(self.held)

    def read(self, name: str) -> bytes:
        if name not in self.held:
            raise OSError(name)
        return self.held[name]


def unpacked(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as pack:
        return {name: pack.read(name) for name in pack.namelist()}


def verified(held: dict[str, bytes], **options: Any) -> Verification:
    found = Verification(Held(held), "en")
    found.run(options.get("key"), options.get("kept"))
    return found


def test_the_verifier_says_ok_from_the_command_line(packed: Packed, tmp_path: Path) -> None:
    """As an auditor runs it: in a folder, on the ZIP, in either language; nothing of Promo can be imported."""
    path = packed()
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(path) as pack:
        pack.extractall(folder)
    for arguments in ([], [str(path)], ["--lang", "en"]):
        told = subprocess.run(
            [sys.executable, "-I", str(folder / "verify.py"), *arguments], capture_output=True, text=True, cwd=folder
        )
        assert (told.returncode, told.stderr) == (0, ""), told.stdout
        assert told.stdout.startswith("OK: 4 ")
    source = (folder / "verify.py").read_text()
    assert "promo." not in source.replace("promo.core", "")
    assert "from promo" not in source


def test_a_byte_changed_is_named_on_the_command_line(packed: Packed, tmp_path: Path) -> None:
    path = packed()
    held = unpacked(path)
    name = next(n for n in held if "/files/" in n)
    held[name] = held[name].replace(b"Rosa", b"Rasa")
    other = tmp_path / "altered.zip"
    with zipfile.ZipFile(other, "w") as pack:
        for member, content in held.items():
            pack.writestr(member, content)
    verifier = tmp_path / "verify.py"
    verifier.write_bytes(held["verify.py"])
    told = subprocess.run(
        [sys.executable, "-I", str(verifier), str(other), "--lang", "es"], capture_output=True, text=True
    )
    assert told.returncode == 1
    assert f"{name}: fue alterado" in told.stdout
    assert "NO ESTÁ CONFORME" in told.stdout
    path.write_bytes(path.read_bytes()[:-200])
    broken = subprocess.run([sys.executable, "-I", str(verifier), str(path)], capture_output=True, text=True)
    assert broken.returncode == 1
    assert str(path) in broken.stdout


def test_a_byte_changed_anywhere_is_named(packed: Packed, sampled: AuditSample, cases: Cases) -> None:
    """In every file of the pack, random bytes: the file is named, whatever it has become."""
    held = unpacked(packed(drawn=sampled))
    assert verified(held).wrong == []

    @settings(max_examples=150, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(sorted(held)), st.data())
    def flip(name: str, data: st.DataObject) -> None:
        content = bytearray(held[name])
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] ^= 1 << data.draw(st.integers(0, 7))
        found = verified(held | {name: bytes(content)}).wrong
        assert any(name in line for line in found), (name, place, found)

    flip()


def test_each_value_of_each_event_changed_names_the_event(packed: Packed, cases: Cases) -> None:
    held = unpacked(packed())
    name = f"records/{reference(cases.approved)}/events.json"
    events = json.loads(held[name])["events"]
    assert len(events) > 4
    for number, event in enumerate(events):
        for field in ("at", "actor_id", "action", "reference", "device"):
            changed = json.loads(held[name])
            changed["events"][number][field] = "x"
            assert any(f"event {event['id']}" in w for w in verified(held | {name: json.dumps(changed).encode()}).wrong)
        for place, value in enumerate(event["values"]):
            for field, other in (("new", '"otro"'), ("old", '"otro"'), ("field", "x"), ("digest", "00" * 32)):
                if value[field] == other:
                    continue
                changed = json.loads(held[name])
                changed["events"][number]["values"][place][field] = other
                wrong = verified(held | {name: json.dumps(changed).encode()}).wrong
                assert any(f"event {event['id']}" in w for w in wrong), (event["action"], value["field"], field)


def test_what_is_missing_or_was_added_is_named(packed: Packed) -> None:
    held = unpacked(packed())
    name = next(n for n in held if n.endswith("record.json"))
    assert any(w == f"{name}: it is missing" for w in verified({n: c for n, c in held.items() if n != name}).wrong)
    assert "extra.txt: it does not belong to the pack" in verified(held | {"extra.txt": b"x"}).wrong


def test_another_key_and_another_seal_are_told(packed: Packed, session: Session, tmp_path: Path) -> None:
    held = unpacked(packed())
    head = json.loads(held["checkpoints.json"])[-1]
    kept = tmp_path / "seal.json"
    kept.write_text(json.dumps(head))
    assert verified(held, key=head["public_key"], kept=kept).wrong == []
    assert verified(held, key="00" * 32).wrong
    kept.write_text(json.dumps(head | {"root": "00" * 32}))
    assert verified(held, kept=kept).wrong
    kept.write_text("{")
    assert verified(held, kept=kept).wrong


def test_every_file_that_was_attached_is_there_as_it_was(packed: Packed, cases: Cases) -> None:
    held = unpacked(packed())
    record = json.loads(held[f"records/{reference(cases.approved)}/record.json"])
    (file,) = record["files"]
    assert held[file["member"]] == b"Nota de Rosa Quispe"
    assert file["member"].endswith(f"files/{file['id']}-nota-de-rosa.txt")
    found = verified(held)
    assert found.counts["files"] == 1
    assert found.counts["unsealed files"] == 0


def test_data_stand_as_they_were_at_each_stage(packed: Packed, cases: Cases, sign_in: Any, cast: Any) -> None:
    """What was changed later does not change what stood there when the stage was left."""
    officer = sign_in(cast.officer)
    page = officer.get(f"/events/{cases.approved}/edit").text
    version = page.split('name="version"', 1)[1].split('value="', 1)[1].split('"', 1)[0]
    changed = officer.post(f"/events/{cases.approved}/edit", data=PLAN | {"city": "Burbank", "version": version})
    assert changed.status_code == 303, changed.text
    record = json.loads(unpacked(packed())[f"records/{reference(cases.approved)}/record.json"])
    left, now = record["stages"]
    assert (left["fields"]["city"], now["fields"]["city"]) == ("Anaheim", "Burbank")
    assert record["approvals"][0]["route_step"] == "holder"
    assert len(record["approvals"][0]["digest"]) == 64
    assert record["moves"][0]["from_stage"] == "notice"


def test_a_guests_copy_names_nobody_outside_and_is_still_proven(packed: Packed, cases: Cases) -> None:
    held = unpacked(packed(Level.PERSONAL, ids=[*cases.all, cases.contact]))
    everything = b"\n".join(content for name, content in held.items() if name != "verify.py").decode()
    for secret in ("Rosa", "Quispe Rosa", "rosa.quispe", "veinte sacos"):
        assert secret not in everything
    assert MASK in everything
    found = verified(held)
    assert found.wrong == []
    assert found.counts["masked"] > 5
    assert found.counts["withheld"] == 1
    assert not [name for name in held if "/files/" in name]


def test_an_auditors_copy_names_them(packed: Packed, cases: Cases) -> None:
    held = unpacked(packed(Level.SENSITIVE))
    assert "Rosa" in held[f"records/{reference(cases.activity)}/page-one.html"].decode()


def test_more_case_files_cost_no_more_statements(packed: Packed, cases: Cases) -> None:
    """They are read together: one of each kind costs what all of them do, but for what an activity alone asks."""
    packed()  # what is kept from one to the next is read
    few, many = ([*chosen, cases.activity] for chosen in ([cases.approved], cases.all[:3]))
    spent = []
    for ids in (few, many):
        session().expunge_all()
        with database.watch() as seen:
            packed(ids=ids)
        spent.append(len(seen.statements))
    assert spent[0] == spent[1] <= 60


def test_what_was_erased_by_law_is_named_as_erased(packed: Packed, cases: Cases, session: Session) -> None:
    with write() as writing:
        record = writing.get_one(Record, cases.approved)
        erased = audit.erase(writing, record, fields=["objective"], reason="Ley 29733", act="RD 1-2026")
    assert erased
    found = verified(unpacked(packed()))
    assert found.wrong == []
    assert found.counts["erased"] == erased


def test_the_manifest_says_for_whom_it_was_made(packed: Packed) -> None:
    held = unpacked(packed())
    manifest = json.loads(held["manifest.json"])
    assert manifest["made_for"] == "Ana Auditora <ana@firm.example>"
    assert manifest["id"] in held["README.txt"].decode()
    assert manifest["made_for"] in held["README.txt"].decode()
    assert held["README.txt"].decode().count(manifest["id"]) == 2, "once in each language"


def test_the_sample_in_a_pack_is_drawn_again(packed: Packed, sampled: AuditSample) -> None:
    held = unpacked(packed(drawn=sampled))
    sample = json.loads(held["sample/sample.json"])
    sample["drawn"].reverse()
    wrong = verified(held | {"sample/sample.json": json.dumps(sample).encode()}).wrong
    assert any("the sample that this seed gives" in line for line in wrong)


@given(populations, st.integers(1, 90), st.text(max_size=5))
def test_the_verifier_draws_as_promo_does(population: list[Member], n: int, seed: str) -> None:
    lines = [line.split("\t") for line in listed(population).splitlines()]
    try:
        expected = [one.reference for one in drawn_by_promo(population, n, seed)]
    except TooFew:
        return
    assert draw(lines, n, seed) == expected


def test_a_file_that_the_store_lost_is_told(packed: Packed, cases: Cases, session: Session) -> None:
    store().delete(session.scalars(select(File.stored).where(File.record_id == cases.approved)).one())
    found = verified(unpacked(packed()))
    assert found.wrong == []
    assert found.counts["lost"] == 1


@pytest.mark.parametrize("level", list(Level))
def test_pages_of_a_pack_are_whole(packed: Packed, level: Level) -> None:
    """Every page is well-formed, and its links lead somewhere in the pack."""
    held = unpacked(packed(level))
    pages = {name: Page(text.decode()) for name, text in held.items() if name.endswith(".html")}
    assert len(pages) == 1 + 2 * 4
    for name, page in pages.items():
        assert len(page.all("h1")) == 1
        for link in page.all("a", "link"):
            target = posixpath.normpath(posixpath.join(posixpath.dirname(name), link["href"]))
            assert target in held, (name, link["href"])
