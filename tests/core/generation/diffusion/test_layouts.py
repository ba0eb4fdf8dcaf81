"""Every layout of model files that people have, in the real size, through the real loader.

The files are sparse (`tests/published.py`), so that what is loaded has all names, shapes and types,
and no weights. A weight that is missing or unknown is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from headshots.core.errors import LicenceNotAccepted, ModelMissing
from headshots.core.generation.diffusion.families.detect import FAMILIES
from headshots.core.generation.diffusion.models import assemble
from headshots.core.generation.diffusion.models.installed import find_model, installed
from headshots.core.generation.diffusion.models.load import load
from headshots.core.generation.diffusion.models.memory_plan import Machine, Plan, plan, precision_of
from headshots.core.generation.diffusion.models.model_pool import chosen_model
from headshots.core.safetensors_header import read_header
from headshots.core.settings import settings

from .... import published as files
from ....published import write_sparse

pytestmark = pytest.mark.slow

GIGABYTE = 10**9
Tensors = Callable[[], dict[str, Tensor]]


@pytest.fixture
def comfyui(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder `models` of a ComfyUI, set, with the vocabulary that it ships."""
    words = tmp_path / "ComfyUI" / "comfy" / "text_encoders" / "qwen25_tokenizer" / "vocab.json"
    words.parent.mkdir(parents=True)
    words.write_text("{}")
    monkeypatch.setattr(assemble, "tokenizer_of", lambda _: None)
    monkeypatch.setenv("HEADSHOTS_COMFYUI_DIR", str(tmp_path / "ComfyUI"))
    monkeypatch.setenv("HEADSHOTS_MODELS_DIR", str(tmp_path / "none"))
    settings.cache_clear()
    yield tmp_path / "ComfyUI" / "models"
    settings.cache_clear()


def beside_klein(models: Path) -> None:
    write_sparse(files.qwen3(), models / "text_encoders" / "qwen_3_4b.safetensors")
    write_sparse(files.flux2_vae(), models / "vae" / "flux2-vae.safetensors")


# Name, tensors, and the gigabytes that the denoiser takes on a card.
KLEIN: dict[str, tuple[Tensors, float]] = {
    "flux-2-klein-4b": (files.klein, 7.75),
    "flux-2-klein-4b-fp8": (lambda: files.klein_in_eight_bits(False), 4.0),
    "flux-2-klein-4b-fp8r": (lambda: files.klein_in_eight_bits(True), 4.0),
    "flux-2-klein-4b-nvfp4": (files.klein_in_four_bits, 2.4),
}


@pytest.mark.parametrize("name", KLEIN)
def test_kleins_files(name: str, comfyui: Path) -> None:
    make, gigabytes = KLEIN[name]
    beside_klein(comfyui)
    write_sparse(make(), comfyui / "diffusion_models" / f"{name}.safetensors")
    found = installed()
    assert not found.faults and set(found.models) == {name}
    model = found.models[name]
    held = model.compressed.get("network", 2 * model.parts["network"])
    assert held / GIGABYTE == pytest.approx(gigabytes, abs=0.35)
    assert precision_of(model, Machine("cuda", True, 0, 0)) == "bfloat16"
    pipeline = load(model, Plan("cpu", "bfloat16", "none", 1))
    kinds = {each.dtype for each in pipeline.transformer.parameters()}
    assert kinds <= {torch.bfloat16, torch.float8_e4m3fn, torch.uint8}
    assert (kinds == {torch.bfloat16}) == (name == "flux-2-klein-4b")
    assert {each.dtype for each in pipeline.text_encoder.parameters()} == {torch.bfloat16}
    # In fewer bits the denoiser stays whole on a card on which it didn't.
    card = Machine("cuda", True, int(10 * 2**30 * 0.84), 60 * GIGABYTE)
    assert (plan(model, card).offload == "parts") == ("4b-" in name)


# Bytes of the published files: what isn't told by tensors is the header.
SIZES = {"sd_xl_base_1.0": 6_938_078_334, "v1-5-pruned-emaonly": 4_265_146_304}


@pytest.mark.parametrize("vae", [True, False])
@pytest.mark.parametrize(
    ("name", "family", "dtype", "tensors"),
    [
        ("sd_xl_base_1.0", "sdxl", torch.float16, 2515),
        ("v1-5-pruned-emaonly", "sd15", torch.float32, 1131),
        ("v1-5-pruned-emaonly-fp16", "sd15", torch.float16, 1131),
    ],
)
def test_checkpoints_of_stable_diffusion(
    name: str, family: str, dtype: torch.dtype, tensors: int, vae: bool, comfyui: Path
) -> None:
    """With their VAE, and without it where it lies in ComfyUI's folder of them."""
    made = files.stable_diffusion(family, dtype, vae)
    file = write_sparse(made, comfyui / "checkpoints" / f"{name}.safetensors")
    if vae:
        assert len(made) == tensors
        length = sum(each.numel() * each.element_size() for each in made.values())
        assert name not in SIZES or 0 < SIZES[name] - length < 450_000
    else:
        with pytest.raises(ModelMissing, match=r"VAE.*models/vae"):
            find_model(name)
        for called in ("sdxl", "sd15"):
            own = "sdxl_vae" if called == "sdxl" else "vae-ft-mse-840000-ema-pruned"
            other = files.stable_diffusion_vae(called)
            write_sparse(other, comfyui / "vae" / f"{own}.safetensors")
    model = find_model(name)
    assert model.family is FAMILIES[family] and model.licence.free
    assert model.stored == str(dtype).removeprefix("torch.")
    assert ("vae" in model.others) != vae
    assert vae or ("xl" in model.others["vae"].stem) == (family == "sdxl")
    pipeline = load(model, Plan("cpu", model.stored, "none", 1))  # type: ignore[arg-type]
    assert pipeline.unet.dtype == dtype
    assert pipeline.vae.dtype == (torch.float32 if family == "sdxl" else dtype)
    count = sum(each.numel() for each in pipeline.unet.parameters())
    assert count == sum(each.numel() for each in files.weights(family, "unet", dtype).values())
    assert read_header(file).metadata == {}


