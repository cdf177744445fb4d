"""The tables. Rows are only ever added; in SQLite, triggers refuse anything else."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    DDL,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    event,
)

FORMAT = "grader.gradebook"
VERSION = 1

ESCAPES = re.compile(r"\\(\\|u[0-9a-f]{4})")
UNSTORABLE = re.compile(r"[\\\x00\ud800-\udfff]")


def now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


class AnyText(TypeDecorator[str]):
    """Text of any kind, kept exactly.

    File names from foreign archives hold lone surrogates and NUL, which databases refuse. Those, and
    the backslash, are written as escapes; every other name is stored as it reads.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> str | None:
        """Escape what a database cannot hold."""
        return None if value is None else UNSTORABLE.sub(_escape, value)

    def process_result_value(self, value: str | None, _dialect: Dialect) -> str | None:
        """Undo the escapes."""
        return None if value is None else ESCAPES.sub(_unescape, value)


def _escape(match: re.Match[str]) -> str:
    return r"\\" if match[0] == "\\" else f"\\u{ord(match[0]):04x}"


def _unescape(match: re.Match[str]) -> str:
    return "\\" if match[1] == "\\" else chr(int(match[1][1:], 16))


class AnyJson(TypeDecorator[Any]):
    """JSON as text: exhibits may hold NaN, which a database's own JSON type refuses."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, _dialect: Dialect) -> str:
        """Write JSON in plain ASCII."""
        return written_json(value)

    def process_result_value(self, value: str | None, _dialect: Dialect) -> Any:
        """Read it back."""
        return None if value is None else json.loads(value)


def written_json(value: Any) -> str:
    """Return *value* as JSON; what has no JSON form goes in as its ``str``."""
    return json.dumps(value, default=_plain)


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else str(value)


metadata = MetaData()

about = Table(
    "about",
    metadata,
    Column("format", String(40), primary_key=True),
    Column("version", Integer, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("started", DateTime(timezone=True), nullable=False, default=now),
    Column("isolation", Text, nullable=False),
    Column("environment", AnyJson, nullable=False),
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run", ForeignKey(runs.c.id), nullable=False),
    Column("student", AnyText, nullable=False),
    Column("submission", AnyText, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("exercise", AnyText, nullable=False),
    Column("fingerprint", AnyText, nullable=False),
    Column("score", Float),
    Column("max_score", Float, nullable=False),
    Column("needs_review", Boolean, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("findings", AnyJson, nullable=False),
    Column("notes", AnyJson, nullable=False),
    Column("created", DateTime(timezone=True), nullable=False, default=now),
    # AUTOINCREMENT keeps ids growing, so that the greatest id is always the newest attempt.
    sqlite_autoincrement=True,
)
Index("attempts_by_student", attempts.c.student, attempts.c.exercise, attempts.c.sha256)


def _guards() -> Iterator[tuple[Table, str]]:
    for table in (about, runs, attempts):
        for deed in ("UPDATE", "DELETE"):
            yield (
                table,
                (
                    f"CREATE TRIGGER no_{deed.lower()}_of_{table.name} BEFORE {deed} ON {table.name} "
                    "BEGIN SELECT RAISE(ABORT, 'a gradebook is append-only'); END"
                ),
            )


for _table, _statement in _guards():
    event.listen(_table, "after_create", DDL(_statement).execute_if(dialect="sqlite"))  # type: ignore[no-untyped-call]
