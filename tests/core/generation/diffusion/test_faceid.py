"""FaceID beside what its authors' code computes: tokens, the LoRA, the recogniser it reads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from headshots.core.errors import SetupError
from headshots.core.faces.alignment import ARCFACE, arcface
from headshots.core.generation.diffusion.adapters import recogniser as trained
from headshots.core.generation.diffusion.adapters.attach import _active, attached
from headshots.core.generation.diffusion.adapters.identity_conditioning import identity_conditioning
from headshots.core.generation.diffusion.adapters.installed import AdapterKind, adapter_for
from headshots.core.generation.diffusion.adapters.recogniser import SPACES, Space, recogniser_for
from headshots.core.generation.diffusion.families.detect import FAMILIES
from headshots.core.identity.identity import Identity
from headshots.core.settings import settings
from headshots.core.weights.store import weight_path

from ....mobilefacenet_onnx import convert, recognising
from .test_adapters import held, opened
from .test_instantid import resampled

pytestmark = pytest.mark.slow

__all__ = ["held"]  # a fixture


def test_tokens_of_plus_are_the_faces_and_what_clip_adds_to_them(
    held: Path, sitter: Identity
) -> None:
    """Version 2's shortcut, at the scale of 1 that its authors give."""
    adapter = adapter_for(FAMILIES["sdxl"], AdapterKind.FACEID_PLUS)
    assert adapter is not None
    weights = torch.load(adapter.path, weights_only=True)["image_proj"]
    embeddings, faces = identity_conditioning(sitter, AdapterKind.FACEID_PLUS)
    face = torch.from_numpy(embeddings)

    def linear(name: str, given: Any) -> Any:
        return functional.linear(given, weights[f"{name}.weight"], weights[f"{name}.bias"])

    plain = linear("proj.2", functional.gelu(linear("proj.0", face)))
    width = len(weights["norm.weight"])
    plain = plain.unflatten(-1, (-1, width))
    plain = functional.layer_norm(plain, (width,), weights["norm.weight"], weights["norm.bias"])

    painter = opened("sdxl")
    with torch.no_grad(), attached(painter.pipeline, adapter, embeddings, faces, 0.8) as on:
        given = on.embeddings([0], False)
        project = painter.pipeline.unet.encoder_hid_proj
        seen = project.image_projection_layers[0].clip_embeds
        ours = project(given)[0]
    seen = seen.reshape(len(face), -1, seen.shape[-1])
    theirs = plain + resampled(weights, "perceiver_resampler.", seen, plain)
    assert (ours.reshape(theirs.shape) - theirs).abs().max() < 1e-4


@pytest.mark.parametrize(("scale", "weight"), [(1.0, 1.0), (0.3, 1.0), (0.0, 0.0)])
def test_its_lora_counts_whole_however_much_the_face_does(
    scale: float, weight: float, held: Path, sitter: Identity
) -> None:
    adapter = adapter_for(FAMILIES["sd15"], AdapterKind.FACEID)
    assert adapter is not None
    pipeline = opened("sd15").pipeline
    with attached(pipeline, adapter, *identity_conditioning(sitter, AdapterKind.FACEID), scale):
        assert _active(pipeline) == {"faceid_0": weight}


def test_clip_is_shown_the_face_as_insightface_crops_it() -> None:
    """Twice the size is twice every coordinate, half a pixel off or not."""
    image = np.random.default_rng(0).random((224, 224, 3), np.float32)
    assert np.allclose(arcface(image, ARCFACE * 2, 224), image, atol=1e-4)


@pytest.fixture
def packs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of packs; the recognisers of both packs are those that are wanted."""
    data = weight_path("mobilefacenet").read_bytes()
    for kind, inside in ((AdapterKind.FACEID, False), (AdapterKind.INSTANTID, True)):
        space = SPACES[kind]
        file = tmp_path / space.pack / space.file
        file.parent.mkdir()
        file.write_bytes(convert(data, scaled_inside=inside, widened=512))
        digest = trained.ArcFaceRecogniser(file).name.rpartition("-")[2]
        monkeypatch.setitem(SPACES, kind, Space(space.pack, space.file, digest))
    with recognising(tmp_path / "buffalo_l"):
        trained._opened.cache_clear()
        yield tmp_path
    trained._opened.cache_clear()


def test_each_adapter_reads_the_recogniser_that_it_was_trained_on(packs: Path) -> None:
    assert recogniser_for(AdapterKind.FACEID).path == packs / "buffalo_l" / "w600k_r50.onnx"
    assert recogniser_for(AdapterKind.INSTANTID).path == packs / "antelopev2" / "glintr100.onnx"


def test_in_comfyuis_folder_it_is_found_without_a_setting(
    packs: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("ComfyUI")
    (folder / "models" / "insightface").mkdir(parents=True)
    packs.rename(folder / "models" / "insightface" / "models")
    monkeypatch.delenv("HEADSHOTS_INSIGHTFACE_DIR")
    monkeypatch.setenv("HEADSHOTS_COMFYUI_DIR", str(folder))
    settings.cache_clear()
    for kind in (AdapterKind.FACEID, AdapterKind.INSTANTID):
        assert folder in recogniser_for(kind).path.parents


@pytest.mark.parametrize("same_name", [False, True])
def test_the_recogniser_of_another_space_is_refused(same_name: bool, packs: Path) -> None:
    """buffalo_l's for InstantID, and AuraFace's, which is called as antelopev2's is."""
    right = packs / "antelopev2" / "glintr100.onnx"
    if same_name:
        right.write_bytes((packs / "buffalo_l" / "w600k_r50.onnx").read_bytes())
    else:
        right.unlink()
    with pytest.raises(SetupError, match="another recogniser") as caught:
        recogniser_for(AdapterKind.INSTANTID)
    assert "antelopev2" in caught.value.remedy
