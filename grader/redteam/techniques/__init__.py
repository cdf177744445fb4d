"""The tables of techniques, one module for each family or part of one."""

from grader.redteam.technique import Technique
from grader.redteam.techniques import (
    altering,
    exhausting,
    files,
    filling,
    forging,
    leaking,
    lingering,
    models,
    notebooks,
    outliving,
    piling,
    pretending,
    printing,
    protocol,
    reaching,
    reading,
    uploads,
)

TECHNIQUES: tuple[Technique, ...] = (
    *reading.TECHNIQUES,
    *files.TECHNIQUES,
    *reaching.TECHNIQUES,
    *leaking.TECHNIQUES,
    *forging.TECHNIQUES,
    *pretending.TECHNIQUES,
    *printing.TECHNIQUES,
    *protocol.TECHNIQUES,
    *notebooks.TECHNIQUES,
    *uploads.TECHNIQUES,
    *lingering.TECHNIQUES,
    *outliving.TECHNIQUES,
    *altering.TECHNIQUES,
    *exhausting.TECHNIQUES,
    *filling.TECHNIQUES,
    *piling.TECHNIQUES,
    *models.MODELS,
)
