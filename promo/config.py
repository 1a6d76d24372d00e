"""Settings: read once from the environment, checked at start, the same for web, worker and commands."""

from __future__ import annotations

import base64
import os
import secrets
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent


class BadSettings(Exception):
    """A setting is missing or wrong; the text names each and says what to do."""


class Settings(BaseSettings):
    """Every setting of Promo. Environment names carry the prefix ``PROMO_``, but for ``PORT``."""

    model_config = SettingsConfigDict(env_prefix="PROMO_", extra="ignore", frozen=True)

    port: int = Field(5000, ge=1, le=65535, validation_alias="PORT")
    data_dir: Path = ROOT / "var"
    database_url: str = ""
    files_url: str = ""
    redis_url: str = ""
    mail_url: str = ""
    mail_from: str = "Promo <promo@localhost>"
    base_url: str = ""
    secret_key: str = ""
    signing_key: str = ""
    face: Literal["public", "staff", "both"] = "both"
    demo: bool = False
    secure_cookies: bool = False
    testing: bool = False
    log_format: Literal["json", "text"] = "json"
    scanner: str = ""  # package.module:function that makes a malware scanner

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if value and not value.startswith(("sqlite://", "postgresql://", "postgresql+psycopg://")):
            raise ValueError("must begin with sqlite:// or postgresql://")
        return value.replace("postgresql://", "postgresql+psycopg://", 1)

    @field_validator("mail_url")
    @classmethod
    def _known_mail(cls, value: str) -> str:
        if value and not value.startswith(("smtp://", "smtps://")):
            raise ValueError("must begin with smtp:// or smtps://")
        return value

    @field_validator("files_url")
    @classmethod
    def _known_store(cls, value: str) -> str:
        if value and not value.startswith(("file://", "s3://")):
            raise ValueError("must begin with file:// or s3://")
        return value

    @field_validator("redis_url")
    @classmethod
    def _known_redis(cls, value: str) -> str:
        if value and not value.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("must begin with redis://, rediss:// or unix://")
        return value

    @field_validator("secret_key", "signing_key")
    @classmethod
    def _long_enough(cls, value: str) -> str:
        if value and len(value) < 32:
            raise ValueError("must have at least 32 characters")
        return value

    @model_validator(mode="after")
    def _fill_defaults(self) -> Settings:
        set_ = object.__setattr__
        self.data_dir.mkdir(parents=True, exist_ok=True)
        if not self.database_url:
            set_(self, "database_url", f"sqlite:///{self.data_dir / 'promo.db'}")
        if not self.files_url:
            set_(self, "files_url", f"file://{self.data_dir / 'files'}")
        if not self.base_url:
            set_(self, "base_url", f"http://127.0.0.1:{self.port}")
        for name in ("secret_key", "signing_key"):
            if not getattr(self, name):
                set_(self, name, kept_key(self.data_dir, name))
        return self

    @property
    def sqlite(self) -> bool:
        """Whether the database is SQLite."""
        return self.database_url.startswith("sqlite")


def kept_key(folder: Path, name: str) -> str:
    """Return the key kept in ``folder/keys/name``, made at first use and readable by its owner only.

    Two processes that start at once agree: the file is created exclusively, the loser reads the winner's.
    """
    path = folder / "keys" / name
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = base64.urlsafe_b64encode(secrets.token_bytes(48)).decode()
    temporary = path.with_name(f".{name}.{os.getpid()}.{secrets.token_hex(4)}")
    temporary.touch(mode=0o600)
    temporary.write_text(fresh)
    try:
        os.link(temporary, path)  # fails when the key exists: an atomic "create once, complete"
    except FileExistsError:
        pass
    finally:
        temporary.unlink()
    return path.read_text().strip()


def load(**overrides: object) -> Settings:
    """Read the settings; raise :class:`BadSettings` naming each wrong one."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        lines = [f"{_environment_name(e['loc'])}: {e['msg']}" for e in error.errors()]
        raise BadSettings("Settings refused:\n  " + "\n  ".join(lines)) from error


def _environment_name(location: tuple[int | str, ...]) -> str:
    name = str(location[0]) if location else "settings"
    return name if name == "PORT" else f"PROMO_{name.upper()}"


_current: Settings | None = None


def use(settings: Settings) -> None:
    """Make these the settings of the process."""
    global _current
    _current = settings


def settings() -> Settings:
    """Return the settings of the process, read from the environment at first use."""
    if _current is None:
        use(load())
    assert _current is not None
    return _current
