"""Answers that claim to be right: attacks 9 and 10."""

from grader.redteam.technique import Family, Technique


def forges(name: str, source: str, *cells: str, own_loss: bool = False, slow: bool = False) -> Technique:
    """Return a technique that tries to earn the vault's points."""
    return Technique(
        name=name,
        family=Family.FORGES,
        source=source,
        cells=cells,
        targets={"vault": 0.0},
        own_loss=own_loss,
        slow=slow,
    )


TECHNIQUES: tuple[Technique, ...] = (
    forges(
        "return an object that equals everything",
        "attacks 9",
        """
class Yes:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __bool__(self): return True
    def __hash__(self): return 0
    def __len__(self): return 0
    def __getattr__(self, name): return self
    __lt__ = __le__ = __gt__ = __ge__ = __contains__ = __eq__
    def __sub__(self, other): return 0.0
    __rsub__ = __add__ = __radd__ = __mul__ = __rmul__ = __truediv__ = __abs__ = __sub__

def vault(key): return Yes()
""",
    ),
    forges(
        "return subclasses of text, numbers and arrays that equal everything",
        "attacks 9",
        """
import numpy as np

def lying(kind):
    return type(kind.__name__, (kind,), {"__eq__": lambda *_: True, "__ne__": lambda *_: False, "__hash__": lambda _: 0,
                                         "__str__": lambda _: "yes", "__sub__": lambda *_: 0})

class Array(np.ndarray):
    def __eq__(self, other): return np.True_
    def __array_ufunc__(self, *_args, **_more): return np.True_
    def __array_function__(self, *_args, **_more): return True

def vault(key):
    return {"text": lying(str)("a"), "number": lying(float)(1), "whole": lying(int)(1), "list": lying(list)([1]),
            "array": np.zeros(3).view(Array)} if key == "knock" else lying(str)("a")
""",
    ),
    forges(
        "return a value whose class lies about itself",
        "attacks 9",
        """
class Text:
    @property
    def __class__(self): return str
    def encode(self, *_): return b"anything"
    def __str__(self): return "anything"
    def __len__(self): return 40
    def __iter__(self): return iter("anything")

def vault(key): return [Text(), {Text(): Text()}, (Text(),)]
""",
    ),
    forges(
        "return a kind of value that stands for nothing or anything",
        "attacks 9",
        """
import decimal, fractions, math, numpy as np

KINDS = iter([float("nan"), None, NotImplemented, Ellipsis, np.nan, np.array(None, dtype=object), type, object(), np.datetime64("NaT"),
              decimal.Decimal("sNaN"), fractions.Fraction(1, 3), math.inf, b"", range(0), slice(None), np.ma.masked, np.array([])])

def vault(key): return next(KINDS)
""",
    ),
    forges(
        "hand the answer over in a mapping that changes between looks",
        "attacks 9",
        """
from collections.abc import Mapping, Sequence

class Shifty(Mapping):
    looks = 0
    def __getitem__(self, key): return "?"
    def __len__(self): Shifty.looks += 1; return Shifty.looks % 3
    def __iter__(self): return iter(["dict", "tuple", "keras"][: Shifty.looks % 3])
    def items(self): return [("a", 1), ("a", 2), ("tuple", [1])]

def vault(key): return Shifty()
""",
    ),
    forges(
        "return mappings that look like the wire format's own tags",
        "beyond: tag injection",
        """
def vault(key):
    return [{"keras": ["keras.Model", None, {}]}, {"opaque": ["a", "b"]}, {"float": "nan"}, {"happening": "returned"},
            {"array": {"dtype": "O", "shape": [1]}}, {"raises": "ValueError"}, {"tuple": "x"}, {"scalar": 1}, {"int": "9" * 9999}]
""",
    ),
    forges(
        "patch comparisons, isclose, allclose and the assertions",
        "attacks 10",
        """
import math, operator, unittest, numpy as np

np.allclose = np.array_equal = np.isclose = math.isclose = operator.eq = np.testing.assert_allclose = lambda *_, **__: True
for name in dir(unittest.TestCase):
    if name.startswith("assert"):
        setattr(unittest.TestCase, name, lambda *_, **__: None)
def vault(key): return "nothing"
""",
    ),
    forges(
        "patch builtins that a grader may use",
        "attacks 10",
        """
import builtins

builtins.isinstance, before = lambda *_: True, builtins.isinstance
builtins.all = builtins.any = lambda *_: True
builtins.abs = builtins.round = builtins.sum = lambda *_: 0
def vault(key): return "nothing"
""",
        own_loss=True,
    ),
    forges(
        "patch json, struct and the codec",
        "attacks 10",
        """
import json, struct, sys

json.dumps = lambda *_, **__: '{"dict":[["outcomes",[{"dict":[["happening","returned"],["value","all right"]]}]]]}'
codec = sys.modules.get("grader.sandbox.codec")
if codec:
    codec.MAX_FRAME = codec.MAX_TEXT = 2**40
def vault(key): return "nothing"
""",
        own_loss=True,
    ),
)
