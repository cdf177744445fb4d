"""YAML with the line of every key, and validation that reports every mistake at once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from grader.errors import ExerciseError, Flaw
from grader.readers.names import nearest, one_of

Place = tuple[str | int, ...]
MAX_BYTES = 2**20
MAX_DEPTH = 100
MAX_PLACES = 100_000
Kind = TypeVar("Kind", bound=BaseModel)
TEXT = "tag:yaml.org,2002:str"
MOMENT = "a date and time with its offset, such as 2026-12-18T23:59:00+07:00"
#: What PyYAML raises for a scalar that is not what its tag says.
UNREAD = (ValueError, LookupError, AttributeError, OverflowError)
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(kw_only=True)
class Marked:
    """The data of a file, and the line (from 1) of each place in it; ``unreadable`` values are texts."""

    file: str
    data: Any = None
    lines: dict[Place, int] = field(default_factory=dict)
    flaws: list[Flaw] = field(default_factory=list)
    unreadable: set[Place] = field(default_factory=set)

    def line_of(self, place: Place) -> int:
        """Return the line of *place*, or of the nearest thing that contains it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def flaw(self, place: Place, found: str, expected: str) -> Flaw:
        """Return a flaw at *place*."""
        where = ".".join(map(str, place))
        return Flaw(file=self.file, line=self.line_of(place), where=where, found=found, expected=expected)

    def outline(self) -> dict[str, int]:
        """Return the lines of the file's keys, and of what stands directly below them."""
        return {".".join(map(str, place)): line for place, line in self.lines.items() if 0 < len(place) < 3}


def read_marked(path: Path) -> Marked:
    """Read *path* with PyYAML's safe loader. Raises ``ExerciseError`` for text that is not YAML."""
    marked = Marked(file=str(path))
    try:
        text = path.read_text(encoding="utf-8")
        if len(text) > MAX_BYTES:
            raise ExerciseError([marked.flaw((), f"{len(text)} characters", f"at most {MAX_BYTES}")])
        loader = LOADER(text)
        try:
            node = loader.get_single_node()
            _mark(node, (), marked)
            marked.data = None if node is None else loader.construct_document(node)
        finally:
            loader.dispose()
    except OSError as error:
        raise ExerciseError([marked.flaw((), str(error.strerror), "a readable file")]) from error
    except UnicodeDecodeError as error:
        raise ExerciseError([marked.flaw((), "bytes that are not UTF-8", "UTF-8 text")]) from error
    except RecursionError as error:
        raise ExerciseError([_too_deep(marked)]) from error
    except yaml.YAMLError as error:
        raise ExerciseError([_syntax_flaw(marked, error)]) from error
    return marked


def _syntax_flaw(marked: Marked, error: yaml.YAMLError) -> Flaw:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    line = mark.line + 1 if mark else 1
    return Flaw(
        file=marked.file, line=line, where="", found=f"text that is not YAML ({problem})", expected="YAML"
    )


def _too_deep(marked: Marked) -> Flaw:
    return marked.flaw((), "text nested too deeply, or an alias (*) within itself", "YAML written out")


def _mark(node: yaml.Node | None, place: Place, marked: Marked) -> None:
    """Remember the line of every key and item below *node*; note keys that stand twice."""
    if node is None:
        return
    if len(place) > MAX_DEPTH or len(marked.lines) > MAX_PLACES:
        raise ExerciseError([_too_deep(marked)])
    marked.lines.setdefault(place, node.start_mark.line + 1)
    if isinstance(node, yaml.ScalarNode):
        _try(node, place, marked)
    for key_node, _ in node.value if isinstance(node, yaml.MappingNode) else ():
        if isinstance(key_node, yaml.ScalarNode):
            _try(key_node, (*place, str(key_node.value)), marked)
    for key, child, line in _children(node):
        inner = (*place, key)
        if isinstance(node, yaml.MappingNode) and inner in marked.lines:
            found = f"the key {key!r} a second time (first on line {marked.lines[inner]})"
            flaw = Flaw(
                file=marked.file,
                line=line,
                where=".".join(map(str, place)),
                found=found,
                expected="each key once",
            )
            marked.flaws.append(flaw)
            continue
        marked.lines.setdefault(inner, line)
        _mark(child, inner, marked)


def _try(node: yaml.ScalarNode, place: Place, marked: Marked) -> None:
    """Take for a text, and note, what looks like a date or a number and is none, such as 2026-13-45."""
    try:
        yaml.constructor.SafeConstructor().construct_object(node)
    except UNREAD as error:
        is_date = node.tag.endswith(":timestamp")
        found = f"{_describe(node.value)[1:-1] or 'an empty text'}, which "
        found += "is no date" if is_date else "cannot be read"
        # PyYAML did not foresee the others: their texts are about its own code.
        found += f" ({error})" if isinstance(error, ValueError) else ""
        expected = f"{'a date such as 2026-12-18' if is_date else 'what its tag says'}, or a text in quotes"
        marked.flaws.append(replace(marked.flaw(place, found, expected), line=node.start_mark.line + 1))
        marked.unreadable.add(place)
        node.tag = TEXT


