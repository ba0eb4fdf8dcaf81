"""Models whose networks lie in a file each, as ComfyUI's downloads do: found whole, or said what
is missing.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from accelerate import init_empty_weights
from safetensors.torch import load_file, save_file
from torch import Tensor

from headshots.core import cli
from headshots.core.errors import ModelMissing, ModelUnreadable
from headshots.core.generation.diffusion.families.detect import FAMILIES
from headshots.core.generation.diffusion.families.klein import Klein
from headshots.core.generation.diffusion.families.painter import PaintJob, SamplingParams
from headshots.core.generation.diffusion.models import load as loading
from headshots.core.generation.diffusion.models.installed import find_model, installed
from headshots.core.generation.diffusion.models.libraries import diffusers, transformers
from headshots.core.generation.diffusion.models.load import load
from headshots.core.generation.diffusion.models.memory_plan import Plan
from headshots.core.generation.diffusion.models.placement import Placement
from headshots.core.generation.diffusion.sampling.sampler import paint
from headshots.core.generation.diffusion.tuning.budget import computing_width
from headshots.core.generation.diffusion.tuning.lora import put_on, trained
from headshots.core.settings import settings

from ....fake_card import fake_card
from ....tiny.split import KLEIN, TEXT, VAE, split
from .test_models import no_network, opened, shown

pytestmark = pytest.mark.slow

__all__ = ["no_network"]  # a fixture
CONFIGS = Path(loading.__file__).parents[1] / "configs"


@pytest.fixture
def comfyui(tiny_models: Path, tmp_path: Path) -> Iterator[Path]:
    """The folder `models` of a ComfyUI with a klein, set, and no model elsewhere."""
    folder = tmp_path / "ComfyUI" / "models"
    split(tiny_models / "klein", folder, KLEIN)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEADSHOTS_COMFYUI_DIR", str(folder.parent))
        patch.setenv("HEADSHOTS_MODELS_DIR", str(tmp_path / "none"))
        settings.cache_clear()
        yield folder
    settings.cache_clear()


def test_files_of_networks_are_the_same_model_as_their_folder(
    comfyui: Path, tiny_models: Path, no_network: None
) -> None:
    found = installed()
    assert not found.faults and set(found.models) == {KLEIN}
    model = found.models[KLEIN]
    assert model.single and model.family is FAMILIES["klein"]
    assert model.licence.name == "Apache-2.0" and set(model.parts) == {"network", *model.others}
    assert model.others == {
        "text_encoder": comfyui / "text_encoders" / f"{TEXT[KLEIN]}.safetensors",
        "vae": comfyui / "vae" / f"{VAE[KLEIN]}.safetensors",
    }
    whole = installed([tiny_models]).models["klein"]
    assert np.abs(shown(opened(model)) - shown(opened(whole))).max() < 1e-5


def test_they_are_listed(comfyui: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["models", "--json"]) == 0
    said: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert [(each["name"], each["family"]) for each in said["models"]] == [(KLEIN, "klein")]
    (comfyui / "vae" / f"{VAE[KLEIN]}.safetensors").unlink()
    assert cli.run(["models", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    (fault,) = said["faults"]
    assert KLEIN in fault and "VAE" in fault and str(comfyui / "vae") in fault


@pytest.mark.parametrize("part", ["text_encoders", "vae", "tokenizer"])
def test_what_is_missing_is_named(part: str, comfyui: Path) -> None:
    if part == "tokenizer":
        shutil.rmtree(comfyui / "diffusion_models" / KLEIN / "tokenizer")
    else:
        files = {"text_encoders": TEXT, "vae": VAE}[part]
        (comfyui / part / f"{files[KLEIN]}.safetensors").unlink()
    named = {"text_encoders": "text encoder", "vae": "VAE", "tokenizer": "vocabulary"}[part]
    with pytest.raises(ModelMissing, match=named) as raised:
        find_model(KLEIN)
    assert part in str(raised.value)


def test_another_networks_file_is_not_taken_for_a_part(comfyui: Path) -> None:
    """Gemma 3 is as wide as Qwen3, and a file may be none."""
    texts, vaes = comfyui / "text_encoders", comfyui / "vae"
    wider = {f"extra.{n}": torch.zeros(100_000) for n in range(9)}
    gemma = load_file(texts / f"{TEXT[KLEIN]}.safetensors") | wider
    gemma["model.layers.0.post_feedforward_layernorm.weight"] = torch.ones(32)
    save_file(gemma, texts / "gemma_3_4b.safetensors")
    (vaes / "broken.safetensors").write_text("none")
    narrow = load_file(texts / f"{TEXT[KLEIN]}.safetensors") | wider
    narrow["model.embed_tokens.weight"] = torch.zeros(4, 8)
    save_file(narrow, texts / "qwen_3_1b.safetensors")
    others = find_model(KLEIN).others
    assert others["text_encoder"].stem == TEXT[KLEIN] and others["vae"].stem == VAE[KLEIN]


def test_networks_of_other_models_are_none_of_ours(comfyui: Path) -> None:
    place = comfyui / "diffusion_models"
    weights = load_file(place / f"{KLEIN}.safetensors")
    dev = weights | {"guidance_in.in_layer.weight": torch.zeros(1)}
    save_file(dev, place / "flux2_dev.safetensors")
    shutil.copy(place / f"{KLEIN}.safetensors", comfyui / "loose.safetensors")
    assert set(installed().models) == {KLEIN}
    assert not installed([comfyui / "loose"]).faults


def test_a_base_model_is_not_distilled(comfyui: Path) -> None:
    place = comfyui / "diffusion_models"
    shutil.copy(place / f"{KLEIN}.safetensors", place / "flux-2-klein-base-4b.safetensors")
    shutil.copytree(place / KLEIN, place / "flux-2-klein-base-4b")
    distilled, base = (opened(find_model(each)) for each in (KLEIN, "flux-2-klein-base-4b"))
    assert distilled.config.is_distilled and not base.config.is_distilled


ROUNDED = "single_blocks.0.linear2"


def in_eight_bits(plain: Mapping[str, Tensor], rows: str) -> dict[str, Tensor]:
    """As ComfyUI and others write them: in 8 bits, times the scale of the tensor or of each row."""
    rounded = {"scaled_fp8": torch.zeros(2, dtype=torch.float8_e4m3fn), **plain}
    weight = plain[f"{ROUNDED}.weight"].clone()
    scale = weight.abs().max() / 448
    if rows != "tensor":
        scale = weight.abs().amax(dim=1, keepdim=True) / 448
    rounded[f"{ROUNDED}.weight"] = (weight / scale).to(torch.float8_e4m3fn)
    name = "scale_weight" if rows == "column" else "weight_scale"
    rounded[f"{ROUNDED}.{name}"] = scale.flatten() if rows == "rows" else scale
    rounded[f"{ROUNDED}.input_scale"] = torch.tensor(1.0)
    return rounded


@pytest.mark.parametrize("resident", [True, False])
@pytest.mark.parametrize("rows", ["tensor", "rows", "column"])
def test_weights_in_eight_bits_are_read_with_their_scales(
    comfyui: Path, rows: str, resident: bool
) -> None:
    """And stay in 8 bits where the device has them."""
    file = comfyui / "diffusion_models" / f"{KLEIN}.safetensors"
    plain = load_file(file)
    if rows != "tensor":
        plain[f"{ROUNDED}.weight"][::2] *= 0.01  # which one scale for all would round away
    save_file(plain, file)
    before = opened(find_model(KLEIN))
    save_file(in_eight_bits(load_file(file), rows), file)
    model = find_model(KLEIN)
    assert model.compressed["network"] < 2 * model.parts["network"]
    plan = Plan("cpu" if resident else "mps", "float32", "none", 1)
    after = load(model, plan)
    layer = after.transformer.single_transformer_blocks[0].attn.to_out
    assert (layer.weight.dtype == torch.float8_e4m3fn) == resident
    inputs = torch.eye(layer.in_features)
    made, wanted = (
        layer(inputs).T,
        before.transformer.single_transformer_blocks[0].attn.to_out.weight,
    )
    largest = wanted.abs().amax(dim=1)
    assert 0 < ((made - wanted).abs().amax(dim=1) / largest).max() < 0.07
    assert np.abs(shown(after) - shown(before)).mean() < 0.05


@pytest.mark.parametrize("kind", [torch.float8_e4m3fn, torch.float8_e5m2])
def test_a_file_that_is_cast_whole_is_read(comfyui: Path, kind: torch.dtype) -> None:
    """As some publish them: all tensors in 8 bits, those of norms too, and no scale."""
    file = comfyui / "diffusion_models" / f"{KLEIN}.safetensors"
    plain = load_file(file)
    before = painted(opened(find_model(KLEIN)))
    save_file({name: each.to(kind) for name, each in plain.items()}, file)
    pipeline = opened(find_model(KLEIN))
    norm = pipeline.transformer.transformer_blocks[0].attn.norm_q.weight
    wanted = plain["double_blocks.0.img_attn.norm.query_norm.scale"].to(kind).float()
    assert torch.equal(norm.float(), wanted)
    assert np.abs(painted(pipeline) - before).mean() < 0.1


def painted(pipeline: Any) -> np.ndarray:
    """By our painter: diffusers' own asks for latents in the precision of its first weight."""
    job = PaintJob(np.full((64, 64, 3), 0.5, np.float32), None, None, "a photo", 1)
    ((_, image),) = paint(Klein(pipeline), SamplingParams("", 2, 1.0, 1.0), iter([job]), 1)
    return image


