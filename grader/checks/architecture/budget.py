"""The check ``budget``: limits on a model of the student's own design."""

from collections.abc import Iterator

from grader.checks.architecture.plain import functions, unusual
from grader.checks.architecture.tables import marked, student_table
from grader.checks.case import Case
from grader.checks.wording import listing
from grader.evidence import LayerRow, LayerTable
from grader.exercise import Budget
from grader.verdict import Finding, failed, passed


def budget(case: Case) -> Finding:
    """Judge that the model keeps every limit; list all that are broken."""
    table = student_table(case)
    if isinstance(table, Finding):
        return table
    broken = list(_broken(table, case.settings(Budget)))
    if not broken:
        return marked(passed(f"{table.parameters:,} parameters"), table)
    return marked(
        failed(f"{'; '.join(broken)}. Change the model until model.summary() keeps every limit."), table
    )


def _broken(table: LayerTable, settings: Budget) -> Iterator[str]:
    if table.self_reported and table.parameters == 0:
        yield "the number of parameters is not known: a subclass of keras.Model has none before it is called"
        return
    most, least = settings.parameters_at_most, settings.parameters_at_least
    if most is not None and table.parameters > most:
        yield f"found {table.parameters:,} parameters, expected at most {most:,}"
    if least is not None and table.parameters < least:
        yield f"found {table.parameters:,} parameters, expected at least {least:,}"
    yield from _kinds(table, settings)
    for row in table.rows:
        yield from (
            f"found {row.kind} with {each}, expected Keras's default" for each in _unusual(row, settings)
        )


def _kinds(table: LayerTable, settings: Budget) -> Iterator[str]:
    kinds = {row.kind for row in table.rows} - {"InputLayer"}
    shown = listing(sorted(kinds)) or "none"
    for kind in settings.requires:
        if kind not in kinds:
            yield f"found no {kind} among the layers ({shown}), expected one"
    for kind in settings.forbids:
        if kind in kinds:
            yield f"found {kind}, expected none"
    yield from _strange(kinds, settings.only)
    applied = {f"the activation {function}" for row in table.rows for function in functions(row)}
    usual = None if settings.activations is None else ["linear", *settings.activations]
    yield from _strange(applied, usual, "the activation ")


def _strange(found: set[str], only: list[str] | None, what: str = "") -> Iterator[str]:
    known = {f"{what}{name}" for name in only or ()}
    for name in sorted(found - known) if only is not None else ():
        yield f"found {name}, expected only {listing(only or (), most=12)}"


def _unusual(row: LayerRow, settings: Budget) -> Iterator[str]:
    return unusual(row) if settings.plain else iter(())
