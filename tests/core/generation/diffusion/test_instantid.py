"""InstantID from diffusers' own parts, beside what its authors' pipeline computes."""

from __future__ import annotations

import hashlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from torch.nn import functional

from headshots.core.faces import ANALYSERS
from headshots.core.faces.alignment import arcface
from headshots.core.faces.insightface import ArcFaceRecogniser
from headshots.core.generation import GENERATORS, Request, find_look
from headshots.core.generation.diffusion.adapters.attach import Attached, attached
from headshots.core.generation.diffusion.adapters.identity_conditioning import identity_conditioning
from headshots.core.generation.diffusion.adapters.installed import AdapterKind, adapter_for
from headshots.core.generation.diffusion.adapters.instantid import key_points
from headshots.core.generation.diffusion.families.detect import FAMILIES
from headshots.core.generation.diffusion.models import model_pool as opening
from headshots.core.identity.identity import Identity
from headshots.core.images import to_u8
from headshots.core.painting import Painting
from headshots.core.photos import read_photo
from headshots.core.weights.sessions import onnx

from .test_adapters import held, opened

pytestmark = pytest.mark.slow

__all__ = ["held"]  # a fixture
# Eyes, nose and mouth of a face in 640 x 768, with fractions that are cut off.
POINTS = ((381.7, 402.6), (502.2, 395.4), (448.9, 489.1), (399.5, 561.8), (497.4, 553.3))
# Of the picture that `draw_kps` of InstantID's published pipeline makes of them.
DRAWN = "f065de7a2c8350f328862fd7d92952bf709169bbdc61811d3ec92fb1c2c5f8f7"


def test_a_face_is_drawn_to_the_pixel_as_its_authors_draw_it() -> None:
    face: Any = SimpleNamespace(points=np.float32(POINTS))
    drawn = to_u8(key_points(face, (768, 640)))
    assert hashlib.sha256(drawn.tobytes()).hexdigest() == DRAWN
    assert not key_points(None, (768, 640)).any()


def test_the_embedding_is_the_networks_own_of_its_own_length(held: Path, sitter: Identity) -> None:
    """As the insightface package computes `embedding`: of 8 bits, once, not of the mirror image;
    FaceID is told the same of unit length, its `normed_embedding`.
    """
    recogniser = ANALYSERS.get("insightface").recogniser
    assert isinstance(recogniser, ArcFaceRecogniser)
    embeddings, _ = identity_conditioning(sitter, AdapterKind.INSTANTID)
    unit, _ = identity_conditioning(sitter, AdapterKind.FACEID)
    photo = sitter.photos[0]
    image = read_photo(photo.data, name=photo.name).image
    bgr = cv2.cvtColor(to_u8(arcface(image, photo.face.points)), cv2.COLOR_RGB2BGR)
    blob = cv2.dnn.blobFromImage(bgr, 1 / 127.5, (112, 112), (127.5,) * 3, swapRB=True)
    (theirs,) = onnx(recogniser.path).run({onnx(recogniser.path).inputs[0]: blob})[0]
    ours = recogniser.raw(image, photo.face)
    assert np.linalg.norm(ours - theirs) < 0.01 * np.linalg.norm(theirs)
    lengths = np.linalg.norm(embeddings, axis=1)
    assert np.abs(lengths - 1).min() > 0.1
    assert np.allclose(unit, embeddings / lengths[:, None], atol=1e-6)


def attend(weights: dict[str, torch.Tensor], start: str, seen: Any, asking: Any) -> Any:
    """Tokens that ask look at what is seen and at each other, by heads of 64 numbers."""

    def normal(name: str, given: Any) -> Any:
        name = f"{start}.{name}"
        size = (given.shape[-1],)
        return functional.layer_norm(
            given, size, weights[f"{name}.weight"], weights[f"{name}.bias"]
        )

    seen, asking = normal("norm1", seen), normal("norm2", asking)
    query = asking @ weights[f"{start}.to_q.weight"].T
    both = torch.cat([seen, asking], dim=1) @ weights[f"{start}.to_kv.weight"].T
    key, value = both.chunk(2, dim=-1)
    query, key, value = (
        each.unflatten(-1, (-1, 64)).transpose(1, 2) for each in (query, key, value)
    )
    attended = torch.softmax(query @ key.transpose(-1, -2) / 8, dim=-1) @ value
    return attended.transpose(1, 2).flatten(2) @ weights[f"{start}.to_out.weight"].T