def test_fused_rows_keep_their_scales_where_they_are_split(comfyui: Path) -> None:
    """Query, key and value are one matrix in the file, and three in the network."""
    file = comfyui / "diffusion_models" / f"{KLEIN}.safetensors"
    plain = load_file(file)
    name = "double_blocks.0.img_attn.qkv.weight"
    weight = plain[name]
    weight *= torch.logspace(-3, 0, len(weight))[:, None]
    scale = weight.abs().amax(dim=1) / 448
    rounded = {**plain, name: (weight / scale[:, None]).to(torch.float8_e4m3fn)}
    save_file(rounded | {name.replace("weight", "weight_scale"): scale}, file)
    attention = opened(find_model(KLEIN)).transformer.transformer_blocks[0].attn
    inputs = torch.eye(weight.shape[1])
    made = torch.cat([each(inputs).T for each in (attention.to_q, attention.to_k, attention.to_v)])
    assert ((made - weight).abs().amax(dim=1) / weight.abs().amax(dim=1)).max() < 0.07


def test_a_lora_goes_on_weights_in_eight_bits(comfyui: Path) -> None:

    from headshots.core.generation.diffusion.tuning import lora

    file = comfyui / "diffusion_models" / f"{KLEIN}.safetensors"
    save_file(in_eight_bits(load_file(file), "rows"), file)
    pipeline, family = opened(find_model(KLEIN)), FAMILIES["klein"]
    bare = shown(pipeline)
    other = opened(find_model(KLEIN))
    lora.put_on(other.transformer, family, 4, 0)
    weights = {
        name: torch.randn_like(each) * 0.3 for name, each in lora.trained(other.transformer).items()
    }
    file = lora.to_file(weights, family, {})
    with lora.applied(pipeline, family, [lora.sitter_lora(file)]):
        assert np.abs(shown(pipeline) - bare).max() > 0.001
    assert np.array_equal(shown(pipeline), bare)


