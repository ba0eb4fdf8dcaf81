"""dlib's recogniser: the second, independent one, which judges what the first one steered."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..images import Float, Image
from ..weights.sessions import converted
from . import regions
from .alignment import similarity, warp
from .analyser import Face, FaceAnalyser
from .composed import ComposedAnalyser
from .detection import Detector
from .dlib_network import SIZE, convert
from .mesh import Mesher

# Where dlib's five-point model expects the corners of the left eye, those of the right eye (outer
# first, then inner; inner first, then outer) and the base of the nose: shares of the face's size,
# from get_face_chip_details in dlib/image_transforms/interpolation.h.
_TEMPLATE = np.array(
    [
        [0.1205750620789, 0.2137274526848],
        [0.3340850613712, 0.2290642403242],
        [0.6460604764104, 0.2289674387677],
        [0.8595674595992, 0.2134981538014],
        [0.4901123135679, 0.6277975316475],
    ],
    np.float32,
)
# Border around the face in the chip, as a share of the face's size (dlib's recommended value).
_PADDING = 0.25
_POINTS = (regions.LEFT_EYE[0], regions.LEFT_EYE[8], regions.RIGHT_EYE[8], regions.RIGHT_EYE[0], 2)


class DlibRecogniser:
    """dlib's ResNet over chips that the mesh aligns, so that no landmark weights are needed."""

    name = "dlib"
    dimensions = 128
    # dlib's own threshold, a Euclidean distance of 0.6, is a cosine of 0.92 at the usual length of
    # its embeddings (1.47). Measured: three photos of one person and two crops of one of them
    # against each other 0.952 to 0.997; people within the same six group photos at most 0.93
    # (young women of one complexion, which this network tells apart least), median 0.85.
    same_person = 0.92
    different_person = 0.88

    def __init__(self) -> None:
        self._network = converted("dlib-recogniser", convert)

    def embed(self, image: Image, faces: Sequence[Face]) -> Float:
        """Embeddings float32 (len(faces), 128) of unit length of `faces` found in `image`."""
        if not faces:
            return np.zeros((0, self.dimensions), np.float32)
        chips = np.stack([chip(image, face.landmarks) for face in faces])
        (embeddings,) = self._network.run({"pixels": chips.transpose(0, 3, 1, 2) * 255})
        return embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)


def chip(image: Image, landmarks: Float) -> Image:
    """The face as dlib's network sees it, float32 (150, 150, 3) sRGB 0..1."""
    target = (_TEMPLATE + _PADDING) / (2 * _PADDING + 1) * np.float32(SIZE)
    matrix = similarity(landmarks[list(_POINTS), :2], target)
    return np.clip(warp(image, matrix, SIZE), 0, 1)


def load() -> FaceAnalyser:
    """The analyser that embeds with dlib's recogniser; detection and mesh are the embedded ones.

    Raises:
        WeightsMissing: a weights file was not fetched yet.
    """
    return ComposedAnalyser("dlib", Detector(), Mesher(), DlibRecogniser())
