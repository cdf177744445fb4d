"""Makes the class: its folders, its limits, who is honest, and who does what."""

import json
import random
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.endurance.honest import EXERCISES, HONEST_PART, VARIANTS
from benchmarks.endurance.hostile import ACTS

ROOT = Path(__file__).parents[2]
ASSIGNMENT = "endurance"
#: Small, so that what hangs costs little; an honest answer needs a tenth, and has room on a busy machine.
#: Ending a fork bomb's 64 processes takes up to fifteen seconds there, which count to the submission.
LIMITS = """\
assignment: endurance
title: Endurance
exercises: [{exercises}]
limits: {{cell_seconds: 2.0, observation_seconds: 2.0, submission_seconds: 40.0, memory_mib: 384}}
"""
HONEST = "honest"


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """One student. *variant* is the honest answer, or of a hostile one its honest part."""

    name: str
    kind: str
    variant: str
    act: int = 0

    @property
    def is_honest(self) -> bool:
        """Whether nothing is done but answering."""
        return self.kind == HONEST


def write_course(folder: Path) -> None:
    """Copy the shipped exercises to *folder*, with an assignment of small limits."""
    for part in ("exercises", "solutions", "datasets"):
        shutil.copytree(ROOT / part, folder / part)
    listed = ", ".join(EXERCISES)
    (folder / "exercises" / "assignments" / f"{ASSIGNMENT}.yaml").write_text(LIMITS.format(exercises=listed))


def make_class(size: int, seed: int, kinds: Sequence[str]) -> list[Member]:
    """Return *size* students in random order, a third of them hostile, all *kinds* and acts in turn."""
    chance, variants = random.Random(seed), list(VARIANTS)  # noqa: S311 - no secret
    parts = []
    for number in range(size // 3):
        kind = kinds[number % len(kinds)]
        parts.append((kind, chance.choice(variants), number // len(kinds) % len(ACTS[kind])))
    parts += [(HONEST, variants[number % len(variants)], 0) for number in range(size - len(parts))]
    chance.shuffle(parts)
    return [
        Member(name=f"student{number:05d}", kind=kind, variant=variant, act=act)
        for number, (kind, variant, act) in enumerate(parts)
    ]


def alone(variants: Sequence[str]) -> list[Member]:
    """Return one honest student for each of *variants*, named by its number."""
    return [
        Member(name=f"alone{number:02d}", kind=HONEST, variant=variant)
        for number, variant in enumerate(variants)
    ]


def hand_in(members: Sequence[Member], folder: Path) -> None:
    """Write a notebook for each of *members* to *folder*."""
    folder.mkdir()
    for member in members:
        (folder / f"{member.name}.ipynb").write_text(json.dumps(_notebook(member)))


def _notebook(member: Member) -> dict[str, object]:
    answers = list(VARIANTS[member.variant])
    if not member.is_honest:
        answers[len(HONEST_PART) :] = [ACTS[member.kind][member.act]]
    cells: list[dict[str, object]] = [{"cell_type": "markdown", "source": f"# {member.name}"}]
    for exercise, answer in zip(EXERCISES, answers, strict=True):
        cells.append({"cell_type": "markdown", "source": f"# {exercise}"})
        cells.append({"cell_type": "code", "source": answer, "execution_count": None, "outputs": []})
    framed = [{"id": f"cell-{number}", "metadata": {}, **cell} for number, cell in enumerate(cells)]
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": framed}
