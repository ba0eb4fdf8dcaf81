"""MobileFaceNet: the recogniser that steers (192 dimensions, RGB, ArcFace alignment)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..images import Float, Image
from ..weights.sessions import litert
from .alignment import arcface
from .analyser import Face


class MobileFaceNet:
    """Embeds a face together with its mirror image, whose sum is steadier than either."""

    name = "mobilefacenet"
    dimensions = 192
    # On 223 genuine and 2397 impostor pairs: at 0.45 no genuine pair is missed and 0.46 % of the
    # impostors pass; at 0.55 2.7 % are missed and 0.04 % pass. The people may be in its training
    # data, so these figures are optimistic.
    same_person = 0.45
    different_person = 0.30

    def __init__(self) -> None:
        self._network = litert("mobilefacenet")

    def embed(self, image: Image, faces: Sequence[Face]) -> Float:
        """Embeddings float32 (len(faces), 192) of unit length of `faces` found in `image`.

        The network takes exactly one face and its mirror image at a time.
        """
        embeddings = np.zeros((len(faces), self.dimensions), np.float32)
        for row, face in zip(embeddings, faces, strict=True):
            # (x * 255 - 127.5) / 128, as it was trained.
            pixels = (arcface(image, face.points) * 255 - 127.5) / np.float32(128)
            (pair,) = self._network.run(np.stack([pixels, pixels[:, ::-1]]))
            pair = pair / np.linalg.norm(pair, axis=1, keepdims=True)
            total = pair.sum(axis=0)
            row[:] = total / np.linalg.norm(total)
        return embeddings
