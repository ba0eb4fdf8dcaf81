"""An ArcFace recogniser of the user's own, from an insightface model folder or a lone ONNX file.

Only the recogniser is taken. Detection and mesh are the embedded ones, so that a face is complete
and no detector with a narrower licence comes in by the way; neither is the insightface package
needed, nor anything ever fetched.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..errors import SetupError, WeightsCorrupt, WeightsMissing
from ..images import Float, Image
from ..settings import settings
from ..weights.sessions import OnnxSession, onnx
from .alignment import ARCFACE_SIZE, arcface
from .analyser import Face, FaceAnalyser
from .composed import ComposedAnalyser
from .detection import Detector
from .mesh import Mesher
from .onnx_graph import first_operators

# How the other models of the public packs (buffalo_l, buffalo_m, buffalo_s, buffalo_sc, antelopev2)
# are called: detectors, landmarks, gender and age.
_OTHERS = ("det_", "scrfd_", "1k3d68", "2d106det", "genderage")
_SETTING = "HEADSHOTS_INSIGHTFACE_DIR"


class ArcFaceRecogniser:
    """An ArcFace-class network: aligned 112x112 RGB in, one embedding out.

    name: the file's name and the start of its hash, so that two models never share a space.
    path: the file.
    scaling: what is subtracted from pixels 0..255, and what divides them then.
    """

    # ArcFace models tell the same person at cosines of 0.32 to 0.45, depending on how many false
    # matches one can bear; not measured here, as no such weights may be shipped.
    same_person = 0.40
    different_person = 0.20

    def __init__(self, path: Path) -> None:
        self.path, self._session = path, onnx(path)
        if not _recognises(self._session):
            raise SetupError(
                f"{path} is not a face recogniser: it has other inputs or outputs than ArcFace's",
                f"Set {_SETTING} to a recogniser such as w600k_r50.onnx or glintr100.onnx.",
            )
        content = path.read_bytes()
        self.name = f"{path.stem}-{hashlib.sha256(content).hexdigest()[:8]}"
        self.dimensions = int(self._session.shapes[self._session.outputs[0]][1] or 0)
        # Older exports scale their input themselves, before anything else.
        first = first_operators(content, 8)
        before = first[: first.index("Conv")] if "Conv" in first else first
        scales_itself = {"Sub", "Mul"} <= set(before)
        self.scaling = (0.0, 1.0) if scales_itself else (127.5, 127.5)
        self._batched = self._session.shapes[self._session.inputs[0]][0] is None

    def embed(self, image: Image, faces: Sequence[Face]) -> Float:
        """Embeddings float32 (len(faces), D) of unit length of `faces` found in `image`.

        Each is the sum over the face and its mirror image, which is steadier than either.
        """
        if not faces:
            return np.zeros((0, self.dimensions), np.float32)
        aligned = np.stack([arcface(image, face.points) for face in faces])
        pixels = self._scaled(aligned)
        both = unit(self._run(np.concatenate([pixels, pixels[..., ::-1]])))
        return unit(both[: len(faces)] + both[len(faces) :])

    def raw(self, image: Image, face: Face) -> Float:
        """What the network says of `face` as it stands, float32 (D,), of whatever length: the
        `embedding` of the insightface package.
        """
        aligned = arcface(image, face.points)[None]
        return self._run(self._scaled(aligned))[0]

    def _scaled(self, aligned: Float) -> Float:
        shift, scale = self.scaling
        pixels = (aligned.transpose(0, 3, 1, 2) * 255 - shift) / scale
        return pixels.astype(np.float32)

    def _run(self, pixels: Float) -> Float:
        batches = [pixels] if self._batched else [each[None] for each in pixels]
        name = self._session.inputs[0]
        return np.concatenate([self._session.run({name: batch})[0] for batch in batches])


def load() -> FaceAnalyser:
    """The analyser over the model folder in the settings.

    Raises:
        SetupError: no folder is set, or it holds no recogniser or several; also WeightsMissing and
            WeightsCorrupt.
    """
    return ComposedAnalyser(
        "insightface", Detector(), Mesher(), ArcFaceRecogniser(find_recogniser())
    )


def find_recogniser() -> Path:
    """The recogniser's file, from the folder or file in the settings.

    Raises:
        SetupError: see `load`.
    """
    place = settings().insightface_dir
    if place is None:
        raise WeightsMissing(
            "No folder of insightface models is set",
            f"Set {_SETTING} to the folder that holds the .onnx files, or to one recogniser; "
            "mind that the insightface packs are not for commercial work.",
        )
    place = place.expanduser()
    if place.is_file():
        return place
    if not place.is_dir():
        raise WeightsMissing(
            f"{_SETTING} names {place}, which does not exist", "Check the path and its spelling."
        )
    models = sorted(path for path in place.glob("*.onnx") if not path.name.startswith(_OTHERS))
    # Where names don't tell, the shapes do.
    recognisers = (
        models if len(models) == 1 else [path for path in models if _recognises(onnx(path))]
    )
    if len(recognisers) == 1:
        return recognisers[0]
    if recognisers:
        raise SetupError(
            f"{place} holds several recognisers: {', '.join(path.name for path in recognisers)}",
            f"Set {_SETTING} to the one to use.",
        )
    raise _nothing_in(place)


def _nothing_in(place: Path) -> SetupError:
    """Why `place` has no recogniser: the usual mistakes, each with its way out."""
    # One level down, or two: a zip that held a folder, or insightface's own root with its models.
    deeper = sorted(path.parent for level in ("*", "*/*") for path in place.glob(f"{level}/*.onnx"))
    if deeper:
        return WeightsMissing(
            f"{place} has no models itself; they lie deeper, in {deeper[0]}",
            f"Set {_SETTING} to {deeper[0]}.",
        )
    if zips := sorted(place.glob("*.zip")):
        return WeightsMissing(
            f"{place} holds {zips[0].name}, which is still packed",
            f"Unpack it, so that the .onnx files lie in {place} itself.",
        )
    return WeightsMissing(
        f"{place} holds no recogniser",
        "Put one there, such as w600k_r50.onnx (buffalo_l) or glintr100.onnx (antelopev2, "
        "AuraFace).",
    )


def _recognises(session: OnnxSession) -> bool:
    if len(session.inputs) != 1 or len(session.outputs) != 1:
        return False
    input_shape, output_shape = (
        session.shapes[session.inputs[0]],
        session.shapes[session.outputs[0]],
    )
    square = (3, ARCFACE_SIZE, ARCFACE_SIZE)
    return input_shape[1:] == square and len(output_shape) == 2 and output_shape[1] is not None


def unit(vectors: Float) -> Float:
    """`vectors` (n, D) brought to length 1, float32; WeightsCorrupt where one has none."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.isfinite(lengths).all() or not lengths.all():
        raise WeightsCorrupt(
            "The recogniser's answer is empty or not a number", "Replace its model file."
        )
    return (vectors / lengths).astype(np.float32)
