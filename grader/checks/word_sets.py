"""The check ``sets``: lists compared as sets of words, wherever they stand in a mapping."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

from grader.checks.calls import call_texts
from grader.checks.case import Case
from grader.checks.expecting import expected_outcomes, is_sealed, sealable
from grader.checks.gates import broke, evidence_of, ungraded
from grader.checks.sealing import matches_seal
from grader.checks.wording import count, cut, listing, short
from grader.evidence import Evidence, Happening
from grader.exercise import Sets
from grader.verdict import Finding, failed, passed

#: Words in a place, places, characters in a word: nobody's answer has more, and comparing takes time.
MOST_WORDS, MOST_PLACES, LONGEST = 1000, 200, 200
Place = tuple[str, ...]
Vocabulary = Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """The words of one place: those that are right, missing and superfluous, as each side wrote them."""

    place: Place
    right: tuple[str, ...]
    missing: tuple[str, ...]
    extra: tuple[str, ...]

    def __str__(self) -> str:
        """Render as ``Conv2D, parameters: missing biases; superfluous stride``."""
        parts = [f"missing {listing(self.missing)}"] if self.missing else []
        extra = [cut(word, 60) for word in self.extra[:20]]
        extra += ["…"] if len(self.extra) > len(extra) else []
        parts += [f"superfluous {listing(extra)}"] if extra else []
        where = ", ".join(cut(name, 60) for name in self.place[:5])
        return f"{where}: {'; '.join(parts)}" if where else "; ".join(parts)


def sets(case: Case) -> Finding:
    """Judge lists of words: each right one earns its share, one too many costs as much."""
    evidence = evidence_of(case, case.of)
    if isinstance(evidence, Finding):
        return evidence
    for call, outcome in zip(call_texts(case.observation, case.of), evidence.outcomes, strict=True):
        if outcome.happening is not Happening.RETURNED:
            return broke(call, outcome.error)
    if is_sealed(case.settings(Sets)):
        return _sealed(case, evidence)
    expected = expected_outcomes(case)
    return expected if isinstance(expected, Finding) else _judged(case, evidence, sealable(expected))


def _judged(case: Case, evidence: Evidence, expected: Any) -> Finding:
    found = sealable(evidence.outcomes)
    wanted = dict(_word_lists(expected, ()))
    if not wanted:
        return ungraded("The expected value holds no list of words.")
    vocabulary = _vocabulary(case.settings(Sets).synonyms)
    given = dict(islice(_word_lists(found, ()), MOST_PLACES))
    return _finding(found, differences(given, wanted, vocabulary))


def _finding(found: Any, known: Sequence[Difference]) -> Finding:
    total = sum(len(one.right) + len(one.missing) for one in known)
    wrong = [one for one in known if one.missing or one.extra]
    if not wrong:
        return passed(exhibit=_exhibit(known))
    right, extra = sum(len(one.right) for one in known), sum(len(one.extra) for one in known)
    credit = max(0, right - extra) / total if total else 0.0
    places = ". ".join(str(one) for one in wrong[:8])
    text = f"{right} of {count(total, 'word')} right, {extra} too many. {places}."
    if not isinstance(found, Mapping | list | tuple | set | frozenset):
        text += f" Found {short(found, 100)}; expected a dict of lists of words."
    return failed(
        f"{text} Move or remove these words; each wrong one costs a right one.",
        credit,
        exhibit=_exhibit(known),
    )


def _exhibit(known: Sequence[Difference]) -> dict[str, Any]:
    rows = [
        {
            "place": [cut(name, 60) for name in one.place[:5]],
            "right": list(one.right),
            "missing": list(one.missing),
            "extra": [short(word, 60) for word in one.extra[:20]],
        }
        for one in known[:40]
    ]
    return {"kind": "sets", "rows": rows}


def _sealed(case: Case, evidence: Evidence) -> Finding:
    seal, value = case.settings(Sets).sealed or "", sealable(evidence.outcomes)
    forms = (canonical(value, case.settings(Sets).synonyms), value)
    if any(matches_seal(form, seal) for form in forms):
        return passed()
    return failed(
        f"Found {short(value)}; these are not the expected words, which are sealed. Check each list again."
    )


def canonical(value: Any, synonyms: Mapping[str, str]) -> Any:
    """Return *value* as it must be sealed for this check: bare words, sorted, synonyms replaced."""
    lists = dict(islice(_word_lists(value, ()), MOST_PLACES))
    vocabulary = _vocabulary(synonyms)
    found = {
        _bare_place(place): sorted({_known(word, vocabulary) for word in lists[place]}) for place in lists
    }
    return [[list(place), words] for place, words in sorted(found.items())]


def differences(
    found: Mapping[Place, list[str]], wanted: Mapping[Place, list[str]], vocabulary: Vocabulary
) -> list[Difference]:
    """Return one difference for each place that either side has, expected places first."""
    given = {_bare_place(place): (place, words) for place, words in found.items()}
    known = [
        _compared(place, given.pop(_bare_place(place), (place, []))[1], words, vocabulary)
        for place, words in wanted.items()
    ]
    return known + [_compared(place, words, [], vocabulary) for place, words in given.values()]


def _compared(place: Place, found: list[str], wanted: list[str], vocabulary: Vocabulary) -> Difference:
    left = {_known(word, vocabulary): word for word in found}
    right = {_known(word, vocabulary): word for word in wanted}
    return Difference(
        place=place,
        right=tuple(right[word] for word in right if word in left),
        missing=tuple(right[word] for word in right if word not in left),
        extra=tuple(left[word] for word in left if word not in right),
    )


def _word_lists(value: Any, place: Place) -> Iterator[tuple[Place, list[str]]]:
    """Yield each list of words in nested mappings with its place; anything else counts as one word."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _word_lists(item, (*place, key if isinstance(key, str) else short(key, 60)))
    elif isinstance(value, list | tuple | set | frozenset):
        if isinstance(value, list | tuple) and value and all(isinstance(item, Mapping) for item in value):
            for number, item in enumerate(value, 1):
                yield from _word_lists(item, (*place, f"case {number}"))
        else:
            yield place, [_word(word) for word in islice(value, MOST_WORDS)]
    elif value is not None:
        yield place, [_word(value)]


def _word(value: Any) -> str:
    return cut(value, LONGEST) if isinstance(value, str) else short(value, 60)


def _vocabulary(synonyms: Mapping[str, str]) -> Vocabulary:
    """Return the stem of every synonym's canonical word, by the synonym's own stem."""
    return {_stem(word): _stem(canon) for word, canon in synonyms.items()}


def _known(word: str, vocabulary: Vocabulary) -> str:
    return vocabulary.get(_stem(word), _stem(word))


@lru_cache(maxsize=4096)
def _stem(word: str) -> str:
    """Return *word* without one plural: ``strides`` is ``stride``, ``classes`` is ``class``.

    ``biases`` and ``bias`` are both ``bia``, ``cases`` and ``case`` both ``ca``; nobody gets to see these.
    """
    singular = re.sub(r"(s|x|ch|sh)es?$", r"\1", _bare(word))
    return re.sub(r"(?<=[^s])s$", "", singular)


def _bare(word: str) -> str:
    return re.sub(r"[\s_-]+", "", word).casefold()


def _bare_place(place: Place) -> Place:
    return tuple(map(_bare, place))
