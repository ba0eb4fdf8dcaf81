"""Reads, writes and applies colour tables in .cube files.

"Cube LUT Specification", version 1.0, Adobe 2013; and the two keywords for the range of the input
that DaVinci Resolve writes in place of the domain.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import LookUnreadable
from ..images import Float, Image

SUFFIX = ".cube"
_MOST_BYTES = 20_000_000  # a table of 65 colours a side takes 8 MB
_MOST_3D, _MOST_1D = 65, 65536
_REMEDY = "Take a .cube file with a 1D table, or a 3D one of at most 65 colours a side."
_TRIPLE, _RANGE = 3, 2


@dataclass(frozen=True, eq=False)
class Cube:
    """A table from sRGB colours to sRGB colours.

    table: float32 (N, 3) of one curve for each channel, or (N, N, N, 3) by red, green and blue.
    low, high: the colours of its first and last entry, float32 (3,).
    title: for people.
    """

    table: Float
    low: Float
    high: Float
    title: str = ""

    def applied(self, image: Image) -> Image:
        """`image` sRGB (..., 3), any shape, through the table; not clipped.

        Colours beyond the domain count as its nearest ones. Between the entries of a 3D table it
        goes along tetrahedra, which keeps greys grey (Kasson, Nin, Plouffe and Hafner, Journal of
        Electronic Imaging 4, 1995).
        """
        place = np.clip((image - self.low) / (self.high - self.low), 0, 1)
        place = place.astype(np.float32) * np.float32(len(self.table) - 1)
        if self.table.ndim == 2:
            codes = np.arange(len(self.table))
            channels = [np.interp(place[..., c], codes, self.table[:, c]) for c in range(3)]
            return np.stack(channels, -1).astype(np.float32)
        return _tetrahedral(self.table, place)

    def grid(self, size: int) -> Cube:
        """The same as a 3D table of `size` colours a side over 0..1."""
        return Cube(self.applied(identity(size)), *_UNIT, self.title)

    def to_text(self) -> str:
        """The content of its file, of a 3D table over 0..1."""
        rows = self.table.transpose(2, 1, 0, 3).reshape(-1, 3)  # red changes fastest
        lines = [f'TITLE "{self.title}"', f"LUT_3D_SIZE {len(self.table)}"]
        return "\n".join([*lines, *(" ".join(f"{each:.6f}" for each in row) for row in rows), ""])


_UNIT = (np.zeros(3, np.float32), np.ones(3, np.float32))


def identity(size: int) -> Float:
    """The colours of a 3D table of `size` a side, each at its own place, (N, N, N, 3)."""
    steps = np.linspace(0, 1, size, dtype=np.float32)
    return np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), -1)


def read_cube(path: Path) -> Cube:
    """The table in the file at `path`.

    Raises:
        LookUnreadable: it can't be opened, or isn't such a table; the line is named.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise LookUnreadable(f"{path} is too large for a colour table", _REMEDY)
        text = path.read_text("utf-8", "replace")
    except OSError as error:
        raise LookUnreadable(
            f"{path} can't be opened: {error.strerror}", "Check the path, and that you may read it."
        ) from error
    return parse_cube(text, str(path))


def parse_cube(text: str, name: str = "the table") -> Cube:
    """The table in the text of a .cube file called `name`; raises as `read_cube`."""
    words: dict[str, list[float]] = {}
    title, rows = "", list[list[float]]()
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), 1):
        bare = line.strip()
        if not bare or bare.startswith("#"):
            continue
        if bare.startswith("TITLE"):
            title = bare.removeprefix("TITLE").strip().strip('"')
            continue
        keyword = re.match(r"[A-Z][A-Z0-9_]*", bare)
        try:
            values = [float(each) for each in bare[keyword.end() if keyword else 0 :].split()]
        except ValueError:
            values = []
        if keyword:
            words[keyword[0]] = values
        elif len(values) == _TRIPLE:
            rows.append(values)
        if not values or (not keyword and len(values) != _TRIPLE):
            raise LookUnreadable(f"{name}, line {number} is {_shown(bare)}", _REMEDY)
    size, shape = _size(words, name)
    if len(rows) != size:
        raise LookUnreadable(f"{name} has {len(rows)} colours where it says {size}", _REMEDY)
    table = np.asarray(rows, np.float32)
    if len(shape) > 1:
        table = table.reshape(*shape, 3).transpose(2, 1, 0, 3)
    low, high = _domain(words, name)
    if not np.isfinite(table).all() or np.abs(table).max() > 1000:
        raise LookUnreadable(f"{name} has values that are no colours", _REMEDY)
    return Cube(np.ascontiguousarray(table), low, high, title)


def _size(words: dict[str, list[float]], name: str) -> tuple[int, tuple[int, ...]]:
    """How many colours there have to be, and how they lie."""
    one, three = words.get("LUT_1D_SIZE"), words.get("LUT_3D_SIZE")
    if (one is None) == (three is None):
        what = "both a 1D and a 3D table" if one else "neither a 1D nor a 3D table"
        raise LookUnreadable(f"{name} holds {what}", _REMEDY)
    (side, *more), most = (one or three or [0.0]), _MOST_1D if one else _MOST_3D
    if more or side != int(side) or not 2 <= side <= most:
        raise LookUnreadable(f"{name} has a table of {side:g} colours a side", _REMEDY)
    side = int(side)
    return (side, (side,)) if one else (side**3, (side, side, side))


def _domain(words: dict[str, list[float]], name: str) -> tuple[Float, Float]:
    ends = [words.get("DOMAIN_MIN", [0.0] * _TRIPLE), words.get("DOMAIN_MAX", [1.0] * _TRIPLE)]
    for key in ("LUT_1D_INPUT_RANGE", "LUT_3D_INPUT_RANGE"):
        if len(given := words.get(key, [])) == _RANGE:
            ends = [[given[0]] * _TRIPLE, [given[1]] * _TRIPLE]
    if any(len(each) != _TRIPLE for each in ends):
        raise LookUnreadable(f"{name} has a domain that is no pair of colours", _REMEDY)
    low, high = (np.asarray(each, np.float32) for each in ends)
    if not (np.isfinite(low).all() and np.isfinite(high).all() and (high - low > 1e-6).all()):
        raise LookUnreadable(f"{name} has an empty domain", _REMEDY)
    return low, high


def _tetrahedral(table: Float, place: Float) -> Float:
    """`table` (N, N, N, 3) at `place` (..., 3), in entries from 0 to N - 1."""
    size = len(table)
    flat = table.reshape(-1, 3)
    strides = np.array([size * size, size, 1])
    corner = np.minimum(place.astype(np.int64), size - 2)
    share = place - corner
    order = np.argsort(-share, axis=-1, kind="stable")
    share = np.take_along_axis(share, order, -1)
    steps: NDArray[np.int64] = strides[order]
    at = corner @ strides
    result = flat[at] * (1 - share[..., :1])
    for axis in range(3):
        at = at + steps[..., axis]
        after = share[..., axis + 1 : axis + 2] if axis < 2 else np.float32(0)
        result += flat[at] * (share[..., axis : axis + 1] - after)
    return result.astype(np.float32)


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "...")
