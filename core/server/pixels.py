"""Pictures in HTTP bodies: PNG or JPEG for any client, raw samples for editors that need speed."""

from __future__ import annotations

import io
from typing import Any, Literal, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL.PngImagePlugin import putchunk
from starlette.responses import Response

from ..delivery.xmp import build_xmp
from ..errors import PhotoDamaged
from ..images import Float, fit, to_u8, to_u16
from ..photos.writing import encode
from ..provenance import UNKNOWN, Provenance

As = Literal["png", "jpeg", "raw", "raw16"]
Samples: TypeAlias = NDArray[np.uint8 | np.uint16]
_AFTER_HEADER = 33  # bytes: a PNG's signature and its first chunk, IHDR


def picture_response(
    image: Float, form: As, longest: int | None, since: Float | None = None
) -> Response:
    """`image`, float32 (H, W, 3) sRGB or (H, W) mask, 0..1, as an HTTP response.

    Args:
        form: "raw" is uint8 rows from the top, samples interleaved; its size is in the headers
            X-Width, X-Height and X-Channels. "raw16" is the same in uint16, the lower byte first.
        longest: limit of the longer side in pixels; None leaves the picture as it is.
        since: for raw samples what the picture was before, float32 (H, W, 3); where it has the same
            size, a fourth channel is full where the picture differs from it, and 0 elsewhere.
    """
    if longest is not None and max(image.shape[:2]) > longest:
        image = fit(image, longest)[0]
    if form in ("raw", "raw16"):
        rounded = to_u8 if form == "raw" else to_u16
        samples = rounded(image)
        if since is not None and since.shape == image.shape:
            samples = _marked(samples, rounded(since))
        return raw_response(samples)
    if image.ndim == 2:
        ok, data = cv2.imencode(".png" if form == "png" else ".jpg", to_u8(image))
        if not ok:
            raise ValueError("OpenCV encoded no mask")
        return Response(data.tobytes(), media_type=f"image/{form}")
    return Response(encode(image, form), media_type=f"image/{form}")


def _marked(samples: Samples, before: Samples) -> Samples:
    """`samples` (H, W, 3) with a fourth channel, full where they differ from `before`."""
    differing = (samples != before).any(axis=2)
    full = np.full(differing.shape, np.iinfo(samples.dtype).max, samples.dtype)
    return np.dstack([samples, full * differing])


def raw_response(samples: Samples) -> Response:
    """Raw samples, uint8 or uint16, (H, W) or (H, W, C), as an HTTP response."""
    height, width, *channels = samples.shape
    headers: dict[str, Any] = {
        "X-Width": str(width),
        "X-Height": str(height),
        "X-Channels": str(channels[0] if channels else 1),
    }
    content = samples.astype(samples.dtype.newbyteorder("<"), order="C", copy=False).tobytes()
    return Response(content, media_type="application/octet-stream", headers=headers)


def png_of_raw(
    data: bytes,
    width: int,
    height: int,
    channels: int,
    bits: int = 8,
    provenance: Provenance = UNKNOWN,
) -> bytes:
    """Rows of sRGB, with straight alpha where there are four channels, as a PNG of that depth.

    Args:
        bits: 8 for uint8, 16 for uint16 with the lower byte first.
        provenance: written into the metadata, as in a delivered file.

    Raises:
        PhotoDamaged: there are more or fewer bytes than the size says.
    """
    if len(data) != width * height * channels * bits // 8:
        raise PhotoDamaged(
            f"{len(data)} bytes came for {width} by {height} pixels of {channels} channels of "
            f"{bits} bits",
            "Send width * height * channels * bits / 8 bytes.",
        )
    kind = np.dtype("<u2") if bits == 16 else np.dtype(np.uint8)
    samples = np.frombuffer(data, kind).reshape(height, width, channels)
    opaque = np.iinfo(kind).max
    if channels == 4 and samples[..., 3].min() == opaque:  # no alpha channel is needed
        samples = samples[..., :3]
    order = cv2.COLOR_RGB2BGR if samples.shape[2] == 3 else cv2.COLOR_RGBA2BGRA
    # Level 1: the picture stays on this machine, so speed matters and size doesn't.
    ok, encoded = cv2.imencode(
        ".png", cv2.cvtColor(samples, order), [cv2.IMWRITE_PNG_COMPRESSION, 1]
    )
    if not ok:
        raise PhotoDamaged("The pixels can't be held in a PNG", "Send a smaller picture.")
    png = encoded.tobytes()
    return png if provenance == UNKNOWN else _with_provenance(png, provenance)


def _with_provenance(png: bytes, provenance: Provenance) -> bytes:
    """`png` with its provenance in its XMP metadata."""
    xmp, chunk = build_xmp(None, provenance=provenance), io.BytesIO()
    putchunk(chunk, b"iTXt", b"XML:com.adobe.xmp" + bytes(5), xmp)  # as in `encode`
    return png[:_AFTER_HEADER] + chunk.getvalue() + png[_AFTER_HEADER:]
