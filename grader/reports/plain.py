"""What a terminal shows, as plain text."""

import io

from rich.console import Console, RenderableType


def plain_text(shown: RenderableType, width: int = 100) -> str:
    """Return *shown* as lines of at most *width* columns, without colours."""
    text = io.StringIO()
    Console(
        file=text,
        width=width,
        color_system=None,
        force_terminal=False,
        force_jupyter=False,
        legacy_windows=False,
    ).print(shown)
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines()).strip("\n")
