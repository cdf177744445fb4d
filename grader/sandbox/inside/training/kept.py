"""What was traced is kept by architecture, the last few of them."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

#: A class mostly hands in a few architectures. TensorFlow gives little of a graph's memory back when the
#: graph goes, so that more would cost hardly more; the fork is renewed before they add up.
KEPT = 16
Kept = TypeVar("Kept")


class Recent(Generic[Kept]):
    """The last of what was kept; the one that was used longest ago goes first."""

    def __init__(self, most: int = KEPT) -> None:
        """Begin with none, and keep at most *most*."""
        self._most = most
        self._kept: OrderedDict[Hashable, Kept] = OrderedDict()

    def find(self, key: Hashable) -> Kept | None:
        """Return what was kept under *key*."""
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def keep(self, key: Hashable, one: Kept) -> None:
        """Keep *one* under *key*, as the one that was used last."""
        self._kept[key] = one
        self._kept.move_to_end(key)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
