"""A model's table judged by one check."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from grader.checks.judge import KnownMistake, judge
from grader.evidence import Evidence, ExportedModel, Facts, Happening, LayerTable, Outcome, Refusal
from grader.exercise import Exercise
from grader.verdict import Finding

MODEL = Evidence(outcomes=(Outcome(happening=Happening.RETURNED, value=ExportedModel(config={})),))


def _facts(table: LayerTable | Refusal | None) -> Facts:
    return Facts(evidence={"net": MODEL}, tables={"net": table} if table else {})


@pytest.fixture
def look(exercise: Callable[..., Exercise]) -> Callable[..., Finding]:
    """Judge check *name* on the table *found*, beside the table *expected*."""

    def judged(
        name: str,
        found: LayerTable | Refusal | None,
        expected: LayerTable | None = None,
        mistakes: Mapping[str, LayerTable] | None = None,
        **settings: Any,
    ) -> Finding:
        asked = exercise({"net": {"call": "build_model"}}, [{name: {"of": "net", **settings}}])
        known = [
            KnownMistake(name=hint, hint=hint, facts=_facts(table))
            for hint, table in (mistakes or {}).items()
        ]
        reference = _facts(expected) if expected else None
        (finding,) = judge(asked, _facts(found), reference, known).values()
        return finding

    return judged