def resampled(
    weights: dict[str, torch.Tensor], start: str, seen: torch.Tensor, tokens: torch.Tensor
) -> torch.Tensor:
    """What tokens learn of what is seen, by the four layers that InstantID's and FaceID Plus's
    resamplers have; beside both authors' own modules it is off by 2e-6 (torch 2.13).
    """

    def linear(name: str, given: Any) -> Any:
        weight, bias = (weights[f"{start}{name}.{each}"] for each in ("weight", "bias"))
        return functional.linear(given, weight, bias)

    def normal(name: str, given: Any) -> Any:
        weight, bias = (weights[f"{start}{name}.{each}"] for each in ("weight", "bias"))
        return functional.layer_norm(given, (given.shape[-1],), weight, bias)

    seen = linear("proj_in", seen)
    for layer in range(4):
        tokens = tokens + attend(weights, f"{start}layers.{layer}.0", seen, tokens)
        inner = normal(f"layers.{layer}.1.0", tokens)
        first, second = (weights[f"{start}layers.{layer}.1.{each}.weight"] for each in (1, 3))
        tokens = tokens + functional.gelu(inner @ first.T) @ second.T
    return normal("norm_out", linear("proj_out", tokens))


def test_tokens_of_the_face_are_those_of_its_authors_resampler(
    held: Path, sitter: Identity
) -> None:
    adapter = adapter_for(FAMILIES["sdxl"], "instantid")
    assert adapter is not None
    weights = torch.load(adapter.path, weights_only=True)["image_proj"]
    embeddings, faces = identity_conditioning(sitter, AdapterKind.INSTANTID)
    face = torch.from_numpy(embeddings.mean(axis=0)).reshape(1, 1, 512)

    theirs = resampled(weights, "", face, weights["latents"])

    painter = opened("sdxl")
    with torch.no_grad(), attached(painter.pipeline, adapter, embeddings, faces, 0.8) as on:
        project = painter.pipeline.unet.encoder_hid_proj
        without, ours = project(on.embeddings([0], True))[0].chunk(2)
    assert (ours.flatten(0, -3) - theirs).abs().max() < 1e-4
    assert (without - ours).abs().mean() > 1e-3, "the unguided half is told of nobody"
    short = (face / face.norm())[None]
    with torch.no_grad(), attached(painter.pipeline, adapter, embeddings, faces, 0.8):
        other = painter.pipeline.unet.encoder_hid_proj([short])[0]
    assert (other.flatten(0, -3) - theirs).abs().mean() > 1e-3, "the length counts"


def test_the_generator_tells_it_the_raw_embedding(
    held: Path, sitter: Identity, monkeypatch: Any
) -> None:
    seen: list[np.ndarray] = []
    begin = Attached.__init__

    def watched(self: Attached, pipeline: Any, adapter: Any, embeddings: Any, *rest: Any) -> None:
        seen.append(embeddings)
        begin(self, pipeline, adapter, embeddings, *rest)

    monkeypatch.setattr(Attached, "__init__", watched)
    monkeypatch.setattr(opening.MODEL_POOL, "_opened", None)
    painting = Painting("sdxl", adapter="instantid", accept_licence=True, steps=1)
    request = Request(sitter, (find_look("studio-grey"),), 1, 3, 256, painting=painting)
    list(GENERATORS.get("diffusion").generate(request))
    assert np.array_equal(seen[0], identity_conditioning(sitter, AdapterKind.INSTANTID)[0])
