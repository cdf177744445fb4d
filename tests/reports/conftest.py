"""A made-up class: every verdict, every exhibit, and names that mean harm."""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from grader.grade import Grade, MarkedFinding
from grader.reports.class_report import ClassReport
from grader.verdict import Finding, Verdict

NAMES = [
    "Nguyễn Thị Ánh Tuyết", "Trần Văn Đức", "Lê Hoàng Phương Uyên", "Phạm Quốc Bảo", "Đặng Minh Châu",
    "Võ Thị Kim Ngân", "Bùi Gia Huy", "Hồ Ngọc Hà", "Ngô Đình Khôi", "Lý Thu Thảo", "Đỗ Hải Đăng",
    "Huỳnh Tấn Phát", "Nguyễn Phúc Bảo Ân", "Trương Mỹ Linh",
    "<script>alert(1)</script>", "../../x", "=cmd()", "a/b\\c", "\x1b[31mred\x1b[0m [bold]loud[/bold]",
    "x" * 300,
]  # fmt: skip

TITLES = {
    "conv-output-shape": "Output shape of a convolution",
    "pooling-parameters": "Parameters of pooling layers",
    "pointwise-bottleneck": "A pointwise bottleneck",
    "padding-same": "Padding that keeps the size",
    "receptive-field": "Receptive field of stacked convolutions",
    "batchnorm-statistics": "What BatchNormalization learns",
    "feature-scaling": "Why features are scaled",
    "augmentation": "Which augmentations keep the label",
    "dropout-at-inference": "Dropout when predicting",
    "transfer-head": "A head for transfer learning",
}

HINTS = [
    "The stride divides first, then 1 is added.",
    "`padding='same'` adds zeros on both sides, so the size stays.",
    "The statistics of the scaler come from the training part alone.",
    "",
]


def layers_exhibit(count: int = 40) -> dict[str, Any]:
    """Return a layer diff of *count* rows, some of each kind of change."""
    rows = []
    for n in range(count):
        side = 64 - n
        cell = {"kind": "Conv2D", "output_shape": [None, side, side, 32], "parameters": 9248}
        other = {**cell, "output_shape": [None, side - 1, side - 1, 32], "parameters": 9248 + n}
        change = {7: "extra", 15: "missing", 21: "changed", 22: "shifted", 23: "shifted"}.get(n, "same")
        why = {"changed": "kernel_size is 5, expected 3", "extra": "one Conv2D too many"}.get(change, "")
        found = None if change == "missing" else cell
        expected = None if change == "extra" else (cell if change == "same" else other)
        rows.append({"change": change, "found": found, "expected": expected, "why": why})
    totals = {"total": 369_920, "trainable": 369_000, "non_trainable": 920}
    return {
        "kind": "layers",
        "rows": rows,
        "totals": {"found": totals, "expected": {**totals, "total": 370_000}},
    }


def curves_exhibit(seed: int = 1) -> dict[str, Any]:
    """Return six trainings."""
    dice = random.Random(seed)  # noqa: S311 - made-up curves, no secret
    arms = {
        arm: [
            {
                "seed": n,
                "accuracies": [top - 0.6 / (e + 1) + dice.random() * 0.05 for e in range(30)],
                "losses": [1.0],
            }
            for n in (1, 2, 3)
        ]
        for arm, top in (("raw", 0.72), ("scaled", 0.95))
    }
    return {
        "kind": "curves",
        "arms": arms,
        "thresholds": {"accuracy_at_least": 0.9, "raw_accuracy_at_most": 0.8},
    }


def values_exhibit() -> dict[str, Any]:
    """Return calls with an array window."""
    rows = [[0.125 * (i + j) for j in range(8)] for i in range(8)]
    wrong = [
        [cell if (i, j) != (3, 4) else "nan" for j, cell in enumerate(row)] for i, row in enumerate(rows)
    ]
    window = {"kind": "array", "found": wrong, "expected": rows, "worst": [13, 24], "origin": [10, 20]}
    cases = [
        {"call": "f([28, 28, 1], 8, 3)", "found": "(28, 28, 8)", "expected": "(26, 26, 8)", "right": False},
        {"call": "f([28, 28, 1], 8, 1)", "found": "(28, 28, 8)", "expected": "(28, 28, 8)", "right": True},
        {"call": "f('<b>[red]')", "found": "\x1b[31m<script>", "expected": "SECRET-VALUE", "right": False},
    ]
    return {"kind": "values", "cases": cases, "array": window}


EXHIBITS: list[Callable[[], dict[str, Any]]] = [layers_exhibit, curves_exhibit, values_exhibit, dict]
MESSAGES = [
    "`f(3)`: found 3; expected 4. Count the padding on both sides.",
    "Raised ValueError: <b>bad</b> [red]shape[/red] \x1b[2J at line 3",
    "",
]


def make_grade(student: str, exercise: str, dice: random.Random) -> Grade:
    """Return a grade with a visible and two hidden findings, or one of the rarer verdicts."""
    verdicts = dice.choice([[Verdict.PASSED] * 3] * 3 + [[dice.choice(list(Verdict)) for _ in range(3)]] * 2)
    if dice.random() < 0.1:
        verdicts = [Verdict.NOT_ATTEMPTED] * 3
    findings = tuple(_marked(n, verdict, dice) for n, verdict in enumerate(verdicts))
    scores = [one.score for one in findings]
    score = None if None in scores else sum(filter(None, scores))
    return Grade(
        student=student,
        submission=f"in/{student}.ipynb",
        sha256="ab" * 32,
        exercise=exercise,
        score=score,
        max_score=3.5,
        needs_review=score is None or any(one.finding.self_reported for one in findings),
        seconds=dice.random(),
        findings=findings,
        notes=("cell 2: `!pip install` was left out",) if dice.random() < 0.1 else (),
    )


