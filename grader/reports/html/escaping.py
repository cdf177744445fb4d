"""Templates into which no value gets but escaped and without control characters."""

from typing import TYPE_CHECKING

from markupsafe import Markup

from grader.reports.prose import clean

if TYPE_CHECKING:
    from jinja2 import Environment


def escaping_templates(package: str) -> "Environment":
    """Return the templates of *package*, which are told every name they use or fail."""
    # Imported here: jinja2 costs a command's start 50 ms, and few commands write pages.
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415

    return Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_harmless,
    )


def _harmless(value: object) -> object:
    """Clean what a template is about to write; markup is our own and stays as it is."""
    if value is None:
        return ""
    return clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value
