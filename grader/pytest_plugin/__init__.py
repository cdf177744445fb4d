"""The pytest plugin: ``grader pytest exercises --submission homework.ipynb`` runs checks as tests.

That command (``cli/pytest_run.py``) starts pytest so that it takes no settings of a student's. Started in
another way it may have, before this is loaded; then the run is refused.

Every pytest run in the same environment loads this module. Without ``--submission`` it adds its options, and
neither collects nor imports anything.

    grounds.py     keeps pytest out of folders that students handed in
    shelf.py       reads exercises and submissions while pytest collects
    names.py       what each student is called
    nodes.py       an exercise file, a student, a check: what pytest collects
    desk.py        grades, when the first check of an exercise runs
    wording.py     what a check that did not pass says, as a student may see it
    score.py       the points, from all xdist workers
    hooks.py       all of it, as pytest calls it
"""

from collections.abc import Generator

import pytest

SUBMISSION = "grader_submission"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what a grading run is told."""
    group = parser.getgroup("grader", "grading notebooks (keras-grader)")
    group.addoption(
        "--submission",
        dest=SUBMISSION,
        metavar="PATH",
        action="append",
        default=[],
        help="Run the checks of all collected exercise files (*.yaml) on this notebook or script, or on each "
        "student's in this folder. May be given again. Start such a run with 'grader pytest': plain pytest "
        "may run what else lies in the submission's folder. "
        "Without it, no exercise file is collected.",
    )
    group.addoption(
        "--solutions",
        dest="grader_solutions",
        metavar="DIR",
        help="Folder of private solution files. Without it, only visible checks are run.",
    )
    group.addoption(
        "--datasets",
        dest="grader_datasets",
        metavar="DIR",
        help="Folder of datasets; by default beside the folder of exercises.",
    )
    group.addoption(
        "--assignment",
        dest="grader_assignment",
        metavar="NAME",
        help="Only this assignment's exercises, within its limits.",
    )


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, object, object]:
    """Keep pytest out of the submission's folder before it loads its first conftest.py."""
    if getattr(early_config.known_args_namespace, SUBMISSION):
        from grader.pytest_plugin.grounds import keep_out

        keep_out(early_config)
    return (yield)


def pytest_configure(config: pytest.Config) -> None:
    """Grade, if a submission was given."""
    if config.getoption(SUBMISSION):
        from grader.pytest_plugin.hooks import register

        register(config)