# What is as wide as klein's text encoder, or named like it, by what it differs in.
ALIKE: dict[str, tuple[str, Tensors]] = {
    "an embedding model": ("qwen_3_4b_embed", lambda: files.qwen3(vocab_size=151665)),
    "fewer words": ("qwen_3_4b", lambda: files.qwen3(vocab_size=151665)),
    "fewer layers": ("qwen_3_4b_short", lambda: files.qwen3(num_hidden_layers=28)),
    "Qwen3 8B": ("qwen_3_8b", lambda: files.qwen3(hidden_size=4096, intermediate_size=12288)),
    "narrower heads": ("qwen_3_4b_heads", lambda: files.qwen3(num_key_value_heads=4)),
    "the chat model": ("Qwen3-4B-Instruct-2507", files.qwen3),
    "a thinking model": ("qwen3-4b-thinking", files.qwen3),
    "Qwen3-VL": (
        "qwen3_vl_4b",
        lambda: files.qwen3() | {"visual.patch_embed.proj.weight": torch.empty(1, device="meta")},
    ),
    "Gemma 3": (
        "gemma_3_4b",
        lambda: (
            files.qwen3()
            | {"model.layers.0.post_feedforward_layernorm.weight": torch.empty(2560, device="meta")}
        ),
    ),
    "Qwen2.5": (
        "qwen_2.5_3b",
        lambda: {n: each for n, each in files.qwen3().items() if "q_norm" not in n},
    ),
}


@pytest.mark.parametrize("what", ALIKE)
def test_a_text_encoder_that_only_looks_like_kleins_is_not_taken(what: str, comfyui: Path) -> None:
    name, make = ALIKE[what]
    write_sparse(files.klein(), comfyui / "diffusion_models" / "flux-2-klein-4b.safetensors")
    write_sparse(files.flux2_vae(), comfyui / "vae" / "flux2-vae.safetensors")
    other = write_sparse(make(), comfyui / "text_encoders" / f"{name}.safetensors")
    with pytest.raises(ModelMissing, match="text encoder"):
        find_model("flux-2-klein-4b")
    own = write_sparse(files.qwen3(), other.with_name("z_qwen_3_4b_fp16.safetensors"))
    assert find_model("flux-2-klein-4b").others["text_encoder"] == own


def test_a_gguf_of_the_real_size_has_the_networks_shapes(
    comfyui: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gguf = pytest.importorskip("gguf")
    beside_klein(comfyui)
    file = comfyui / "unet" / "flux-2-klein-4b-Q4_K_M.gguf"
    file.parent.mkdir()
    writer = gguf.GGUFWriter(str(file), "flux2")
    total = 0
    for name, each in files.klein(torch.float32).items():
        wide = each.ndim == 2 and each.shape[1] % 256 == 0
        kind = gguf.GGMLQuantizationType.Q4_K if wide else gguf.GGMLQuantizationType.F32
        block, size = gguf.GGML_QUANT_SIZES[kind]
        count = each.numel() // block * size
        stored = (*each.shape[:-1], each.shape[-1] // block * size) if wide else tuple(each.shape)
        kept: Any = "uint8" if wide else "float32"
        writer.add_tensor_info(name, stored, np.dtype(kept), count, raw_dtype=kind)
        total += count + -count % 32
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    writer.close()
    with file.open("r+b") as opened:
        opened.truncate(file.stat().st_size + 32 + total)
    model = find_model("flux-2-klein-4b-Q4_K_M")
    assert model.parts["network"] == 3_875_544_576
    assert model.compressed["network"] < 2.4 * GIGABYTE
    # diffusers' own loader would copy all of it; names and shapes are checked before.
    asked: list[Path] = []

    def compressed(kind: Any, path: Path, *_: Any) -> Any:
        asked.append(path)
        network: Any = torch.nn.Linear(1, 1)
        network.config = SimpleNamespace(in_channels=128, out_channels=None)
        return network

    monkeypatch.setattr(assemble, "compressed", compressed)
    monkeypatch.setattr(assemble, "_text", lambda *_: None)
    load(model, Plan("cpu", "bfloat16", "none", 1))
    assert asked == [file]


def test_only_a_model_whose_licence_needs_accepting_is_installed(comfyui: Path) -> None:
    made = files.stable_diffusion("sd15", torch.float16)
    write_sparse(made, comfyui / "checkpoints" / "somebodys-merge.safetensors")
    with pytest.raises(LicenceNotAccepted, match=r"only model.*somebodys-merge") as raised:
        chosen_model("")
    assert "--accept-licence" in raised.value.remedy
    assert chosen_model("", accept_licence=True).name == "somebodys-merge"