def _marked(number: int, verdict: Verdict, dice: random.Random) -> MarkedFinding:
    worth = (0.5, 1.0, 2.0)[number]
    credit = {Verdict.PASSED: 1.0, Verdict.FAILED: dice.choice([0.0, 0.5, 1 / 3])}.get(verdict, 0.0)
    wrong = verdict is not Verdict.PASSED
    secret = "" if number == 0 else "SECRET-MESSAGE "
    return MarkedFinding(
        check=("equals[valid]", "layers[network]", "trains[network]")[number],
        finding=Finding(
            verdict=verdict,
            credit=credit,
            message=secret + dice.choice(MESSAGES) if wrong else "",
            hint=dice.choice(HINTS) if wrong else "",
            self_reported=dice.random() < 0.03,
            exhibit=dice.choice(EXHIBITS)(),
        ),
        score=None if verdict is Verdict.UNGRADED else credit * worth,
        max_score=worth,
        visible=number == 0,
    )


def make_class(names: list[str], titles: dict[str, str]) -> ClassReport:
    """Return a class report with a grade for each student and exercise."""
    dice = random.Random(7)  # noqa: S311 - a made-up class, no secret
    grades = tuple(make_grade(name, exercise, dice) for name in names for exercise in titles)
    return ClassReport(
        assignment="Convolutional networks",
        grades=grades,
        titles=titles,
        max_points=35.0,
        created=datetime(2026, 11, 21, 13, 5, tzinfo=UTC),
        environment={
            "keras": "3.15.0",
            "tensorflow": "2.21.0",
            "isolation": "bubblewrap",
            "seeds": [1, 2, 3],
        },
        warning="Graded without isolation: student code could read this machine's files.",
    )


@pytest.fixture
def report() -> ClassReport:
    """Return twenty students at ten exercises."""
    return make_class(NAMES, TITLES)


@pytest.fixture
def grades(report: ClassReport) -> tuple[Grade, ...]:
    """Return the class's grades."""
    return report.grades


@pytest.fixture
def titles() -> dict[str, str]:
    """Return the exercises' titles."""
    return dict(TITLES)


@pytest.fixture
def marked() -> Callable[..., MarkedFinding]:
    """Make a finding worth two points; anything can be given."""

    def make(verdict: Verdict = Verdict.PASSED, **given: Any) -> MarkedFinding:
        score = {Verdict.PASSED: 2.0, Verdict.UNGRADED: None}.get(verdict, 0.0)
        usual = {"check": "equals[valid]", "score": score, "max_score": 2.0, "visible": True}
        own = {key: given.pop(key) for key in tuple(given) if key in usual}
        return MarkedFinding(**{**usual, **own}, finding=Finding(verdict=verdict, **given))

    return make


@pytest.fixture
def graded(marked: Callable[..., MarkedFinding]) -> Callable[..., Grade]:
    """Make a grade of one finding; anything can be given."""

    def make(verdict: Verdict = Verdict.PASSED, **given: Any) -> Grade:
        one = marked(verdict)
        usual = {
            "student": "an", "submission": "an.ipynb", "sha256": "0" * 64, "exercise": "one",
            "score": one.score, "max_score": 2.0, "needs_review": one.score is None, "seconds": 0.5,
            "findings": (one,),
        }  # fmt: skip
        return Grade(**{**usual, **given})

    return make


@pytest.fixture
def malformed() -> Iterator[Any]:
    """Return exhibits that are not what they should be."""
    cut = layers_exhibit(3)
    return iter([
        {}, {"kind": "layers"}, {"kind": "nonsense"}, {"kind": None}, {"kind": ["layers"]},
        {"kind": "layers", "rows": 3}, {"kind": "layers", "rows": [{"change": "worse"}]},
        {**cut, "totals": {"found": 1}},
        {"kind": "layers", "rows": [{"change": "same", "found": {"kind": 1}}]},
        {"kind": "layers", "rows": [{"change": "same", "found": {"kind": "D", "parameters": 10**6000}}]},
        {"kind": "layers", "rows": []}, {"kind": "layers", "rows": [{"change": "same"}]},
        {"kind": "curves"}, {"kind": "curves", "arms": {}}, {"kind": "curves", "arms": {"raw": [{}]}},
        {"kind": "curves", "arms": {"raw": [{"accuracies": [float("nan"), None, float("inf")]}]}},
        {"kind": "curves", "arms": {"raw": [{"accuracies": [1e300, -1e300]}]},
         "thresholds": {"accuracy_at_least": float("nan")}},
        {"kind": "values", "cases": [{}]}, {"kind": "values", "cases": [], "array": 3},
        {"kind": "array", "found": [[]], "expected": []}, {"kind": "array", "found": [1], "expected": [[1]]},
        {"kind": "array", "found": [[None, True, 1e999]], "expected": [["x" * 999]], "worst": [9, 9]},
    ])  # fmt: skip
