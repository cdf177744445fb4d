"""Padding as numbers: how many zeros a layer adds before and after each spatial axis."""

from collections.abc import Sequence
from typing import Any

Pads = tuple[tuple[int, int], ...]


def same_pads(size: int | None, kernel: int, stride: int, dilation: int) -> tuple[int, int] | None:
    """Return the zeros before and after one axis for ``same``, as TensorFlow adds them: the odd one after.

    ``None`` when it depends on an input size that is not known.
    """
    reach = dilation * (kernel - 1) + 1
    if stride == 1:
        total = reach - 1
    elif size is None:
        return None
    else:
        total = max((-(-size // stride) - 1) * stride + reach - size, 0)
    return total // 2, total - total // 2


def explicit_pads(
    word: str,
    sizes: Sequence[int | None],
    kernel: Sequence[int],
    strides: Sequence[int],
    dilation: Sequence[int],
) -> Pads | None:
    """Return the zeros round each spatial axis for the setting ``padding=word``; ``None`` if not known."""
    if word == "valid":
        return ((0, 0),) * len(kernel)
    if word == "causal":
        return tuple((step * (reach - 1), 0) for reach, step in zip(kernel, dilation, strict=True))
    if word != "same" or not len(sizes) == len(kernel) == len(strides) == len(dilation):
        return None
    pads = [same_pads(*axis) for axis in zip(sizes, kernel, strides, dilation, strict=True)]
    known = tuple(pad for pad in pads if pad is not None)
    return known if len(known) == len(pads) else None


def zero_pads(padding: Any, axes: int) -> Pads:
    """Return the pads of a ZeroPadding layer's setting: ``1``, ``(1, 2)`` or ``((1, 1), (2, 2))``."""
    if isinstance(padding, int):
        return ((padding, padding),) * axes
    if axes == 1:
        before, after = padding[0] if isinstance(padding[0], list | tuple) else padding
        return ((before, after),)
    return tuple((item, item) if isinstance(item, int) else (item[0], item[1]) for item in padding)
