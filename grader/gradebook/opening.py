"""Opening the database behind a gradebook: where it is, whether it is ours, and how it is set up."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, insert, inspect, make_url, select
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from grader.errors import GraderError, UsageError
from grader.gradebook.tables import FORMAT, VERSION, about, metadata

BUSY_SECONDS = 30.0


def open_engine(target: str | Path) -> Engine:
    """Return an engine on the gradebook at *target*, a path or a database URL, made if it is new."""
    url = _url(target)
    if (path := _file(url)) is not None:
        _prepare(path)
    engine = _engine(url)
    try:
        with _unusable_explained(url), engine.begin() as connection:
            _make_sure_it_is_ours(connection, name_of(url))
        _write_ahead(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


def shown(target: str | Path) -> str:
    """How *target*, a path or a database URL, reads on a screen: without its password."""
    return name_of(_url(target))


def name_of(url: URL) -> str:
    """How *url* reads in a message: the path of a file, otherwise the URL without its password."""
    path = _file(url)
    return url.render_as_string(hide_password=True) if path is None else str(path)


@contextmanager
def trouble_explained(url: URL) -> Iterator[None]:
    """Turn a full disk, a lock or a lost database into a GraderError that says what to do."""
    try:
        yield
    except SQLAlchemyError as error:
        raise GraderError(
            f"The gradebook {name_of(url)} did not accept this: {_cause(error)}. Nothing is lost: every "
            f"submission graded before is in it. {_remedy(_cause(error))} Then run the same command again; "
            "it goes on from there."
        ) from error


def _url(target: str | Path) -> URL:
    if isinstance(target, Path) or "://" not in target:
        return URL.create("sqlite", database=str(target))
    try:
        return make_url(target)
    except ArgumentError as error:
        raise UsageError(
            "The gradebook's URL cannot be read; expected a path, or a URL such as "
            "postgresql+psycopg://user@host/name."
        ) from error


def _file(url: URL) -> Path | None:
    in_memory = url.database in (None, "", ":memory:")
    if url.get_backend_name() != "sqlite" or in_memory or str(url.database).startswith("file:"):
        return None
    return Path(str(url.database))


def _prepare(path: Path) -> None:
    if path.is_dir():
        example = path / "gradebook.sqlite"
        raise UsageError(f"The gradebook {path} is a folder; expected a file, such as {example}.")
    if not path.parent.is_dir():
        raise UsageError(f"The gradebook's folder {path.parent} is not there; make it, or name another.")
    if path.exists():
        # Asked, not tried: closing a file that SQLite has open in this process would drop SQLite's locks.
        if not os.access(path, os.R_OK | os.W_OK):
            raise UsageError(f"The gradebook {path} cannot be written: you have no right to.")
        return
    try:
        # Made here, before SQLite does, so that it is never readable by others, not for a moment.
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        return  # somebody else was faster, and made it the same way
    except OSError as error:
        raise UsageError(f"The gradebook {path} cannot be written: {error.strerror}.") from error


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return _server_engine(url)
    # A database in memory belongs to its connection, so all threads take turns with one.
    pool = {} if _file(url) else {"pool_size": 1, "max_overflow": 0}
    given = {"timeout": BUSY_SECONDS, "check_same_thread": False}
    engine = create_engine(url, poolclass=QueuePool, connect_args=given, **pool)
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    return engine


def _server_engine(url: URL) -> Engine:
    try:
        return create_engine(url, pool_pre_ping=True)
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise UsageError(f"No driver for {name_of(url)}: {error}. Install it, or name a file.") from error


def _set_up(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # transactions are ours to begin, see _begin
    cursor = connection.cursor()
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    # Taking the write lock at once lets two writers queue; a lock taken half-way fails instead of waiting.
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _make_sure_it_is_ours(connection: Connection, name: str) -> None:
    tables = set(inspect(connection).get_table_names())
    if not tables:
        metadata.create_all(connection)
        connection.execute(insert(about).values(format=FORMAT, version=VERSION))
        return
    version = connection.execute(_version()).scalar_one_or_none() if about.name in tables else None
    if version is None:
        raise UsageError(f"{name} is a database, but not a gradebook; name another file.")
    if version > VERSION:
        raise UsageError(
            f"The gradebook {name} was made by a newer grader (format {version}, this one knows "
            f"{VERSION}); upgrade keras-grader, or name another file."
        )


def _write_ahead(engine: Engine) -> None:
    """Let readers and a writer of a SQLite file work side by side.

    Done only after the file is known to be ours: this changes the file. When somebody else is busy
    with it right now, it is theirs to do; until then all is as safe, and only slower.
    """
    if engine.dialect.name != "sqlite":
        return
    with suppress(DBAPIError), engine.connect() as connection:
        raw = connection.connection.cursor()
        raw.execute("PRAGMA journal_mode=WAL")
        raw.close()


def _version() -> Any:
    return select(about.c.version).where(about.c.format == FORMAT)


@contextmanager
def _unusable_explained(url: URL) -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        cause = _cause(error)
        if "not a database" in cause:
            raise UsageError(f"{name_of(url)} is not a gradebook; name another file.") from error
        raise UsageError(f"The gradebook {name_of(url)} cannot be used: {cause}. {_remedy(cause)}") from error


def _cause(error: SQLAlchemyError) -> str:
    said = str(error.orig) if isinstance(error, DBAPIError) and error.orig else str(error)
    return said.strip().splitlines()[0].rstrip(".") if said.strip() else type(error).__name__


def _remedy(cause: str) -> str:
    remedies = {
        "full": "Free some space on that disk.",
        "locked": "Another program holds it: wait for that, or close it.",
        "readonly": "Give yourself the right to write to the file and its folder.",
        "unable to open": "Look whether the folder is still there and may be written to.",
        "disk I/O": "Look at the disk; on a network drive, keep the gradebook on a local one.",
    }
    fitting = (remedy for key, remedy in remedies.items() if key in cause)
    return next(fitting, "Look whether the database can be reached.")
