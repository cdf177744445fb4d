"""``grader prove``: whether exercises are fit for a class, by reference, mistakes and many seeds."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from grader.authoring.page import make_folder, write_page
from grader.authoring.places import Places, places_of
from grader.authoring.proof import Proof, proof_of
from grader.authoring.record import record_of
from grader.authoring.rehearsal import Rehearsed, Stage, answers_of, rehearse
from grader.authoring.seeding import plans_of, train
from grader.authoring.terminal import proof_view
from grader.checks.wording import count
from grader.cli.course import Material, make_course, read_material
from grader.cli.exits import ExitCode
from grader.cli.progress import Count
from grader.errors import ExerciseError, Flaw, UsageError
from grader.reports.atomic import write_atomically
from grader.reports.prose import clean
from grader.sandbox.offers import choose_isolation
from grader.sandbox.referee import Referee
from grader.sandbox.worker import Worker


@dataclass(frozen=True, kw_only=True, slots=True)
class ProveOptions:
    """What the command line asked for."""

    only: tuple[str, ...]
    seeds: int
    exercises: Path
    solutions: Path
    datasets: Path | None
    html: Path | None
    json: Path | None
    isolation: str


def run_prove(options: ProveOptions) -> int:
    """Prove exercises; exit status 0 when all are proved, 1 when one is refused."""
    isolation = choose_isolation(options.isolation)
    if not options.solutions.is_dir():
        raise UsageError(f"{options.solutions} is not a folder of solutions: give one with --solutions")
    material = read_material(options.exercises, options.solutions, options.datasets, None, options.only)
    _make_places(options)
    shown = material.datasets if material.datasets.is_dir() else None
    with Worker(isolation, shown, private=options.solutions) as worker:
        stage = Stage(course=make_course(material, worker), sandbox=worker, referee=Referee(worker))
        try:
            proofs, unproved = _proofs(material, stage, options)
        finally:
            stage.referee.close()
    _tell(proofs, options)
    if unproved:
        raise ExerciseError(unproved)
    return ExitCode.INCOMPLETE if any(proof.all_flaws for proof in proofs) else ExitCode.OK


def _make_places(options: ProveOptions) -> None:
    if options.html:
        make_folder(options.html)
    if options.json and (options.json.is_dir() or not options.json.parent.is_dir()):
        raise UsageError(f"--json {options.json}: give a file's name in a folder that is there")


def _proofs(material: Material, stage: Stage, options: ProveOptions) -> tuple[list[Proof], Sequence[Flaw]]:
    """Return the proofs, and what keeps other exercises from being tried at all."""
    places = {each.id: places_of(each, options.exercises, options.solutions) for each in material.exercises}
    rehearsed, unproved = _rehearsed(material, stage, places)
    plans = [plan for each in rehearsed for plan in plans_of(each, options.seeds)]
    with Count("training", "trained", sum(plan.steps for plan in plans)) as progress:

        def tell(name: str) -> None:
            progress.name(name)
            progress.advance()

        seeded = [train(plan, stage, tell) for plan in plans]
    proofs = [
        proof_of(each, [one for one in seeded if one.plan.rehearsed is each], places[each.exercise.id])
        for each in rehearsed
    ]
    return proofs, unproved


def _rehearsed(
    material: Material, stage: Stage, places: Mapping[str, Places]
) -> tuple[list[Rehearsed], list[Flaw]]:
    done: list[Rehearsed] = []
    unproved: list[Flaw] = []
    with Count("judging", "judged", sum(map(answers_of, material.exercises))) as progress:
        for exercise in material.exercises:
            progress.name(exercise.id)
            try:
                done.append(rehearse(exercise, stage, places[exercise.id], progress.advance))
            except ExerciseError as error:
                unproved += error.flaws
    return done, unproved


def _tell(proofs: Sequence[Proof], options: ProveOptions) -> None:
    console = Console()
    for proof in proofs:
        console.print(proof_view(proof), highlight=False)
        console.print()
    written = _written(proofs, options)
    refused = [proof.exercise.id for proof in proofs if proof.all_flaws]
    told = f"{len(proofs) - len(refused)} of {count(len(proofs), 'exercise')} proved"
    console.print(
        f"{told}; refused: {', '.join(refused)}" if refused else told, markup=False, highlight=False
    )
    for what, where in written.items():
        console.print(f"{what:<6} {clean(str(where))}", markup=False, highlight=False, soft_wrap=True)


def _written(proofs: Sequence[Proof], options: ProveOptions) -> dict[str, Path]:
    written = {}
    if options.html:
        written["page"] = write_page(options.html, proofs)
    if options.json:
        text = json.dumps([record_of(proof) for proof in proofs], ensure_ascii=False, indent=1)
        write_atomically(options.json, f"{text}\n".encode())
        written["json"] = options.json
    return written
