"""Two models compared step by step: which steps are the same, changed, extra, missing or merely shifted."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from grader.checks.architecture.alignment import Pair, align
from grader.checks.architecture.steps import SOURCE, Step, Steps

# Their inputs may come in any order. Concatenate permutes channels, which the next layer's weights undo.
COMMUTATIVE = frozenset({"Add", "Average", "Concatenate", "Maximum", "Minimum", "Multiply"})

OTHER_KIND = 1.5
CHANGED = 0.6
SHIFTED = 0.02


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One row of the comparison: ``same``, ``extra``, ``missing``, ``changed`` or ``shifted``, and why.

    A row that ``follows`` is part of the difference before it.
    """

    change: str
    found: Step | None
    expected: Step | None
    why: str = ""
    follows: bool = False

    @property
    def counts(self) -> bool:
        """Whether the row is a difference of its own, and not the consequence of another."""
        return self.change in {"extra", "missing", "changed"} and not self.follows

    @property
    def step(self) -> Step:
        """The student's step, or the reference's where there is none."""
        found = self.found or self.expected
        if found is None:
            raise ValueError("a change has a step on one side at least")
        return found


def compare(found: Steps, expected: Steps) -> tuple[Change, ...]:
    """Return the comparison with the fewest differences: rows as listed, or both in canonical order."""
    listed = _compare(found, expected)
    if not any(change.counts for change in listed):
        return listed
    canonical = _compare(canonical_order(found), canonical_order(expected))
    return min(listed, canonical, key=lambda changes: sum(change.counts for change in changes))


def _compare(found: Steps, expected: Steps) -> tuple[Change, ...]:
    pairs = align(found, expected, step_cost)
    links = _Links(found, expected, pairs)
    return _joined([_change(found, expected, pair, links) for pair in pairs])


def _joined(changes: Sequence[Change]) -> tuple[Change, ...]:
    """Let a fused activation follow its layer when both are extra or both are missing: that is one layer."""
    alone = {(one.change, one.step.name) for one in changes if one.change in {"extra", "missing"}}
    return tuple(replace(one, follows=(one.change, one.step.part_of) in alone) for one in changes)


def step_cost(found: Step, expected: Step) -> float:
    """Return what it takes to accept *found* for *expected*: from 0 for the same to 1.5 for another kind."""
    if found.kind != expected.kind:
        return OTHER_KIND
    reasons = own_differences(found, expected)
    shifted = SHIFTED * (found.output_shape != expected.output_shape) + SHIFTED * (
        found.parameters != expected.parameters
    )
    return shifted + (CHANGED + 0.3 * min(1.0, len(reasons) / 5) if reasons else 0.0)


def own_differences(found: Step, expected: Step) -> list[str]:
    """Return how two steps of one kind differ in themselves, whatever is fed to them."""
    names = sorted({*found.settings, *expected.settings})
    wrong = [name for name in names if not _same_setting(name, found, expected)]
    texts = [f"{name} is {_setting(found, name)}, expected {_setting(expected, name)}" for name in wrong]
    if found.frozen != expected.frozen:
        texts.append(
            "it is frozen, expected trainable" if found.frozen else "it is trainable, expected frozen"
        )
    return texts


def _same_setting(name: str, found: Step, expected: Step) -> bool:
    if found.settings.get(name) == expected.settings.get(name):
        return True
    # Two words for the same zeros, such as valid and same for a 1x1 kernel.
    return name == "padding" and found.pads is not None and found.pads == expected.pads


def _setting(step: Step, name: str) -> str:
    value: Any = step.settings.get(name)
    return repr(value) if isinstance(value, str) else str(value)


