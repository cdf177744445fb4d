"""What a GitHub Actions runner does with a step's output, as its source does it (``ActionCommand.cs``)."""

from collections.abc import Iterator
from dataclasses import dataclass, field

COMMANDS = {
    *("add-mask", "add-matcher", "debug", "echo", "endgroup", "error", "group", "notice", "remove-matcher"),
    *(
        "save-state",
        "set-env",
        "set-output",
        "add-path",
        "stop-commands",
        "warning",
        "internal-set-repo-path",
    ),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """A command that the runner obeys."""

    name: str
    data: str
    properties: dict[str, str] = field(default_factory=dict)


def obeyed(output: str) -> Iterator[Command]:
    """Yield every command that the runner would obey; between ``stop-commands`` and its word, none."""
    word = ""
    for line in output.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        found = _new_form(line, {word} if word else COMMANDS) or _old_form(line, {word} if word else COMMANDS)
        if not found:
            continue
        if found.name == word:
            word = ""
        elif found.name == "stop-commands":
            word = found.data
        yield found


def _new_form(line: str, known: set[str]) -> Command | None:
    line = line.lstrip()
    end = line.find("::", 2)
    if not line.startswith("::") or end < 0:
        return None
    name, _, rest = line[2:end].partition(" ")
    if name not in known:
        return None
    pairs = (pair.split("=", 1) for pair in rest.strip().split(",") if "=" in pair)
    properties = {
        key: _unescaped(value, {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ","}) for key, value in pairs
    }
    return Command(
        name=name, properties=properties, data=_unescaped(line[end + 2 :], {"%0D": "\r", "%0A": "\n"})
    )


def _old_form(line: str, known: set[str]) -> Command | None:
    start = line.find("##[")
    end = line.find("]", start)
    if start < 0 or end < 0:
        return None
    name = line[start + 3 : end].partition(" ")[0]
    return Command(name=name, data=line[end + 1 :]) if name in known else None


def _unescaped(text: str, table: dict[str, str]) -> str:
    for escape, character in table.items():
        text = text.replace(escape, character)
    return text.replace("%25", "%")
