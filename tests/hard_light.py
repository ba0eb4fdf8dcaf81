"""Photos of real sitters with hard light planted on them, as a bare lamp above a stage makes it."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import cv2
import numpy as np

from headshots.core.generation.looks import Light
from headshots.core.generation.studio.light.shading import shade
from headshots.core.identity.identity import EnrolledPhoto
from headshots.core.images import Image, resize, to_linear, to_srgb, to_u8
from headshots.core.photos import read_photo
from headshots.core.portrait.matting import cut_out
from headshots.core.portrait.shape import model

# From above and a little aside, of no size, with hardly anything in its shadows.
STAGE = Light(azimuth=22, elevation=55, key=1.0, fill=0.1, wrap=0.0, shadow=1.0, strength=1.0)


def on_stage(photo: EnrolledPhoto) -> EnrolledPhoto:
    """`photo`, its sitter under `STAGE` on top of the light that it has."""
    image = read_photo(photo.data).image
    face = photo.face
    matte = cut_out(image, face).matte
    crown = float(np.argmax((matte > 0.5).any(axis=1)))
    shape = model(face, crown, matte)
    total = np.add(*shade(shape, STAGE))
    lit = float(np.quantile(total[shape.face > 0.5], 0.9))
    gain = resize(np.asarray(total / lit, np.float32), image.shape[1], image.shape[0])
    planted = _encoded(to_srgb(np.asarray(to_linear(image) * gain[..., None], np.float32)))
    return replace(photo, data=planted, sha256=hashlib.sha256(planted).hexdigest(), light=None)


def _encoded(image: Image) -> bytes:
    pixels = to_u8(image)[..., ::-1]
    done, data = cv2.imencode(".png", np.ascontiguousarray(pixels))
    assert done
    return data.tobytes()
