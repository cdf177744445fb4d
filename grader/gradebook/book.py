"""The gradebook: runs and attempts, only ever added to."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, Engine, Select, func, insert, select

from grader.grade import Grade
from grader.gradebook.opening import open_engine, trouble_explained
from grader.gradebook.rows import grade_of, is_settled, row_of
from grader.gradebook.tables import attempts, runs

#: Read at a time: a class of 1,000 students has 10,000 grades and more.
ROWS = 200


def open_gradebook(target: str | Path) -> "Gradebook":
    """Open the gradebook at *target*, a path or a database URL; a new one is made when nothing is there."""
    return Gradebook(open_engine(target))


class Gradebook:
    """An append-only store of grades, to be used from any number of threads and processes.

    Nothing is kept in memory between calls. After a fork the child must open the gradebook itself.
    """

    def __init__(self, engine: Engine) -> None:
        """Keep the *engine*; use :func:`open_gradebook`, which also looks whether it is a gradebook."""
        self._engine = engine

    def begin(self, environment: Mapping[str, Any]) -> int:
        """Begin a run and return its id. ``environment["isolation"]`` is also kept in its own column."""
        isolation = str(environment.get("isolation", ""))
        with self._writing() as connection:
            row = insert(runs).values(environment=dict(environment), isolation=isolation)
            return int(connection.execute(row.returning(runs.c.id)).scalar_one())

    def record(self, run: int, grades: Sequence[Grade], fingerprints: Mapping[str, str]) -> None:
        """Add one submission's *grades* in one transaction: all of them, or none.

        *fingerprints* are the exercises' own, by id. On return the grades are on the disk.
        """
        rows = [
            {**row_of(grade), "run": run, "fingerprint": fingerprints[grade.exercise]} for grade in grades
        ]
        if not rows:
            return
        with self._writing() as connection:
            connection.execute(insert(attempts), rows)

    def find(self, student: str, sha256: str, exercise: str, fingerprint: str) -> Grade | None:
        """Return the newest settled grade of this very file on this very exercise, or ``None``.

        An attempt with an ungraded finding is passed over, so that work begun again tries it again.
        """
        wanted = select(attempts).where(
            attempts.c.student == student,
            attempts.c.sha256 == sha256,
            attempts.c.exercise == exercise,
            attempts.c.fingerprint == fingerprint,
        )
        newest_first = self._grades(wanted.order_by(attempts.c.id.desc()))
        return next(filter(is_settled, newest_first), None)

    def settled(self, files: AbstractSet[tuple[str, str]], fingerprints: Collection[str]) -> list[Grade]:
        """Return what :meth:`find` finds for each of *files*, pairs of student and SHA-256, in one reading.

        In the order of student and exercise.
        """
        wanted = select(attempts).where(attempts.c.fingerprint.in_(fingerprints)).order_by(attempts.c.id)
        newest = {
            (grade.student, grade.exercise): grade
            for grade in self._grades(wanted)
            if (grade.student, grade.sha256) in files and is_settled(grade)
        }
        return [newest[key] for key in sorted(newest)]

    def latest(self) -> list[Grade]:
        """Return the newest attempt of each student at each exercise, by student, then exercise."""
        newest = select(func.max(attempts.c.id)).group_by(attempts.c.student, attempts.c.exercise)
        grades = self._grades(select(attempts).where(attempts.c.id.in_(newest)))
        return sorted(grades, key=lambda grade: (grade.student, grade.exercise))

    def environments(self) -> list[dict[str, Any]]:
        """Return the environments that each student's newest attempts were graded in, without repetitions."""
        newest = select(func.max(attempts.c.id)).group_by(attempts.c.student, attempts.c.exercise)
        used = select(attempts.c.run).where(attempts.c.id.in_(newest))
        query = select(runs.c.environment).where(runs.c.id.in_(used)).order_by(runs.c.id)
        found: list[dict[str, Any]] = []
        with self._reading() as connection:
            for environment in connection.execute(query).scalars():
                if environment not in found:
                    found.append(dict(environment))
        return found

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        """Return the gradebook itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    def _grades(self, query: Select[Any]) -> Iterator[Grade]:
        with self._reading() as connection:
            for row in connection.execution_options(yield_per=ROWS).execute(query).mappings():
                yield grade_of(dict(row))

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with trouble_explained(self._engine.url), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        reading = self._engine.execution_options(reading=True)
        with trouble_explained(self._engine.url), reading.connect() as connection:
            yield connection
