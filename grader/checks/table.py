"""Every check, under its name in YAML."""

from collections.abc import Callable, Mapping

from grader.checks.architecture.budget import budget
from grader.checks.architecture.counts import parameters
from grader.checks.architecture.layers import layers
from grader.checks.architecture.output_shape import output_shape
from grader.checks.architecture.summary import summary
from grader.checks.case import Case
from grader.checks.equals import close, equals
from grader.checks.raising import raises
from grader.checks.train_statistics import train_statistics_only
from grader.checks.training import trains
from grader.checks.word_sets import sets
from grader.verdict import Finding

CHECKS: Mapping[str, Callable[[Case], Finding]] = {
    "equals": equals,
    "close": close,
    "raises": raises,
    "sets": sets,
    "layers": layers,
    "summary": summary,
    "parameters": parameters,
    "output_shape": output_shape,
    "budget": budget,
    "trains": trains,
    "train_statistics_only": train_statistics_only,
}
