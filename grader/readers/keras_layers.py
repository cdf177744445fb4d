"""The `layers:` of a solution, and the rows of `summary`, held against Keras's layers before anything runs.

The table is ``keras_layers.json``, made by ``make keras-layers``: Keras itself is never imported here.
"""

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from grader.errors import Flaw
from grader.readers.marked_yaml import Marked, Place
from grader.readers.names import nearest, one_of

TABLE = Path(__file__).with_suffix(".json")
ACTIVATIONS = ("activation", "recurrent_activation")
OWN_LAYERS = "one of Keras's own layers that carry no code, such as Conv2D, Flatten, Dense"


def layer_flaws(marked: Marked) -> Iterator[Flaw]:
    """Yield what in lists of layers and in rows of ``summary`` is no layer, setting or activation of Keras.

    What does not have the form of such a list is left to the schema, and what a newer Keras than the
    table's may know is left to Keras.
    """
    if _is_newer(_installed(), _table()["keras"]):
        return
    for place, kind, settings in _layers(marked.data):
        known = _table()["layers"].get(kind)
        if known is None:
            yield marked.flaw(place, f"the layer {kind!r}", _layer_like(kind))
        else:
            yield from _setting_flaws(marked, place, settings, known)
    for place, kind in _rows(marked.data):
        if kind != "InputLayer" and kind not in _table()["layers"]:
            yield marked.flaw(place, f"the layer {kind!r}", _layer_like(kind))


def _rows(data: Any) -> Iterator[tuple[Place, str]]:
    """Yield every row that a check ``summary`` expects with its place."""
    checks = data.get("checks") if isinstance(data, Mapping) else None
    for number, check in enumerate(checks if isinstance(checks, list) else []):
        settings = check.get("summary") if isinstance(check, Mapping) else None
        rows = settings.get("expect") if isinstance(settings, Mapping) else None
        for place, row in enumerate(rows if isinstance(rows, list) else []):
            for kind in row if isinstance(row, Mapping) else ():
                if isinstance(kind, str):
                    yield ("checks", number, "summary", "expect", place, kind), kind


def _layers(data: Any) -> Iterator[tuple[Place, str, Mapping[Any, Any]]]:
    """Yield every layer of the reference and of the mistakes with its place."""
    for place, entries in _lists(data):
        for number, entry in enumerate(entries):
            for kind, settings in entry.items() if isinstance(entry, Mapping) else ():
                if isinstance(kind, str) and isinstance(settings, Mapping):
                    yield (*place, number, kind), kind, settings


def _lists(data: Any) -> Iterator[tuple[Place, list[Any]]]:
    if not isinstance(data, Mapping):
        return
    mistakes = data.get("mistakes")
    holders: list[tuple[Place, Any]] = [((), data)]
    if isinstance(mistakes, list):
        holders += [(("mistakes", number), mistake) for number, mistake in enumerate(mistakes)]
    for place, holder in holders:
        entries = holder.get("layers") if isinstance(holder, Mapping) else None
        if isinstance(entries, list):
            yield (*place, "layers"), entries


def _layer_like(kind: str) -> str:
    # More than a hundred and fifty, too many to list.
    close = nearest(kind, _table()["layers"])
    return f"{close[0]!r} (nearest of Keras's own layers)" if close else OWN_LAYERS


def _setting_flaws(
    marked: Marked, place: Place, settings: Mapping[Any, Any], known: Mapping[str, list[str]]
) -> Iterator[Flaw]:
    strange = [name for name in settings if isinstance(name, str) and name not in known["takes"]]
    for name in strange:
        yield marked.flaw((*place, name), f"the setting {name!r}", one_of(name, known["takes"], "settings"))
    # A setting that is missing may be the one that is misspelt.
    for name in [] if strange else known["needs"]:
        if name not in settings:
            yield marked.flaw(place, f"{place[-1]} without {name}", f"the setting {name!r}")
    for name in ACTIVATIONS:
        function = settings.get(name)
        if isinstance(function, str) and function not in _table()["activations"]:
            found = f"the activation {function!r}"
            yield marked.flaw((*place, name), found, one_of(function, _table()["activations"]))


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    table: dict[str, Any] = json.loads(TABLE.read_text(encoding="utf-8"))
    return table


def _installed() -> str:
    try:
        return version("keras")
    except PackageNotFoundError:
        return "0"


def _is_newer(installed: str, known: str) -> bool:
    """Whether *installed* is a later release than *known*; 3.15.1 has the layers of 3.15."""
    return _release(installed) > _release(known)


def _release(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".")[:2] if part.isdigit())