def write_gguf(plain: Mapping[str, Tensor], file: Path) -> None:
    """As the converters of ComfyUI-GGUF and others write it: matrices in blocks of 8 bits."""
    gguf = pytest.importorskip("gguf")
    writer = gguf.GGUFWriter(str(file), "flux2")
    for name, weight in plain.items():
        array = weight.float().numpy()
        if weight.ndim == 2 and weight.shape[1] % 32 == 0:
            kind = gguf.GGMLQuantizationType.Q8_0
            writer.add_tensor(name, gguf.quants.quantize(array, kind), raw_dtype=kind)
        else:
            writer.add_tensor(name, array)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def test_gguf_files_are_models(comfyui: Path) -> None:
    plain = load_file(comfyui / "diffusion_models" / f"{KLEIN}.safetensors")
    before = shown(opened(find_model(KLEIN)))
    name = "flux-2-klein-4b-Q8_0"
    (comfyui / "unet").mkdir()
    write_gguf(plain, comfyui / "unet" / f"{name}.gguf")
    shutil.copytree(comfyui / "diffusion_models" / KLEIN, comfyui / "unet" / name)
    model = find_model(name)
    assert model.family is FAMILIES["klein"] and model.licence.name == "Apache-2.0"
    assert model.compressed["network"] < 2 * model.parts["network"]
    pipeline = opened(model)
    assert pipeline.transformer.transformer_blocks[0].ff.linear_in.weight.dtype == torch.uint8
    assert np.abs(shown(pipeline) - before).mean() < 0.05
    missing = {key: each for key, each in plain.items() if "linear2" not in key}
    write_gguf(missing, comfyui / "unet" / f"{name}.gguf")
    with pytest.raises(ModelUnreadable, match="can't be loaded"):
        opened(find_model(name))
    (comfyui / "unet" / f"{name}.gguf").write_bytes(b"GGUF" + b"\0" * 40)
    assert name in installed().faults


