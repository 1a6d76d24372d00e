"""What the database itself refuses: changing or removing what the trail holds.

A trigger can be dropped by whoever owns the database; marks and checkpoints then show what was done meanwhile.
"""

from __future__ import annotations

from promo.core.db import on_create

APPEND_ONLY = ("audit_event", "audit_block", "audit_checkpoint")
FIXED = ("event_id", "position", "part", "row_key", "field", "digest")  # of a value, also when it is erased
NO_CHANGE = "the trail is append-only"
ONLY_ERASE = "a value of the trail may only be erased, by an event that says so"
_KEYS = {"audit_event": "id", "audit_block": "number", "audit_checkpoint": "number"}


def _refuse_sqlite(table: str, verb: str) -> str:
    return (
        f"CREATE TRIGGER IF NOT EXISTS {table}_no_{verb} BEFORE {verb.upper()} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{NO_CHANGE}'); END"
    )


def _no_replace_sqlite(table: str, same: str) -> str:
    """INSERT OR REPLACE removes a row without asking the DELETE trigger."""
    there = f"EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608 - our own names
    return (
        f"CREATE TRIGGER IF NOT EXISTS {table}_no_replace BEFORE INSERT ON {table} "
        f"WHEN {there} BEGIN SELECT RAISE(ABORT, '{NO_CHANGE}'); END"
    )


def _only_erase(changed: str) -> str:
    """Return the condition under which an UPDATE of a value is refused; ``changed`` compares two columns."""
    fixed = " OR ".join(changed.format(name) for name in FIXED)
    left = "NEW.old IS NOT NULL OR NEW.new IS NOT NULL OR NEW.salt IS NOT NULL"
    event = "SELECT 1 FROM audit_event e WHERE e.id = NEW.erased_by AND e.action = 'erase'"
    return f"{fixed} OR {left} OR OLD.erased_by IS NOT NULL OR NOT EXISTS ({event})"


def _sqlite(table: str) -> list[str]:
    key = _KEYS[table]
    same = f"{key} = NEW.{key}"
    return [_refuse_sqlite(table, "update"), _refuse_sqlite(table, "delete"), _no_replace_sqlite(table, same)]


_REFUSE = f"""
CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '{NO_CHANGE}' USING ERRCODE = 'restrict_violation'; END $$
"""
_ONLY_ERASE = f"""
CREATE OR REPLACE FUNCTION audit_only_erase() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF {_only_erase("OLD.{0} IS DISTINCT FROM NEW.{0}")} THEN
    RAISE EXCEPTION '{ONLY_ERASE}' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$
"""


def _postgresql(table: str, verbs: str = "UPDATE OR DELETE") -> list[str]:
    create = f"CREATE OR REPLACE TRIGGER {table}_no"
    refuse = "EXECUTE FUNCTION audit_refuse()"
    return [
        f"{create}_change BEFORE {verbs} ON {table} FOR EACH ROW {refuse}",
        f"{create}_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {refuse}",
    ]


_ERASE_SQLITE = (
    "CREATE TRIGGER IF NOT EXISTS audit_value_only_erase BEFORE UPDATE ON audit_value "
    f"WHEN {_only_erase('OLD.{0} IS NOT NEW.{0}')} BEGIN SELECT RAISE(ABORT, '{ONLY_ERASE}'); END"
)
_ERASE_POSTGRESQL = (
    "CREATE OR REPLACE TRIGGER audit_value_only_erase BEFORE UPDATE ON audit_value "
    "FOR EACH ROW EXECUTE FUNCTION audit_only_erase()"
)
for _table in APPEND_ONLY:
    on_create(_table, sqlite=_sqlite(_table), postgresql=[_REFUSE, *_postgresql(_table)])
on_create(
    "audit_value",
    sqlite=[
        _refuse_sqlite("audit_value", "delete"),
        _no_replace_sqlite("audit_value", "event_id = NEW.event_id AND position = NEW.position"),
        _ERASE_SQLITE,
    ],
    postgresql=[
        _REFUSE,
        _ONLY_ERASE,
        *_postgresql("audit_value", "DELETE"),
        _ERASE_POSTGRESQL,
    ],
)
_OTHER_ROWS = (
    "CREATE INDEX IF NOT EXISTS ix_audit_event_table_name_row_key_id "
    "ON audit_event (table_name, row_key, id) WHERE table_name IS NOT NULL"
)
on_create("audit_event", sqlite=[_OTHER_ROWS], postgresql=[_OTHER_ROWS])
