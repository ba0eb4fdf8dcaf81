"""Changes the samples of a TIFF; all its other bytes stay (TIFF 6.0)."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import cv2
import numpy as np
import PIL.Image
from numpy.typing import NDArray

from ..errors import PhotoUnsupported
from .raster import unchanged
from .tiff import PHOTOMETRIC
from .upright import turn, turn_back

if TYPE_CHECKING:
    from tifffile import TiffPage

Change: TypeAlias = Callable[[NDArray[Any], bytes | None], NDArray[Any]]

_COMPRESSION, _ORIENTATION, _XMP, _PROFILE = 259, 274, 700, 34675
_STRIPS, _STRIP_SIZES, _TILES, _TILE_SIZES = 273, 279, 324, 325
_LAYERS = 37724  # Photoshop's own layers, which would still show the old picture
_PLAIN, _LZW, _DEFLATE, _OLD_DEFLATE = 1, 5, 8, 32946
_HORIZONTAL = 2  # predictor: differences between neighbours
_BYTE = 1
_REMEDY = "Hand over a flat RGB TIFF of 8 or 16 bits, uncompressed or with ZIP or LZW compression."


def changed(data: bytes, name: str, change: Change, xmp: bytes | None) -> bytes:
    """See `put_back.put_back`.

    Only strips whose samples changed are written, where the old ones lay if there is room, else at
    the end. LZW becomes ZIP, as no encoder for it is here.
    """
    import tifffile

    buffer = io.BytesIO(data)
    if xmp is not None and xmp_of(data) is None:
        buffer = io.BytesIO(_with_entry(data, _XMP))
    with tifffile.TiffFile(buffer) as file:
        page: TiffPage = file.pages[0]  # type: ignore[assignment]
        _check(page, name)
        orientation = _number(page, _ORIENTATION, 1)
        stored = _samples(page, data, orientation)
        profile = page.tags[_PROFILE].value if _PROFILE in page.tags else None
        result = turn_back(change(turn(stored, orientation), profile), orientation)
        _write(page, buffer, stored, result)
    if xmp is not None:
        buffer.seek(0)
        with tifffile.TiffFile(buffer) as file:
            file.pages[0].tags[_XMP].overwrite(xmp, dtype=_BYTE)  # type: ignore[union-attr]
    return buffer.getvalue()


def xmp_of(data: bytes) -> bytes | None:
    """The XMP packet, or None."""
    import tifffile

    with tifffile.TiffFile(io.BytesIO(data)) as file:
        tag = file.pages[0].tags.get(_XMP)  # type: ignore[union-attr]
        return bytes(tag.value) if tag is not None else None


def _check(page: TiffPage, name: str) -> None:
    """Raise PhotoUnsupported if its samples can't be changed."""
    fault = ""
    if _LAYERS in page.tags:
        fault = "holds the layers of Photoshop, which an edit of the flat picture doesn't reach"
    elif page.compression not in (_PLAIN, _LZW, _DEFLATE, _OLD_DEFLATE):
        fault = f"is compressed by {getattr(page.compression, 'name', page.compression)}"
    elif page.bitspersample not in (8, 16) or _number(page, PHOTOMETRIC, 2) not in (1, 2):
        fault = "holds another kind of samples than grey or RGB of 8 or 16 bits"
    elif page.planarconfig != 1 or page.predictor not in (1, _HORIZONTAL) or page.fillorder != 1:
        fault = "holds its samples in an unusual order"
    if fault:
        raise PhotoUnsupported(f"{name} is a TIFF that {fault}", _REMEDY)


def _samples(page: TiffPage, data: bytes, orientation: int) -> NDArray[Any]:
    """The samples as stored, (H, W) or (H, W, C)."""
    if page.compression != _LZW:
        read = page.asarray()
        return read.astype(read.dtype.newbyteorder("="), copy=False)
    # Both of these turn it upright.
    if page.bitspersample == 8:
        with PIL.Image.open(io.BytesIO(data), formats=["TIFF"]) as picture:
            return turn_back(np.asarray(picture), orientation)
    upright = np.asarray(unchanged(data))
    if upright.ndim == 3:
        order = cv2.COLOR_BGR2RGB if upright.shape[2] == 3 else cv2.COLOR_BGRA2RGBA
        upright = cv2.cvtColor(upright, order)
    return turn_back(upright, orientation)


