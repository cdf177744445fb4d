"""Names that somebody mistyped: the one that was probably meant."""

import difflib
from collections.abc import Iterable


def nearest(given: str, names: Iterable[str]) -> list[str]:
    """Return the one of *names* that *given* was most probably meant to be, if there is one."""
    return difflib.get_close_matches(given, list(names), n=1, cutoff=0.5)


def one_of(given: str, allowed: Iterable[str], what: str = "keys") -> str:
    """Return what is expected instead of *given*: the nearest of *allowed*, or any of them."""
    names = list(allowed)
    close, listed = nearest(given, names), ", ".join(names) or f"no {what}"
    return f"{close[0]!r} (nearest of: {listed})" if close else f"one of: {listed}"


def there_are(unknown: Iterable[str], names: Iterable[str]) -> str:
    """Return what to say of *unknown* names: which were probably meant, and which *names* there are."""
    listed = list(names)
    meant = dict.fromkeys(name for given in unknown for name in nearest(given.casefold(), listed))
    everything = f"here are: {', '.join(listed) or 'none'}"
    return f"did you mean {' or '.join(meant)}? T{everything}" if meant else f"t{everything}"