def _change(found: Steps, expected: Steps, pair: Pair, links: "_Links") -> Change:
    one = found[pair[0]] if pair[0] is not None else None
    other = expected[pair[1]] if pair[1] is not None else None
    if one is None or other is None:
        return Change(change="missing" if one is None else "extra", found=one, expected=other)
    reasons = _reasons(one, other) + links.reasons(one, other)
    if reasons:
        return Change(change="changed", found=one, expected=other, why="; ".join(reasons))
    same = one.output_shape[1:] == other.output_shape[1:] and one.parameters == other.parameters
    why = "" if same else "its input has another shape because of a difference before it"
    return Change(change="same" if same else "shifted", found=one, expected=other, why=why)


def _reasons(found: Step, expected: Step) -> list[str]:
    if found.kind != expected.kind:
        return [f"expected {expected.label}"]
    reasons = own_differences(found, expected)
    if reasons or _shapes(found) != _shapes(expected):
        return reasons
    # Fed with the same shapes and set alike, it must give the same; else something unseen differs.
    if found.output_shape[1:] != expected.output_shape[1:]:
        return [f"its output shape is {found.output_shape}, expected {expected.output_shape}"]
    if found.parameters != expected.parameters:
        return [f"it has {found.parameters:,} parameters, expected {expected.parameters:,}"]
    return []


def _shapes(step: Step) -> list[tuple[int | None, ...]]:
    shapes = [shape[1:] for shape in step.input_shapes]
    return sorted(shapes, key=str) if step.kind in COMMUTATIVE else shapes


class _Links:
    """Who feeds whom on both sides, seen through extra and missing steps."""

    def __init__(self, found: Steps, expected: Steps, pairs: Sequence[Pair]) -> None:
        """Remember which step of *found* stands for which of *expected*."""
        self._twins = {found[i].name: expected[j].name for i, j in pairs if i is not None and j is not None}
        self._found = {step.name: step for step in found}
        self._expected = {step.name: step for step in expected}

    def reasons(self, found: Step, expected: Step) -> list[str]:
        """Return how the inputs of two paired steps differ."""
        paired = set(self._twins.values())
        left = [
            self._twins.get(name, name)
            for name in (_through(one, self._found, set(self._twins)) for one in found.inputs)
        ]
        right = [_through(name, self._expected, paired) for name in expected.inputs]
        if found.kind in COMMUTATIVE:
            left, right = sorted(left), sorted(right)
        return [] if left == right else ["it is fed by other layers than expected"]


def _through(name: str, steps: Mapping[str, Step], paired: set[str]) -> str:
    """Return the nearest paired step, or model input, at or before *name* along first inputs."""
    seen: set[str] = set()
    while name in steps and name not in paired and steps[name].inputs and name not in seen:
        seen.add(name)
        name = steps[name].inputs[0]
    return name


def canonical_order(steps: Steps) -> Steps:
    """Return *steps* in an order that does not depend on the order in which branches were written."""
    known, marks = {step.name: step for step in steps}, _signatures(steps)
    fed = {name for step in steps for name in step.inputs}
    ordered: dict[str, Step] = {}
    todo = [
        (step.name, False)
        for step in sorted(steps, key=lambda one: (one.name in fed, marks[one.name]), reverse=True)
    ]
    while todo:
        name, ready = todo.pop()
        if name in ordered or name not in known:
            continue
        if ready:
            ordered[name] = known[name]
            continue
        feeds = known[name].inputs
        if known[name].kind in COMMUTATIVE:
            feeds = tuple(sorted(feeds, key=lambda one: marks.get(one, one)))
        todo += [(name, True), *((feed, False) for feed in reversed(feeds))]
    return tuple(ordered.values())


def _signatures(steps: Steps) -> dict[str, str]:
    """Return for each step a hash of everything that is computed up to it."""
    marks: dict[str, str] = {}
    for step in steps:
        feeds = [marks.get(name, name if name.startswith(SOURCE) else "") for name in step.inputs]
        feeds = sorted(feeds) if step.kind in COMMUTATIVE else feeds
        text = repr((step.kind, sorted(step.settings.items(), key=str), step.pads, feeds))
        marks[step.name] = hashlib.sha256(text.encode()).hexdigest()
    return marks