def _write(page: TiffPage, buffer: io.BytesIO, old: NDArray[Any], new: NDArray[Any]) -> None:
    """Write the segments (strips or tiles) in which `new` differs from `old`."""
    offsets, sizes = list(page.dataoffsets), list(page.databytecounts)
    rows, columns = page.chunks[:2]
    across = -(-old.shape[1] // columns)
    anew = page.compression == _LZW
    encoded: dict[int, bytes] = {}
    for index in range(len(offsets)):
        top, left = index // across * rows, index % across * columns
        part = np.s_[top : top + rows, left : left + columns]
        if anew or not np.array_equal(old[part], new[part]):
            encoded[index] = _encoded(page, new[part], (rows, columns))
    if not encoded:
        return
    _place(buffer, encoded, offsets, sizes)
    where, lengths = (_TILES, _TILE_SIZES) if page.is_tiled else (_STRIPS, _STRIP_SIZES)
    wide = max(*offsets, *sizes) > 0xFFFF
    for code, values in ((where, offsets), (lengths, sizes)):
        tag = page.tags[code]
        tag.overwrite(values, dtype=4 if wide and tag.dtype == 3 else None)
    if anew:
        page.tags[_COMPRESSION].overwrite(_DEFLATE)


def _encoded(page: TiffPage, part: NDArray[Any], size: tuple[int, int]) -> bytes:
    """One segment. Tiles at the edges are filled up to `size`; strips end with the picture."""
    if page.is_tiled and part.shape[:2] != size:
        room = [(0, size[0] - part.shape[0]), (0, size[1] - part.shape[1])]
        part = np.pad(part, room + [(0, 0)] * (part.ndim - 2), mode="edge")
    if page.predictor == _HORIZONTAL:
        part = np.concatenate([part[:, :1], part[:, 1:] - part[:, :-1]], axis=1)  # modular
    raw = part.astype(part.dtype.newbyteorder(page.parent.byteorder)).tobytes()
    return raw if page.compression == _PLAIN else zlib.compress(raw, 6)


def _place(
    buffer: io.BytesIO, encoded: dict[int, bytes], offsets: list[int], sizes: list[int]
) -> None:
    """Write segments into the room of those that they replace, first come first served."""
    free = _merged(sorted((offsets[index], sizes[index]) for index in encoded))
    for start, length in free:
        buffer.seek(start)
        buffer.write(bytes(length))  # nothing of the old picture is left
    for index, segment in encoded.items():
        room = next((i for i, (_, length) in enumerate(free) if length >= len(segment)), None)
        if room is None:
            start = buffer.seek(0, io.SEEK_END)
            start += buffer.write(bytes(start % 2))  # on a word boundary
        else:
            start, length = free[room]
            free[room] = (start + len(segment), length - len(segment))
        buffer.seek(start)
        buffer.write(segment)
        offsets[index], sizes[index] = start, len(segment)


def _merged(regions: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """(start, length) of regions in order, those that touch as one."""
    merged: list[tuple[int, int]] = []
    for start, length in regions:
        if merged and sum(merged[-1]) == start:
            merged[-1] = (merged[-1][0], merged[-1][1] + length)
        else:
            merged.append((start, length))
    return merged


def _number(page: TiffPage, code: int, default: int) -> int:
    return int(page.tags[code].value) if code in page.tags else default


def _with_entry(data: bytes, code: int) -> bytes:
    """`data` with a tag of one zero byte in its first directory, which is moved to the end."""
    order = "<" if data[:2] == b"II" else ">"
    large = 43 in (data[2], data[3])
    head, count, entry = (8, "Q", "HHQ8s") if large else (4, "H", "HHI4s")
    pointer = order + ("Q" if large else "I")
    (start,) = struct.unpack_from(pointer, data, head)
    (amount,) = struct.unpack_from(order + count, data, start)
    first, width = start + struct.calcsize(order + count), struct.calcsize(order + entry)
    entries = [data[first + i * width : first + (i + 1) * width] for i in range(amount)]
    end = first + amount * width
    entries.append(struct.pack(order + entry, code, _BYTE, 1, b""))
    entries.sort(key=lambda each: struct.unpack_from(order + "H", each)[0])
    following = data[end : end + struct.calcsize(pointer)]
    data += bytes(len(data) % 2)
    directory = struct.pack(order + count, amount + 1) + b"".join(entries) + following
    return data[:head] + struct.pack(pointer, len(data)) + data[head + len(following) :] + directory
