"""Finding by any part of a word, without caring for accents, case, order of words or script.

Texts are folded in Python into ``record.search``, because neither database folds alike. Two indexes serve it: trigrams
for parts of three letters or more, and words for the short names ("Li", 李明) that have no trigram. Both answer with
the newest candidates first; a bounded set is then ranked.
"""

from __future__ import annotations

import re
import unicodedata

from sqlalchemy import ColumnElement, Select, and_, func, literal_column, select, table, true
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import SQLCoreOperations

from promo.core.db import is_sqlite, on_create

_IDEOGRAPH = re.compile(r"([\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af])")
_WORD = re.compile(r"[\w@.+]+")
CANDIDATES = 200

on_create(
    "record",
    sqlite=[
        (
            "CREATE VIRTUAL TABLE IF NOT EXISTS record_part USING fts5(search, content='record', content_rowid='id',"
            " tokenize='trigram', columnsize=0, detail='full')"
        ),
        (
            "CREATE VIRTUAL TABLE IF NOT EXISTS record_word USING fts5(search, content='record', content_rowid='id',"
            " tokenize='unicode61 remove_diacritics 0', prefix='1 2', columnsize=0)"
        ),
        (
            "CREATE TRIGGER IF NOT EXISTS record_search_insert AFTER INSERT ON record BEGIN"
            " INSERT INTO record_part(rowid, search) VALUES (new.id, new.search);"
            " INSERT INTO record_word(rowid, search) VALUES (new.id, new.search); END"
        ),
        (
            "CREATE TRIGGER IF NOT EXISTS record_search_update AFTER UPDATE OF search ON record"
            " WHEN old.search IS NOT new.search BEGIN"
            " INSERT INTO record_part(record_part, rowid, search) VALUES ('delete', old.id, old.search);"
            " INSERT INTO record_part(rowid, search) VALUES (new.id, new.search);"
            " INSERT INTO record_word(record_word, rowid, search) VALUES ('delete', old.id, old.search);"
            " INSERT INTO record_word(rowid, search) VALUES (new.id, new.search); END"
        ),
        (
            "CREATE TRIGGER IF NOT EXISTS record_search_delete AFTER DELETE ON record BEGIN"
            " INSERT INTO record_part(record_part, rowid, search) VALUES ('delete', old.id, old.search);"
            " INSERT INTO record_word(record_word, rowid, search) VALUES ('delete', old.id, old.search); END"
        ),
    ],
    postgresql=[
        (
            "CREATE INDEX IF NOT EXISTS ix_record_search_part ON record USING gin (search gin_trgm_ops)"
            " WITH (fastupdate = off)"
        ),
        (
            "CREATE INDEX IF NOT EXISTS ix_record_search_word ON record USING gin (to_tsvector('simple', search))"
            " WITH (fastupdate = off)"
        ),
    ],
)


class _Letters(dict[int, str | int | None]):
    """What becomes of each character, found out once: accents go, letters without a decomposition are spelt out."""

    def __missing__(self, code: int) -> int | None:
        kept = self[code] = None if unicodedata.combining(chr(code)) else code
        return kept


_SPELT = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ł": "l", "ı": "i", "’": "", "'": ""}
_LETTERS = _Letters({ord(letter): spelt for letter, spelt in _SPELT.items()})


def fold(text: str) -> str:
    """Return a text in lower case, without accents, width or punctuation, words and ideographs parted by one space.

    ``"Ñahui  Ccori, Inti"`` → ``"nahui ccori inti"``; ``"李明"`` → ``"李 明"``, so that each is a word.
    """
    plain = text.casefold()
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", plain)
    plain = plain.translate(_LETTERS)
    if not plain.isascii():
        plain = _IDEOGRAPH.sub(r" \1 ", unicodedata.normalize("NFC", plain))
    return " ".join(_WORD.findall(plain))


def words(typed: str) -> list[str]:
    """Return the folded words of what somebody typed; at most eight, the rest would not narrow it further."""
    return fold(typed).split()[:8]


def _like(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def _quoted(word: str) -> str:
    return '"' + word.replace('"', '""') + '"'


def matches(
    session: Session, typed: str, search: SQLCoreOperations[str], id_: SQLCoreOperations[int]
) -> ColumnElement[bool]:
    """Return the condition that a record's text has every word typed; true for an empty query.

    Words of three letters match anywhere in a word, shorter ones at the beginning of one.
    """
    found = words(typed)
    long = [w for w in found if len(w) >= 3]
    short = [w for w in found if len(w) < 3]
    if not found:
        return true()
    if not is_sqlite(session):
        parts = [search.like(_like(w), escape="\\") for w in long]
        if short:
            query = func.to_tsquery("simple", " & ".join(f"'{w.replace(chr(39), '')}':*" for w in short))
            parts.append(func.to_tsvector(literal_column("'simple'"), search).op("@@")(query))
        return and_(*parts)
    conditions = []
    if long:
        conditions.append(id_.in_(_fts("record_part", " AND ".join(map(_quoted, long)))))
    if short:
        conditions.append(id_.in_(_fts("record_word", " AND ".join(_quoted(w) + "*" for w in short))))
    return and_(*conditions)


def _fts(name: str, query: str) -> Select[tuple[int]]:
    """The newest candidates of a full-text table; the bound keeps a very common word as quick as a rare one."""
    return (
        select(literal_column("rowid"))
        .select_from(table(name))
        .where(literal_column(name).op("MATCH")(query))
        .order_by(literal_column("rowid").desc())
        .limit(CANDIDATES * 10)
    )
