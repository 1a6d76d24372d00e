#!/usr/bin/env python3
"""Verify an evidence pack of Promo, without Promo. / Verifica un expediente de evidencias de Promo, sin Promo.

    python verify.py               the folder where this file stands / la carpeta donde está este archivo
    python verify.py PACK.zip      a pack as it was downloaded / un expediente tal como se descargó
    --key HEX                      the public key, from elsewhere / la clave pública, obtenida por otra vía
    --checkpoint FILE              a seal kept elsewhere / un sello guardado en otra parte
    --lang es|en                   language of the answers / idioma de las respuestas

Needs Python 3.9 or newer and the package ``cryptography``. Prints OK and exits with 0, or names each file and each
event that is not as it was signed and exits with 1.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import zipfile
from collections import Counter
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT, CHECKPOINT, SAMPLE, EVENT = "promo evidence 1", "promo checkpoint 1", "promo sample 1", b"promo event 1"
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
FACTS = (
    "actor_id", "on_behalf_of_id", "action", "record_id", "kind", "reference", "table_name", "row_key", "request_id",
    "device", "procedure_version_id",
)  # fmt: skip
BROKEN = (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError, RecursionError)


class Members:
    """The files of a pack: of a ZIP, or of the folder into which it was unpacked."""

    def __init__(self, place: Path) -> None:
        self.zip = zipfile.ZipFile(place) if place.is_file() else None
        self.folder = place

    def names(self) -> set[str]:
        """Return the names of all files."""
        if self.zip is not None:
            return {info.filename for info in self.zip.infolist() if not info.is_dir()}
        found = (path for path in self.folder.rglob("*") if path.is_file())
        return {p.relative_to(self.folder).as_posix() for p in found if "__pycache__" not in p.parts}

    def read(self, name: str) -> bytes:
        """Return what a file holds; raises ``OSError`` when it can't be read."""
        try:
            return self.zip.read(name) if self.zip is not None else (self.folder / name).read_bytes()
        except Exception as error:  # zipfile raises many kinds for a damaged member
            raise OSError(f"{type(error).__name__}: {error}") from None


