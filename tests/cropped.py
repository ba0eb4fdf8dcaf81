"""Photos as if they had been taken from nearer: less of them above and below the head."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image

from headshots.core.faces import ANALYSERS
from headshots.core.faces.regions import CHIN
from headshots.core.photos import read_photo


def cropped(file: Path, *, above: float = 9.0, below: float = 9.0) -> bytes:
    """A PNG of the photo of one person that ends so far above the face and below the chin.

    above, below: in heights of the face, chin to forehead.
    """
    photo = read_photo(file)
    (face,) = ANALYSERS.get("embedded").analyse(photo.image, embed=False)
    rows = face.landmarks[:468, 1]
    tall = float(np.ptp(rows))
    top, bottom = float(rows.min()) - above * tall, float(face.landmarks[CHIN, 1]) + below * tall
    with Image.open(file) as image:
        box = (0, max(0, round(top)), image.width, min(image.height, round(bottom)))
        out = io.BytesIO()
        image.convert("RGB").crop(box).save(out, "PNG")
    return out.getvalue()