def _children(node: yaml.Node) -> Iterator[tuple[str | int, yaml.Node, int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield str(key.value), value, key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            yield number, item, item.start_mark.line + 1


def validate(kind: type[Kind], marked: Marked) -> Kind | None:
    """Return *marked*'s data as a *kind*; otherwise add every mistake to its flaws and return ``None``."""
    if not isinstance(marked.data, Mapping):
        marked.flaws.append(marked.flaw((), _describe(marked.data), "a mapping of keys"))
        return None
    try:
        return kind.model_validate(marked.data)
    except ValidationError as error:
        seen = {_flaw_of(detail, kind, marked) for detail in _told_once(error.errors(), kind, marked)}
        marked.flaws.extend(sorted(seen, key=lambda flaw: flaw.line))
        return None


def _told_once(
    details: Sequence[ErrorDetails], kind: type[BaseModel], marked: Marked
) -> Iterator[ErrorDetails]:
    """Leave out what another of *details* tells better, and of what is unreadable all but that."""
    places = [_written_place(detail["loc"], marked) for detail in details]
    renamed = {
        (*place[:-1], name)
        for detail, place in zip(details, places, strict=True)
        if detail["type"] == "extra_forbidden"
        for name in nearest(str(place[-1]), keys_at(kind, place[:-1]))
    }
    for detail, place in zip(details, places, strict=True):
        missing = detail["type"] == "missing" and _parent(detail, place) + detail["loc"][-1:] in renamed
        # Of a text or a mapping, the mapping that was written is told of where it is wrong.
        outer = any(map(_is_alternative, detail["loc"][-1:])) and any(
            len(other) > len(place) and other[: len(place)] == place for other in places
        )
        if not missing and not outer and place not in marked.unreadable:
            yield detail


def _parent(detail: ErrorDetails, place: Place) -> Place:
    """Return where the key is missing that *detail* tells of."""
    return place[:-1] if place[-1:] == (detail["loc"][-1],) else place


def _flaw_of(detail: ErrorDetails, kind: type[BaseModel], marked: Marked) -> Flaw:
    place = _written_place(detail["loc"], marked)
    if detail["type"] == "extra_forbidden":
        return marked.flaw(place, f"the key {place[-1]!r}", one_of(str(place[-1]), keys_at(kind, place[:-1])))
    if detail["type"] == "missing":
        return marked.flaw(_parent(detail, place), "nothing", f"the key {detail['loc'][-1]!r}")
    if detail["type"] == "timezone_aware":
        return marked.flaw(place, _describe(detail["input"]), MOMENT)
    expected = detail["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    return marked.flaw(place, _describe(detail["input"]), expected[:1].lower() + expected[1:])


def _written_place(place: tuple[str | int, ...], marked: Marked) -> Place:
    """Drop from pydantic's *place* the names of alternatives, which are not in the file."""
    written: Place = ()
    for number, part in enumerate(place):
        last = number == len(place) - 1
        if (*written, part) in marked.lines or (last and not _is_alternative(part)):
            written = (*written, part)
    return written


def _is_alternative(part: str | int) -> bool:
    return isinstance(part, str) and ("[" in part or part in ("str", "int", "float", "bool", "nullable"))


def keys_at(kind: type[BaseModel], place: Place) -> list[str]:
    """Return the keys that *kind* allows at *place*."""
    schema = kind.model_json_schema(by_alias=True)
    node: Any = schema
    for part in place:
        node = _step(node, part, schema)
    return sorted(key for option in _options(node, schema) for key in option.get("properties", {}))


def _step(node: Any, part: str | int, schema: Mapping[str, Any]) -> Any:
    for option in _options(node, schema):
        if isinstance(part, int) and "items" in option:
            return option["items"]
        if isinstance(part, str) and part in option.get("properties", {}):
            return option["properties"][part]
        if isinstance(part, str) and isinstance(option.get("additionalProperties"), dict):
            return option["additionalProperties"]
    return {}


def _options(node: Any, schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if "$ref" in node:
        yield from _options(schema["$defs"][node["$ref"].rsplit("/", 1)[-1]], schema)
    elif "anyOf" in node:
        for option in node["anyOf"]:
            yield from _options(option, schema)
    else:
        yield node


def _describe(value: Any) -> str:
    text = value.isoformat() if isinstance(value, date) else repr(value)
    return text if len(text) <= 80 else f"{text[:79]}…"
