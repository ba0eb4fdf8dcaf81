"""Chooses the recogniser for identity guidance, which is never the one that judges afterwards."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ....errors import InputError
from ....faces import ANALYSERS
from ....faces.insightface import ArcFaceRecogniser
from ....identity.identity import Identity
from ....identity.judge import judge_among
from ....images import Float
from ....photos import read_photo
from ....settings import settings
from ..models.onnx_network import OnnxNetwork
from .mobilefacenet import Recogniser


@dataclass(frozen=True, eq=False)
class Steering:
    """A recogniser with a gradient, and its target.

    name: of the recogniser.
    network: from aligned faces (batch, 3, 112, 112), -1..1, to embeddings (batch, D) of unit
        length.
    wanted: the sitter's template, float32 (D,) of unit length.
    """

    name: str
    network: torch.nn.Module
    wanted: Float


class ArcFace(torch.nn.Module):
    """The user's own recogniser; a test compares its outputs with those of its file."""

    def __init__(self, recogniser: ArcFaceRecogniser) -> None:
        super().__init__()
        self._network = OnnxNetwork(recogniser.path)
        self._shift, self._scale = recogniser.scaling

    def forward(self, faces: Tensor) -> Tensor:
        """See `Steering.network`."""
        pixels = ((faces + 1) * 127.5 - self._shift) / self._scale
        both = self._network(torch.cat([pixels, pixels.flip(3)]))
        one, mirrored = functional.normalize(both, dim=1).chunk(2)
        return functional.normalize(one + mirrored, dim=1)


def steering_of(identity: Identity) -> Steering:
    """The recogniser that guides towards `identity`.

    The ArcFace recogniser of the settings' analyser if that is `insightface` and doesn't judge;
    else MobileFaceNet.

    Raises:
        InputError: the only possible one judges.
        SetupError, WeightsMissing: see `faces.insightface.load`.
    """
    judging = judge_among(identity)
    judge = judging.name if judging else ""
    own = settings().analyser == "insightface"
    arcface = ANALYSERS.get("insightface").recogniser if own else None
    if isinstance(arcface, ArcFaceRecogniser) and arcface.name != judge:
        network = ArcFace(arcface).eval().requires_grad_(False)
        return Steering(arcface.name, network, _template(identity, arcface))
    template = identity.templates.get(Recogniser.name)
    if template is None or Recogniser.name == judge:
        raise InputError(
            f"Guidance by {Recogniser.name} was asked for, and nothing else can judge the result",
            "Enrol the sitter with the usual judge (HEADSHOTS_JUDGE=dlib), or leave guidance off.",
        )
    return Steering(Recogniser.name, Recogniser().eval().requires_grad_(False), template.vector)


def _template(identity: Identity, recogniser: ArcFaceRecogniser) -> Float:
    """The sitter's template; without one for this recogniser, the mean over their photos."""
    if (template := identity.templates.get(recogniser.name)) is not None:
        return template.vector
    embeddings = [
        recogniser.embed(read_photo(photo.data, name=photo.name).image, [photo.face])[0]
        for photo in identity.photos
    ]
    mean = np.mean(embeddings, axis=0)
    return np.asarray(mean / np.linalg.norm(mean), np.float32)
