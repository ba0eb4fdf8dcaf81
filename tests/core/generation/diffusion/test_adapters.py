"""Adapters: off equals base, on differs, two sitters differ, none at all is base; nothing stays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from peft import LoraConfig

from headshots.core.errors import LicenceNotAccepted, ModelMissing, ModelUnreadable, UnknownName
from headshots.core.generation import GENERATORS, Candidate, Request, find_look
from headshots.core.generation.diffusion.adapters.attach import attached
from headshots.core.generation.diffusion.adapters.identity_conditioning import identity_conditioning
from headshots.core.generation.diffusion.adapters.installed import (
    Adapter,
    AdapterKind,
    adapter_for,
    adapters,
)
from headshots.core.generation.diffusion.families.detect import FAMILIES
from headshots.core.generation.diffusion.families.painter import PaintJob, SamplingParams
from headshots.core.generation.diffusion.families.stable_diffusion import Unet
from headshots.core.generation.diffusion.generator import Diffusion
from headshots.core.generation.diffusion.models.installed import find_model
from headshots.core.generation.diffusion.models.load import load
from headshots.core.generation.diffusion.models.memory_plan import machine, plan
from headshots.core.generation.diffusion.sampling.sampler import paint
from headshots.core.identity.identity import Identity
from headshots.core.painting import Painting
from headshots.core.settings import settings

from ....histories import painting
from ....mobilefacenet_onnx import recognising

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("without_tiles")]

SIDE = 64
PATHS = [
    ("sd15", "faceid"),
    ("sdxl", "faceid"),
    ("sd15", "faceid-plus-v2"),
    ("sdxl", "faceid-plus-v2"),
    ("sdxl", "instantid"),
]


@pytest.fixture(scope="module")
def held(
    tiny_models: Path, arcface_512: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """Models of both families with every adapter, and a recogniser for them, set."""
    from ....tiny import adapters as tiny

    folder = tmp_path_factory.mktemp("adapted")
    for family in ("sd15", "sdxl"):
        (folder / family).symlink_to(tiny_models / family, target_is_directory=True)
        unet = _unet(tiny_models / family)
        place = folder / "adapters"
        tiny.faceid(unet, place / f"ip-adapter-faceid_{family}.safetensors")
        tiny.faceid_plus(unet, place / f"ip-adapter-faceid-plusv2_{family}.bin")
    tiny.instantid(_unet(tiny_models / "sdxl"), folder / "adapters" / "InstantID/ip-adapter.bin")
    with pytest.MonkeyPatch.context() as patch, recognising(arcface_512):
        patch.setenv("HEADSHOTS_MODELS_DIR", str(folder))
        settings.cache_clear()
        yield folder
    settings.cache_clear()


def _unet(folder: Path) -> Any:
    from diffusers import UNet2DConditionModel

    return UNet2DConditionModel.from_pretrained(folder, subfolder="unet")


@pytest.fixture(scope="module")
def faces(held: Path, sitter: Identity, astronaut: Identity) -> list[tuple[Any, Any]]:
    """What two sitters tell adapters."""
    return [
        identity_conditioning(sitter, AdapterKind.FACEID),
        identity_conditioning(astronaut, AdapterKind.FACEID),
    ]


@pytest.fixture(scope="module")
def composite(sitter: Identity) -> Candidate:
    request = Request(sitter, (find_look("studio-grey"),), 1, seed=3, width=256)
    (made,) = GENERATORS.get("studio").generate(request)
    return made


def opened(family: str) -> Unet:
    model = find_model(family)
    return Unet(load(model, plan(model, machine())))


def painted(painter: Unet, on: Any, face: Any, guidance: float = 4.0) -> np.ndarray:
    start = np.random.default_rng(0).random((SIDE, SIDE, 3), np.float32)
    begun = PaintJob(start, None, face, "a photo", 1)
    wish = SamplingParams("blue", 1, guidance, 1.0, on)
    ((_, image),) = paint(painter, wish, iter([begun]), 1)
    return image


def test_what_sitters_tell(faces: list[tuple[Any, Any]]) -> None:
    (embeddings, pictures), (one, _) = faces
    assert embeddings.shape[1] == 512 and 1 <= len(embeddings) == len(pictures)
    assert np.allclose(np.linalg.norm(embeddings, axis=1), 1, atol=1e-5)
    assert all(each.shape == (224, 224, 3) for each in pictures)
    assert (embeddings @ embeddings.T).min() > 0.4 > (embeddings @ one.T).max()


@pytest.mark.parametrize(("family", "kind"), PATHS)
def test_an_adapter_holds_to_the_sitter_and_leaves_no_trace(
    family: str, kind: str, held: Path, faces: list[tuple[Any, Any]], sitter: Identity
) -> None:
    painter = opened(family)
    adapter = adapter_for(FAMILIES[family], kind)
    assert adapter is not None and adapter.kind == kind
    face = sitter.photos[0].face.scaled(0.1)
    weights = {name: each.clone() for name, each in painter.pipeline.unet.state_dict().items()}
    base = painted(painter, None, face)
    made: list[np.ndarray] = []
    for scale, (embeddings, pictures) in ((0.8, faces[0]), (0.8, faces[1]), (0.0, faces[0])):
        with attached(painter.pipeline, adapter, embeddings, pictures, scale) as on:
            made.append(painted(painter, on, face))
            if scale:
                assert np.array_equal(made[-1], painted(painter, on, face)), "again the same"
                assert painted(painter, on, face, guidance=1.0).std() > 0.01
        assert np.array_equal(painted(painter, None, face), base), "taken off, it is gone"
    first, second, nought = made
    assert np.abs(first - base).mean() > 1e-3, "on, it shows"
    assert np.abs(first - second).mean() > 1e-4, "two sitters differ"
    assert np.array_equal(nought, base), "of no weight, it is not there"
    after = painter.pipeline.unet.state_dict()
    assert after.keys() == weights.keys()
    assert all(torch.equal(after[name], each) for name, each in weights.items())
    assert painter.pipeline.image_encoder is None and painter.pipeline.feature_extractor is None


@pytest.mark.parametrize(("family", "kind"), [PATHS[0], *PATHS[3:]])
def test_rows_of_a_batch_are_held_to_their_own_sitters(
    family: str, kind: str, held: Path, faces: list[tuple[Any, Any]], sitter: Identity
) -> None:
    """Also where one of them has three photos and the other one."""
    painter = opened(family)
    adapter = adapter_for(FAMILIES[family], kind)
    assert adapter is not None
    turns = np.random.default_rng(1).normal(0, 0.02, (3, 512)).astype(np.float32)
    shown = faces[0][0][:1] + turns
    three = (
        shown / np.linalg.norm(shown, axis=1, keepdims=True),
        [*faces[0][1][:1] * 2, *faces[1][1][:1]],
    )
    face = sitter.photos[0].face.scaled(0.1)
    start = np.random.default_rng(0).random((SIDE, SIDE, 3), np.float32)
    rows = [PaintJob(start, None, face, "a photo", 1, person=each) for each in (0, 1, 0)]

    def pictures(on: Any, begun: list[PaintJob]) -> list[np.ndarray]:
        wish = SamplingParams("blue", 2, 4.0, 1.0, on)
        return [image for _, image in paint(painter, wish, iter(begun), len(begun))]

    with attached(painter.pipeline, adapter, *three, 0.8) as on:
        (alone,) = pictures(on, rows[:1])
        on.add(*faces[1])
        if (
            kind == AdapterKind.FACEID_PLUS
        ):  # a recorded network would go on reading the place it knows
            projection = painter.pipeline.unet.encoder_hid_proj.image_projection_layers[0]
            on.embeddings([0, 1], True)
            place, seen = projection.clip_embeds.data_ptr(), projection.clip_embeds.clone()
            on.embeddings([1, 0], True)
            assert projection.clip_embeds.data_ptr() == place
            assert not torch.equal(projection.clip_embeds, seen)
        together = pictures(on, rows)
    with attached(painter.pipeline, adapter, *faces[1], 0.8) as on:
        (other,) = pictures(on, [replace(rows[1], person=0)])
    assert np.abs(alone - other).mean() > 1e-4
    for made, own in zip(together, (alone, other, alone), strict=True):
        assert np.allclose(made, own, atol=2e-4)


def test_where_an_error_falls_in_it_is_taken_off_too(
    held: Path, faces: list[tuple[Any, Any]]
) -> None:
    painter = opened("sd15")
    base = painted(painter, None, None)
    adapter = adapter_for(FAMILIES["sd15"], "faceid")
    assert adapter is not None
    with pytest.raises(ZeroDivisionError), attached(painter.pipeline, adapter, *faces[0], 0.8):
        raise ZeroDivisionError
    wrong = replace(adapter, path=held / "adapters" / "ip-adapter-faceid_sdxl.safetensors")
    with pytest.raises(ModelUnreadable), attached(painter.pipeline, wrong, *faces[0], 0.8):
        pass
    assert np.array_equal(painted(painter, None, None), base)


def test_another_lora_stays_as_active_as_it_was(held: Path, faces: list[tuple[Any, Any]]) -> None:
    painter = opened("sd15")
    unet = painter.pipeline.unet
    torch.manual_seed(0)
    config = LoraConfig(r=2, target_modules=["to_q", "to_v"], init_lora_weights=False)
    unet.add_adapter(config, adapter_name="style")
    painter.pipeline.set_adapters(["style"], [0.7])
    base = painted(painter, None, None)
    adapter = adapter_for(FAMILIES["sd15"], "faceid")
    assert adapter is not None
    with attached(painter.pipeline, adapter, *faces[0], 0.8):
        assert set(painter.pipeline.get_active_adapters()) == {"style", "faceid_0"}
    assert painter.pipeline.get_active_adapters() == ["style"]
    assert np.array_equal(painted(painter, None, None), base)


def make(identity: Identity, painting: Painting) -> Candidate:
    request = Request(identity, (find_look("studio-grey"),), 1, 3, 256, painting=painting)
    (made,) = GENERATORS.get("diffusion").generate(request)
    return made


def test_the_generator_holds_to_the_sitter_only_where_its_licence_is_accepted(
    held: Path, sitter: Identity, composite: Candidate
) -> None:
    plain = Painting("sd15", region="everything", adapter="none", steps=2)
    base = make(sitter, plain)
    unasked = make(sitter, replace(plain, adapter="auto"))
    assert np.array_equal(unasked.image, base.image) and painting(unasked).by.adapter == ""
    with pytest.raises(LicenceNotAccepted, match="insightface"):
        make(sitter, replace(plain, adapter="faceid"))
    on = make(sitter, replace(plain, adapter="auto", accept_licence=True))
    assert painting(on).by.adapter == "faceid-plus-v2"
    assert "non-commercial" in str(painting(on).by.licences_accepted)
    assert np.abs(on.image - base.image).mean() > 1e-3
    nought = make(sitter, replace(plain, adapter="faceid", accept_licence=True, likeness=0.0))
    assert np.array_equal(nought.image, base.image)


def test_people_painted_together_are_as_each_would_be_alone(
    held: Path, sitter: Identity, astronaut: Identity
) -> None:
    painting = Painting("sd15", adapter="faceid", steps=2, accept_licence=True)
    look = (find_look("studio-grey"),)
    requests = [
        Request(each, look, 2, 3, 256, painting=painting) for each in (sitter, astronaut, sitter)
    ]
    together = list(Diffusion().generate_together(requests))
    assert [who for who, _ in together] == [0, 0, 1, 1, 2, 2]
    for number, request in enumerate(requests[:2]):
        alone = list(Diffusion().generate(request))
        mine = [each for who, each in together if who == number]
        for one, other in zip(mine, alone, strict=True):
            assert np.allclose(one.image, other.image, atol=2e-3)
            assert one.provenance == other.provenance


def test_what_is_not_there_is_named(held: Path, models: Path) -> None:
    with pytest.raises(UnknownName, match="faceid"):
        adapter_for(FAMILIES["sd15"], "faceid-v9")
    with pytest.raises(ModelMissing, match="not installed"):
        adapter_for(FAMILIES["sd15"], "faceid")  # `models` has none
    assert adapter_for(FAMILIES["klein"], "auto") is None


def test_an_adapter_lacking_its_encoder_is_refused_by_name(
    held: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "adapters"
    place.mkdir()
    (place / "ip-adapter-faceid-plusv2_sd15.bin").write_bytes(b"")
    monkeypatch.setenv("HEADSHOTS_MODELS_DIR", str(tmp_path))
    settings.cache_clear()
    try:
        assert [(each.kind, each.encoder) for each in adapters().values()] == [
            ("faceid-plus-v2", None)
        ]
        assert adapter_for(FAMILIES["sd15"], "auto") is None
        with pytest.raises(ModelMissing, match="CLIP"):
            adapter_for(FAMILIES["sd15"], "faceid-plus-v2")
    finally:
        monkeypatch.undo()
        settings.cache_clear()


@pytest.mark.parametrize(
    ("kind", "file", "beside", "part"),
    [
        (
            "faceid-plus-v2",
            "ipadapter/ip-adapter-faceid-plusv2_sdxl.bin",
            "image_encoder/model.safetensors",
            "clip_vision/CLIP-ViT-H-14-laion2B-s32B-b79K.safetensors",
        ),
        (
            "instantid",
            "instantid/SDXL/ip-adapter.bin",
            "ControlNetModel/diffusion_pytorch_model.safetensors",
            "controlnet/SDXL/instantid/diffusion_pytorch_model.safetensors",
        ),
    ],
)
def test_where_comfyui_keeps_their_parts_they_paint_the_same(
    kind: str,
    file: str,
    beside: str,
    part: str,
    held: Path,
    faces: list[tuple[Any, Any]],
    sitter: Identity,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One file each, without a configuration, where its manager puts them."""
    painter, face = opened("sdxl"), sitter.photos[0].face.scaled(0.1)
    published = adapter_for(FAMILIES["sdxl"], kind)
    assert published is not None
    with attached(painter.pipeline, published, *faces[0], 0.8) as on:
        wanted = painted(painter, on, face)
    for source, place in ((published.path, file), (published.path.parent / beside, part)):
        (tmp_path / "models" / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "models" / place).symlink_to(source)
    monkeypatch.setenv("HEADSHOTS_COMFYUI_DIR", str(tmp_path))
    monkeypatch.setenv("HEADSHOTS_MODELS_DIR", str(tmp_path / "none"))
    settings.cache_clear()
    try:
        found = adapter_for(FAMILIES["sdxl"], kind)
        assert found is not None and found.encoder == tmp_path / "models" / part
        with attached(painter.pipeline, found, *faces[0], 0.8) as on:
            assert np.array_equal(painted(painter, on, face), wanted)
        (tmp_path / "models" / part).unlink()
        (tmp_path / "models" / part).symlink_to(published.path.parent / "no.safetensors")
        with pytest.raises(ModelUnreadable), attached(painter.pipeline, found, *faces[0], 0.8):
            pass
    finally:
        monkeypatch.undo()
        settings.cache_clear()


def test_kinds_are_told_by_their_files(held: Path) -> None:
    found: dict[Any, Adapter] = dict(adapters())
    assert {(family, str(kind)) for family, kind in found} == set(PATHS)
    assert not any(each.licence.free for each in found.values())