def compact(value: Any) -> bytes:
    """Return the compact ASCII JSON over which hashes are made."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"), sort_keys=True).encode()


def signed(statement: bytes, signature: str, key: str) -> bool:
    """Whether this is the Ed25519 signature of a statement."""
    try:
        raw = bytes.fromhex(signature)
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(raw, statement)
    except (InvalidSignature, *BROKEN):
        return False
    return raw.hex() == signature  # hexadecimal has other spellings: only the one that was written counts


class Verification:
    """One verification: what was found wrong, and what was counted."""

    def __init__(self, members: Members, language: str) -> None:
        self.members, self.language = members, language
        self.wrong: list[str] = []
        self.notes: list[str] = []
        self.counts: Counter[str] = Counter()
        self.manifest: dict[str, Any] = {}
        self.head: dict[str, Any] = {}
        self.proofs: dict[str, Any] = {}
        self.sealed: dict[tuple[Any, Any, Any], Any] = {}  # (part, row, field) of a sealed value -> its text

    def say(self, es: str, en: str) -> str:
        """Return the words in the reader's language."""
        return es if self.language == "es" else en

    def fault(self, where: str, es: str, en: str) -> None:
        """Note something that is wrong."""
        self.wrong.append(f"{where}: {self.say(es, en)}")

    def data(self, name: str) -> Any:
        """Return the JSON of a file, None when it has none (which is noted)."""
        try:
            return json.loads(self.members.read(name).decode())
        except (OSError, *BROKEN):
            self.fault(name, "no se puede leer", "it can't be read")
            return None

    def run(self, key: str | None, kept: Path | None) -> None:
        """Verify everything."""
        self.check_manifest(key)
        self.check_members()
        self.check_chain(kept)
        names = sorted(self.members.names())
        self.proofs = self.data("proofs.json") or {}
        for name in names:
            if name.endswith("events.json"):
                self.guarded(name, self.check_events)
        for name in names:
            if name.endswith("/record.json"):
                self.guarded(name, self.check_record)
            if name.endswith("/definition.json"):
                self.guarded(name, self.check_definition)
        if "sample/sample.json" in names:
            self.guarded("sample/sample.json", self.check_sample)

    def guarded(self, name: str, check: Any) -> None:
        """Check a file that may hold anything."""
        try:
            check(name)
        except (OSError, *BROKEN):
            self.fault(name, "su contenido no es el esperado", "it does not hold what it should")

    def check_manifest(self, key: str | None) -> None:
        """Hold the manifest against its signature."""
        try:
            text = self.members.read(MANIFEST)
            signature = self.members.read(SIGNATURE).decode("ascii").removesuffix("\n")
            self.manifest = json.loads(text.decode())
            public, form = self.manifest["public_key"], self.manifest["format"]
        except (OSError, *BROKEN):
            self.fault(f"{MANIFEST}, {SIGNATURE}", "no se pueden leer", "they can't be read")
            return
        if form != FORMAT or not signed(FORMAT.encode() + b"\n" + text, signature, public):
            self.fault(f"{MANIFEST}, {SIGNATURE}", "la firma no corresponde", "the signature does not belong to it")
        if key is not None and key.lower() != public:
            self.fault(MANIFEST, "lo firmó otra clave, no la indicada", "another key than the given one signed it")

    def check_members(self) -> None:
        """Hold every file against the digest in the manifest; name what is missing and what was added."""
        listed = self.manifest.get("members")
        listed = listed if isinstance(listed, dict) else {}
        there = self.members.names() - {MANIFEST, SIGNATURE}
        for name in sorted(there | set(listed)):
            if name not in there:
                self.fault(name, "falta", "it is missing")
            elif name not in listed:
                self.fault(name, "no pertenece al expediente", "it does not belong to the pack")
            else:
                try:
                    right = sha256(self.members.read(name)).hexdigest() == listed[name]["sha256"]
                except (OSError, *BROKEN):
                    right = False
                if not right:
                    self.fault(name, "fue alterado", "it was altered")
                self.counts["members"] += 1

    def check_chain(self, kept: Path | None) -> None:
        """Hold each seal against its signature and the one before; the last one is the pack's."""
        chain = self.data("checkpoints.json")
        chain = chain if isinstance(chain, list) else []
        before: dict[str, Any] | None = None
        for one in chain:
            try:
                number = one["number"]
                self.check_seal(one, before, f"checkpoints.json {number}")
            except BROKEN:
                self.fault("checkpoints.json", "un sello no se puede leer", "a seal can't be read")
                return
            before = one
            self.counts["seals"] += 1
        self.head = before or {}
        if kept is not None:
            self.check_kept(kept, chain)

    def check_seal(self, one: dict[str, Any], before: dict[str, Any] | None, where: str) -> None:
        """Hold one seal against its signature and the one before."""
        if one["format"] != CHECKPOINT or one["public_key"] != self.manifest.get("public_key"):
            self.fault(where, "lo firmó otra clave", "another key signed it")
        if not signed(seal_statement(one), one["signature"], one["public_key"]):
            self.fault(where, "la firma del sello no corresponde", "the seal's signature does not belong to it")
        follows = before is None or (
            one["number"] == before["number"] + 1
            and one["size"] > before["size"]
            and one["previous"] == sha256(seal_statement(before)).hexdigest()
        )
        if not follows:
            self.fault(where, "no sigue al sello anterior", "it does not follow the seal before")

    def check_kept(self, kept: Path, chain: list[Any]) -> None:
        """Hold a seal that was kept elsewhere against the one of its number."""
        try:
            known = json.loads(kept.read_text())
            same = [one for one in chain if one["number"] == known["number"]]
        except (OSError, *BROKEN):
            self.fault(str(kept), "no contiene un sello", "it holds no seal")
            return
        if not same:
            note = self.say("el sello indicado no está en el expediente", "the given seal is not in the pack")
            self.notes.append(note)
        elif same[0] != known:
            self.fault("checkpoints.json", "no es el sello guardado aparte", "it is not the seal kept elsewhere")

    def check_events(self, name: str) -> None:
        """Recompute every event: its values, its hash, its way to the signed root."""
        for event in json.loads(self.members.read(name).decode())["events"]:
            where = f"{name} {self.say('hecho', 'event')} {event.get('id') if isinstance(event, dict) else '?'}"
            try:
                self.check_event(event, where)
            except BROKEN:
                self.fault(where, "no se puede leer", "it can't be read")
            self.counts["events"] += 1

    def check_event(self, event: dict[str, Any], where: str) -> None:
        """Recompute one event."""
        digests = []
        for value in event["values"]:
            digest = bytes.fromhex(value["digest"])
            digests.append(digest)
            if "erased_by" in value:
                self.counts["erased"] += 1
            elif "masked" in value:
                self.counts["masked"] += 1
            else:
                told = [value["part"], value["row_key"], value["field"], value["old"], value["new"]]
                if sha256(bytes.fromhex(value["salt"]) + compact(told)).digest() != digest:
                    self.fault(where, f"«{value['field']}» fue alterado", f"its {value['field']} was altered")
                self.sealed[value["part"], value["row_key"], value["field"]] = value["new"]
        body = compact([event["at"], *(event[name] for name in FACTS), len(digests)]) + b"".join(digests)
        leaf = sha256(b"\x00" + sha256(EVENT + event["id"].to_bytes(8, "big", signed=True) + body).digest()).digest()
        root = self.root_of(event["id"], leaf)
        if root is None or root != self.head.get("root"):
            self.fault(where, "no es lo que se selló", "it is not what was sealed")

    def root_of(self, id_: int, leaf: bytes) -> str | None:
        """Return the root to which an event leads (RFC 6962), None when its proof is not there."""
        index, size = self.proofs.get("events", {}).get(str(id_)), self.head.get("size")
        if not isinstance(index, int) or not isinstance(size, int) or not 0 <= index < size:
            return None
        for low, high in ways(index, size):
            beside = self.proofs.get("nodes", {}).get(f"{low}-{high}")
            if beside is None:
                return None
            pair = (leaf + bytes.fromhex(beside)) if index < low else (bytes.fromhex(beside) + leaf)
            leaf = sha256(b"\x01" + pair).digest()
        return leaf.hex()

    def check_record(self, name: str) -> None:
        """Hold the files of a case file against their digests, and those against what was sealed as they were added."""
        record = json.loads(self.members.read(name).decode())
        self.counts["records"] += 1
        for file in record["files"]:
            if "member" not in file:
                self.counts["lost" if "lost" in file else "withheld"] += 1
            elif sha256(self.members.read(file["member"])).hexdigest() != file["sha256"]:
                self.fault(file["member"], "no es el archivo que se adjuntó", "it is not the file that was attached")
            sealed = self.sealed.get(("file", str(file["id"]), "sha256"))
            if sealed is None:
                self.counts["unsealed files"] += 1
            elif json.loads(sealed) != file["sha256"]:
                self.fault(f"{name} {file['id']}", "el archivo no es el sellado", "the file is not the sealed one")
            self.counts["files"] += 1

    def check_definition(self, name: str) -> None:
        """Hold a procedure's content against its digest."""
        version = json.loads(self.members.read(name).decode())
        text = json.dumps(version["definition"], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        if sha256(text.encode("utf-8", "surrogatepass")).hexdigest() != version["content_hash"]:
            self.fault(name, "el contenido no es el aprobado", "the content is not the approved one")

    def check_sample(self, name: str) -> None:
        """Draw the sample again from its list and seed."""
        sample = json.loads(self.members.read(name).decode())
        text = self.members.read("sample/population.txt")
        if sha256(text).hexdigest() != sample["population_digest"]:
            self.fault("sample/population.txt", "no es la lista que se fijó", "it is not the list that was fixed")
        lines = [line.split("\t") for line in text.decode().splitlines()]
        if draw(lines, sample["size"], sample["seed"]) != sample["drawn"]:
            self.fault(name, "no es la muestra que da esa semilla", "it is not the sample that this seed gives")


def seal_statement(seal: dict[str, Any]) -> bytes:
    """Return what the signature of a seal covers."""
    return compact({name: value for name, value in seal.items() if name != "signature"})


def ways(index: int, size: int) -> list[tuple[int, int]]:
    """Return the subtrees beside the way from a leaf to the root, the lowest first."""
    low, high, found = 0, size, []
    while high - low > 1:
        middle = low + (1 << ((high - low - 1).bit_length() - 1))
        mine, other = ((low, middle), (middle, high)) if index < middle else ((middle, high), (low, middle))
        found.append(other)
        low, high = mine
    return found[::-1]


def draw(lines: list[list[str]], n: int, seed: str) -> list[str]:
    """Return the references of a sample: of each stratum, in proportion, those of the lowest SHA-256 with the seed."""

    def rank(reference: str) -> tuple[str, str]:
        return sha256(f"{SAMPLE}\n{seed}\n{reference}".encode()).hexdigest(), reference

    sizes = Counter(stratum for _reference, _number, stratum in lines)
    n = min(n, len(lines))
    exact = {name: Fraction(n * size, len(lines)) for name, size in sorted(sizes.items())}
    left = {name: max(1, int(share)) for name, share in exact.items()}
    while sum(left.values()) > n:
        left[max((s for s in left if left[s] > 1), key=lambda s: left[s] - exact[s])] -= 1
    while sum(left.values()) < n:
        left[max((s for s in left if left[s] < sizes[s]), key=lambda s: exact[s] - left[s])] += 1
    drawn = []
    for reference, _number, stratum in sorted(lines, key=lambda line: rank(line[0])):
        if left[stratum]:
            left[stratum] -= 1
            drawn.append(reference)
    return drawn


def report(found: Verification) -> str:
    """Return what people read at the end."""
    c, say = found.counts, found.say
    lines = [f"✕ {line}" for line in dict.fromkeys(found.wrong)]
    held = say(
        f"{c['records']} expedientes, {c['events']} hechos, {c['files']} documentos, {c['members']} archivos,"
        f" {c['seals']} sellos",
        f"{c['records']} case files, {c['events']} events, {c['files']} documents, {c['members']} files,"
        f" {c['seals']} seals",
    )
    lines.append(f"OK: {held}" if not lines else say(f"NO ESTÁ CONFORME ({held})", f"NOT AS SIGNED ({held})"))
    told = (
        ("erased", "valores suprimidos por ley (su marca permanece)", "values erased by law (their mark remains)"),
        ("masked", "valores reservados en este ejemplar", "values masked in this copy"),
        ("withheld", "documentos reservados en este ejemplar", "documents withheld from this copy"),
        ("lost", "documentos que Promo ya no conserva", "documents that Promo no longer has"),
        ("unsealed files", "documentos sin digesto sellado", "documents without a sealed digest"),
    )
    lines += [f"· {c[name]} {say(es, en)}" for name, es, en in told if c[name]]
    lines += [f"· {note}" for note in found.notes]
    lines.append(f"· {say('clave pública', 'public key')}: {found.manifest.get('public_key')}")
    lines.append(f"· {say('ejemplar', 'copy')}: {found.manifest.get('id')}, {found.manifest.get('made_for')}")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Run the command."""
    own = "en" if os.environ.get("LANG", "es").startswith("en") else "es"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pack", nargs="?", type=Path, default=Path(__file__).resolve().parent)
    parser.add_argument("--key")
    parser.add_argument("--checkpoint", type=Path)
    parser.add_argument("--lang", choices=("es", "en"), default=own)
    asked = parser.parse_args(arguments)
    try:
        found = Verification(Members(asked.pack), asked.lang)
    except (OSError, zipfile.BadZipFile) as error:
        sys.stdout.write(f"✕ {asked.pack}: {error}\n")
        return 1
    found.run(asked.key, asked.checkpoint)
    sys.stdout.write(report(found) + "\n")
    return 1 if found.wrong else 0


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    raise SystemExit(main())
