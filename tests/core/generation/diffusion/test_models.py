"""Models found, loaded whole or refused, and never asked of the network."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import UNet2DConditionModel
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from headshots.core.errors import (
    LicenceNotAccepted,
    ModelMissing,
    ModelUnreadable,
    UnknownName,
)
from headshots.core.generation.diffusion.families.detect import FAMILIES, family_of_tensors
from headshots.core.generation.diffusion.models import load as loading
from headshots.core.generation.diffusion.models.installed import (
    Model,
    find_model,
    installed,
    require_licence,
)
from headshots.core.generation.diffusion.models.licences import UNKNOWN, licence_called, licence_of
from headshots.core.generation.diffusion.models.load import load
from headshots.core.generation.diffusion.models.memory_plan import Machine, Need, machine, plan
from headshots.core.safetensors_header import read_header

from ....tiny.checkpoints import checkpoint
from .conftest import FAMILIES as BUILT

CONFIGS = Path(loading.__file__).parents[1] / "configs"
GIGABYTE = 10**9


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing may be asked of anybody."""

    def refuse(*_: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def opened(model: Model) -> Any:
    return load(model, plan(model, machine()))


def shown(pipeline: Any) -> np.ndarray:
    """A picture of two steps."""
    more = {"max_sequence_length": 64} if "Flux2" in type(pipeline).__name__ else {}
    return pipeline(
        prompt="a photo portrait",
        num_inference_steps=2,
        height=64,
        width=64,
        output_type="np",
        generator=torch.Generator().manual_seed(0),
        **more,
    ).images


def test_folders_of_every_family_are_found_with_their_licences(models: Path) -> None:
    found = installed()
    assert not found.faults and set(found.models) == set(BUILT)
    for name, model in found.models.items():
        assert model.family is FAMILIES[name] and not model.single
        assert model.licence.free and model.size > 1e5
        assert model.parts[model.family.network] > 0


@pytest.mark.parametrize("name", BUILT)
def test_a_folder_loads_without_the_network(name: str, models: Path, no_network: None) -> None:
    pipeline = opened(find_model(name))
    assert type(pipeline).__name__ == FAMILIES[name].pipelines[0]
    assert shown(pipeline).std() > 0.01
    assert not any(each.requires_grad for each in pipeline.vae.parameters())


@pytest.fixture(scope="module")
def comfyui(tiny_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Checkpoints of one file in a ComfyUI's folders, their configurations beside them."""
    base = tmp_path_factory.mktemp("ComfyUI")
    for name in ("sd15", "sdxl"):
        file = base / "models" / "checkpoints" / "mine" / f"{name}-one.safetensors"
        checkpoint(tiny_models / name, file, {"modelspec.license": "CreativeML Open RAIL-M"})
    return base


@pytest.mark.slow
@pytest.mark.parametrize("name", ["sd15", "sdxl"])
def test_one_file_is_the_same_model_as_its_folder(
    name: str, models: Path, comfyui: Path, no_network: None
) -> None:
    places = [models, comfyui / "models" / "checkpoints"]
    found = installed(places).models
    assert set(found) == {*BUILT, "mine/sd15-one", "mine/sdxl-one"}
    one = found[f"mine/{name}-one"]
    assert one.single and one.family is FAMILIES[name]
    assert one.licence.name == "CreativeML Open RAIL-M" and one.licence.commercial
    assert np.abs(shown(opened(one)) - shown(opened(found[name]))).max() < 1e-5


@pytest.mark.parametrize(("name", "weights"), [("sd15", 859_520_964), ("sdxl", 2_567_463_684)])
def test_the_shipped_configurations_are_those_of_the_real_networks(name: str, weights: int) -> None:
    """Weights as the published checkpoints have them."""
    config = UNet2DConditionModel.load_config(CONFIGS / name, subfolder="unet")
    with torch.device("meta"):
        network = UNet2DConditionModel.from_config(config)
    assert sum(each.numel() for each in network.parameters()) == weights


def test_clips_vocabulary_splits_as_the_real_one_does() -> None:
    """The numbers of this text as CLIP's authors' tokenizer gives them."""
    from headshots.core.generation.diffusion.families.clip_vocabulary import tokenizers

    made = tokenizers(second=True)
    first, second = made["tokenizer"], made["tokenizer_2"]
    assert len(first) == 49408
    assert first("a photo of a cat").input_ids == [49406, 320, 1125, 539, 320, 2368, 49407]
    padded = {"padding": "max_length", "max_length": 9}
    assert first("a cat", **padded).input_ids[-1] == 49407
    assert second("a cat", **padded).input_ids[-1] == 0


def copied(source: Path, target: Path) -> Path:
    shutil.copytree(source, target)
    return target


@pytest.fixture
def spoilt(tiny_models: Path, tmp_path: Path) -> Iterator[Path]:
    yield copied(tiny_models / "sd15", tmp_path / "place" / "sd15")


def only(folder: Path) -> Model:
    (model,) = installed([folder.parent]).models.values()
    return model


def test_pickled_weights_are_refused(spoilt: Path) -> None:
    file = spoilt / "unet/diffusion_pytorch_model.safetensors"
    file.rename(file.with_suffix(".bin"))
    with pytest.raises(ModelMissing, match="pickled"):
        opened(only(spoilt))


def test_a_missing_shard_is_named(spoilt: Path) -> None:
    folder = spoilt / "unet"
    index = {"weight_map": {"a": "diffusion_pytorch_model-00002-of-00002.safetensors"}}
    listed = folder / "diffusion_pytorch_model.safetensors.index.json"
    listed.write_text(json.dumps(index))
    with pytest.raises(ModelMissing, match="00002-of-00002"):
        opened(only(spoilt))


def test_a_missing_weight_is_not_filled_by_chance(spoilt: Path) -> None:
    file = spoilt / "unet/diffusion_pytorch_model.safetensors"
    weights = load_file(file)
    del weights["conv_in.weight"]
    save_file(weights, file, metadata={"format": "pt"})
    with pytest.raises(ModelUnreadable, match="conv_in"):
        opened(only(spoilt))


def test_a_file_that_is_cut_off_is_a_fault_of_its_own(models: Path, tmp_path: Path) -> None:
    whole = (models / "sd15/unet/diffusion_pytorch_model.safetensors").read_bytes()
    (tmp_path / "cut.safetensors").write_bytes(whole[:-100])
    (tmp_path / "text.safetensors").write_text("no tensors at all")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "model_index.json").write_text("{")
    found = installed([tmp_path, models])
    assert len(found.faults) == 3 and set(found.models) == set(BUILT)
    assert any("cut off" in str(fault) for fault in found.faults.values())


@given(st.binary(max_size=200))
def test_no_bytes_are_read_as_a_header_that_is_none(tmp_path_factory: Any, data: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / "any.safetensors"
    file.write_bytes(data)
    with suppress(ModelUnreadable):
        assert read_header(file).tensors is not None


@pytest.mark.parametrize("family", BUILT)
def test_a_plan_is_made_from_headers_alone(family: str, models: Path) -> None:
    model = find_model(family)
    assert model.stored == "float32"
    roomy = plan(model, Machine("cuda", True, 80 * GIGABYTE, 64 * GIGABYTE), Need(at_once=4))
    assert (roomy.device, roomy.offload, roomy.at_once) == ("cuda", "none", 4)


def test_without_a_card_bits_are_saved_where_memory_is_short(models: Path) -> None:
    model = replace(find_model("sdxl"), parts={"unet": 3 * GIGABYTE, "text_encoder": 2 * GIGABYTE})
    assert plan(model, Machine("cpu", True, 0, 40 * GIGABYTE)).precision == "float32"
    assert plan(model, Machine("cpu", True, 0, 14 * GIGABYTE)).precision == "bfloat16"


def test_other_architectures_are_none_of_ours() -> None:
    assert family_of_tensors(frozenset({"cond_stage_model.model.ln_final.weight"})) is None
    refiner = "conditioner.embedders.0.model.ln_final.weight"
    assert family_of_tensors(frozenset({refiner})) is None
    assert family_of_tensors(frozenset({"double_stream_modulation_img.lin.weight"})) is None


@pytest.mark.parametrize(
    ("name", "commercial"),
    [
        ("apache-2.0", True),
        ("MIT", True),
        ("openrail++", True),
        ("CreativeML Open RAIL++-M", True),
        ("flux-1-dev-non-commercial-license", False),
        ("cc-by-nc-4.0", False),
        ("other", None),
    ],
)
def test_what_licences_allow(name: str, commercial: bool | None) -> None:
    assert licence_called(name).commercial is commercial


@pytest.mark.parametrize(
    ("name", "commercial"),
    [
        ("flux2-klein-4b-fp8", True),
        ("FLUX.2-klein-9B", False),
        ("flux2_dev", False),
        ("sd_xl_base_1.0", True),
        ("v1-5-pruned-emaonly", True),
        ("somebodys-merge-v3", None),
    ],
)
def test_published_models_are_known_by_their_names(name: str, commercial: bool | None) -> None:
    assert licence_of(name, {}).commercial is commercial


def test_a_card_says_more_than_a_name() -> None:
    card = "---\nlicense: other\nlicense_name: 'my-non-commercial'\n---\n# Model\nlicense: mit\n"
    assert licence_of("sd_xl_base_1.0", {}, card).commercial is False
    assert licence_of("nobody", {}, "license: mit") is UNKNOWN


def test_a_licence_that_is_not_free_has_to_be_accepted() -> None:
    with pytest.raises(LicenceNotAccepted, match="not stated"):
        require_licence(UNKNOWN, "The model 'x'", accepted=False)
    require_licence(UNKNOWN, "The model 'x'", accepted=True)


def test_an_unknown_name_gets_the_nearest_one(models: Path) -> None:
    with pytest.raises(UnknownName, match="'sd15'"):
        find_model("sd51")
