"""A proof as a page that stands alone: tables, distributions and learning curves, no script, no network."""

from collections.abc import Sequence
from pathlib import Path

from markupsafe import Markup

from grader.authoring.advice import often
from grader.authoring.measures import MOST_WRONG, Measure, Sample, Trained
from grader.authoring.plots import CAUGHT, MISTAKE, curves_svg, distributions_svg
from grader.authoring.proof import CheckProof, Proof
from grader.checks.limits import arms_of
from grader.errors import UsageError
from grader.reports.atomic import write_atomically
from grader.reports.html.escaping import escaping_templates
from grader.reports.html.plots import BAR

PAGE = "index.html"


def make_folder(folder: Path) -> None:
    """Make *folder* now: what cannot be written is told before the training, not after."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--html {folder} cannot be made ({error.strerror}); give another folder") from error


def write_page(folder: Path, proofs: Sequence[Proof]) -> Path:
    """Write ``index.html`` into *folder*; it names solutions' mistakes, so its owner alone may read it."""
    path = folder / PAGE
    write_atomically(path, page(proofs).encode())
    return path


def page(proofs: Sequence[Proof]) -> str:
    """Return the page of *proofs*."""
    templates = escaping_templates("grader.authoring")
    templates.globals.update(
        often=often,
        right=_is_right,
        wrong=_wrong,
        distributions=distributions_svg,
        curves=_curves,
        arms=_arms,
    )
    return templates.get_template("prove.html.j2").render(proofs=proofs)


def _wrong(measure: Measure, sample: Sample) -> float:
    return measure.false_fail if sample is measure.reference else measure.false_pass(sample.name)


def _is_right(measure: Measure, sample: Sample) -> bool:
    return _wrong(measure, sample) <= (measure.allowed if sample is measure.reference else MOST_WRONG)


def _arms(proof: CheckProof) -> tuple[str, ...]:
    return arms_of(proof.settings)


def _curves(proof: CheckProof, answer: Trained, *, losses: bool) -> Markup:
    colour = BAR if answer is proof.answers[0] else CAUGHT if answer.caught_by else MISTAKE
    return curves_svg(answer.training, arms_of(proof.settings), losses=losses, kind=colour)
