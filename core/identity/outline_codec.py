"""The outline of an enrolled photo as a part of the identity's header."""

from __future__ import annotations

import base64
import zlib
from typing import Annotated, TypeAlias

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from ..framing.outline import LEVELS, Outline

_OutlineSide: TypeAlias = Annotated[int, Field(ge=1, le=2048)]
_OUTSIDE = 255


class Record(BaseModel):
    # Values that are made here are checked as well: nothing is written that can't be read. Errors
    # reach logs, where a sitter's data must not.
    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        allow_inf_nan=False,
        revalidate_instances="always",
        hide_input_in_errors=True,
    )


class OutlineHeader(Record):
    """An outline without its arrays.

    shape: rows and columns.
    pixels: base64 of the zlib of uint8 row by row: the matte from 0 to 254; 255 beyond the photo.
    The rest is as in `Outline`.
    """

    shape: tuple[_OutlineSide, _OutlineSide]
    pixels: str
    crown: float
    crown_cut: bool
    eyes: float
    chin: float
    hairline: float
    left: float
    right: float
    middle: float


_PLACES = ("crown", "crown_cut", "eyes", "chin", "hairline", "left", "right", "middle")


def outline_header(outline: Outline) -> OutlineHeader:
    """`outline` as it is stored; see `outline_from`."""
    levels = np.round(np.clip(outline.matte, 0, 1) * LEVELS).astype(np.uint8)
    pixels = np.where(outline.inside, levels, np.uint8(_OUTSIDE)).tobytes()
    return OutlineHeader(
        shape=(outline.matte.shape[0], outline.matte.shape[1]),
        pixels=base64.b64encode(zlib.compress(pixels, 9)).decode(),
        **{name: getattr(outline, name) for name in _PLACES},
    )


def outline_from(header: OutlineHeader) -> Outline:
    """The outline of a header.

    Raises:
        ValueError: its pixels are damaged, or more or fewer than it says.
    """
    rows, columns = header.shape
    unpacker = zlib.decompressobj()
    try:  # no further than it says: a few bytes can unpack to gigabytes
        pixels = unpacker.decompress(base64.b64decode(header.pixels, validate=True), rows * columns)
    except zlib.error as error:
        raise ValueError("an outline is damaged") from error
    if len(pixels) != rows * columns or unpacker.unconsumed_tail:
        raise ValueError("an outline has another size than it says")
    levels = np.frombuffer(pixels, np.uint8).reshape(rows, columns)
    inside = levels < _OUTSIDE
    matte = np.where(inside, levels / np.float32(LEVELS), np.float32(0)).astype(np.float32)
    return Outline(matte, inside, **{name: getattr(header, name) for name in _PLACES})
