"""The common shortcut: MODNet's matte at 512 px, and the photo pasted on a wall with Pillow.

No framing by the face, no colour correction of the edges, no light, no retouch.
"""

from __future__ import annotations

from itertools import cycle
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image, ImageOps
from worker import Prepare, Run

SIZE = (1024, 1280)
WALLS = ((143, 145, 150), (76, 79, 85), (241, 242, 244), (92, 112, 138))


def tasks(folder: Path) -> dict[str, Prepare]:
    session = onnxruntime.InferenceSession(
        str(folder / "modnet.onnx"), providers=["CPUExecutionProvider"]
    )

    def first() -> tuple[Run, int]:
        return lambda: _paste(*_cut(session, folder / "sitter.png"), WALLS[0]), 1

    def following() -> tuple[Run, int]:
        photo, matte = _cut(session, folder / "sitter.png")
        walls = cycle(WALLS)
        return lambda: _paste(photo, matte, next(walls)), 1

    return {"first": first, "next": following}


def _cut(session: onnxruntime.InferenceSession, path: Path) -> tuple[Image.Image, Image.Image]:
    photo = Image.open(path).convert("RGB")
    scale = 512 / min(photo.size)
    width, height = (max(32, round(side * scale / 32) * 32) for side in photo.size)
    pixels = np.asarray(photo.resize((width, height), Image.Resampling.BILINEAR), np.float32)
    tensor = (pixels / 127.5 - 1).transpose(2, 0, 1)[None]
    (alpha,) = session.run(None, {session.get_inputs()[0].name: tensor})
    matte = Image.fromarray((np.clip(alpha[0, 0], 0, 1) * 255).astype(np.uint8))
    return photo, matte.resize(photo.size, Image.Resampling.BICUBIC)


def _paste(photo: Image.Image, matte: Image.Image, wall: tuple[int, int, int]) -> Image.Image:
    large = ImageOps.fit(photo, SIZE, Image.Resampling.BICUBIC, centering=(0.5, 0.2))
    cover = ImageOps.fit(matte, SIZE, Image.Resampling.BICUBIC, centering=(0.5, 0.2))
    picture = Image.new("RGB", SIZE, wall)
    picture.paste(large, mask=cover)
    return picture