def test_what_is_rounded_further_or_incomplete_is_refused(comfyui: Path) -> None:
    file = comfyui / "diffusion_models" / f"{KLEIN}.safetensors"
    whole = load_file(file)
    packed = {**whole, "img_in.weight": whole["img_in.weight"].to(torch.uint8)}
    save_file(packed, file)
    with pytest.raises(ModelUnreadable, match="8 bits"):
        opened(find_model(KLEIN))
    del whole["single_blocks.1.linear2.weight"]
    save_file(whole, file)
    with pytest.raises(ModelUnreadable, match="can't be loaded"):
        opened(find_model(KLEIN))


# Weights as the published files have them. FLUX.2's VAE, of 32 bits, is 336 211 292 bytes long
# with its header; Qwen3's words are told twice here, as words and as what makes words.
SIZES = {
    "klein/transformer": 3_875_544_576,
    "klein/vae": 84_046_372,
    "klein/text_encoder": 4_022_468_096 + 388_956_160,
}


@pytest.mark.parametrize("place", SIZES)
def test_the_shipped_configurations_are_those_of_the_real_networks(place: str) -> None:
    family, part = place.split("/")
    index = json.loads((CONFIGS / family / "model_index.json").read_text("utf-8"))
    with init_empty_weights():
        if part == "text_encoder":
            kind = transformers(index[part][1])
            network = kind(transformers("AutoConfig").from_pretrained(CONFIGS / place))
        else:
            kind = diffusers(index[part][1])
            network = kind.from_config(json.loads((CONFIGS / place / "config.json").read_text()))
    assert sum(each.numel() for each in network.state_dict().values()) == SIZES[place]


@pytest.mark.parametrize("kind", ["fp8", "gguf"])
def test_networks_in_fewer_bits_take_turns(kind: str, comfyui: Path) -> None:
    """On a card that is none."""
    file = comfyui / "diffusion_models" / f"{KLEIN}.safetensors"
    plain = load_file(file)
    if kind == "fp8":
        save_file(in_eight_bits(plain, "rows"), file)
    else:
        write_gguf(plain, file.with_suffix(".gguf"))
        file.unlink()
    model = find_model(KLEIN)
    whole = painted(load(model, Plan("cpu", "float32", "none", 1)))
    plan = Plan("cuda", "float32", "parts", 1)
    with fake_card():
        pipeline = load(model, plan)
        placement = Placement(pipeline, "transformer", plan)
        for _ in range(2):
            assert np.abs(painted(pipeline) - whole).max() < 1e-4
        placement.lift()


def test_a_lora_learns_on_weights_in_8_bits(comfyui: Path) -> None:
    """Its gradients are those on the same weights in full, but for the rounding."""
    file = comfyui / "diffusion_models" / f"{KLEIN}.safetensors"
    gradients: list[Tensor] = []
    for eight_bits in (False, True):
        if eight_bits:
            save_file(in_eight_bits(load_file(file), "rows"), file)
        model = find_model(KLEIN)
        network = load(model, Plan("cpu", "float32", "none", 1)).transformer
        assert (1 in {each.element_size() for each in network.parameters()}) is eight_bits
        network.requires_grad_(False)
        put_on(network, model.family, 4, 1)
        weights = trained(network)
        assert computing_width(network) == 4
        with torch.random.fork_rng():
            torch.manual_seed(5)
            for each in weights.values():
                each.data += 0.05 * torch.randn_like(each)
            size = network.config
            result = network(
                hidden_states=torch.randn(1, 16, size.in_channels),
                encoder_hidden_states=torch.randn(1, 8, size.joint_attention_dim),
                timestep=torch.tensor([0.5]),
                img_ids=torch.zeros(1, 16, 4),
                txt_ids=torch.zeros(1, 8, 4),
                guidance=None,
                return_dict=False,
            )[0]
        result.square().mean().backward()
        gradients.append(torch.cat([_gradient(each).flatten() for each in weights.values()]))
    full, rounded = gradients
    assert torch.cosine_similarity(full, rounded, dim=0) > 0.99
    assert not torch.equal(full, rounded)


def _gradient(weight: Tensor) -> Tensor:
    assert weight.grad is not None
    return weight.grad
