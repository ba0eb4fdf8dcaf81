"""Tiny FLUX.2 klein and Qwen-Image-Edit models as ComfyUI keeps them: each network in a file of its
own, its tensors called as by those who trained the real ones.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from .checkpoints import vae_name

Weights = Mapping[str, Tensor]

KLEIN = "flux-2-klein-4b"
QWEN = "qwen_image_edit_2509_bf16"
# As the makers of the split files call those of the other networks.
TEXT = {KLEIN: "qwen_3_4b", QWEN: "qwen_2.5_vl_7b"}
VAE = {KLEIN: "flux2-vae", QWEN: "qwen_image_vae"}


def split(folder: Path, models: Path, name: str) -> Path:
    """The diffusers folder `folder` in ComfyUI's folder `models`; gives the denoiser's file.

    name: KLEIN or QWEN. Its configuration, tokenizer too, lies in a folder beside, as the tiny
    networks are not of the sizes that are known.
    """
    network, vae = (original_klein, original_flux_vae) if name == KLEIN else (_as_it_is, _wan_vae)
    file = models / "diffusion_models" / f"{name}.safetensors"
    _write(network(_read(folder / "transformer")), file)
    text = _read(folder / "text_encoder")
    if name == KLEIN:  # the real one's is that of its words
        text = {key: each for key, each in text.items() if key != "lm_head.weight"}
    _write(_as_it_is(text), _beside(models, "text_encoders", TEXT[name]))
    _write(vae(_read(folder / "vae")), _beside(models, "vae", VAE[name]))
    weights = shutil.ignore_patterns("*.safetensors", "README.md")
    shutil.copytree(folder, file.with_suffix(""), ignore=weights)
    return file


def _beside(models: Path, place: str, name: str) -> Path:
    return models / place / f"{name}.safetensors"


def _read(folder: Path) -> Weights:
    (file,) = folder.glob("*.safetensors")
    return load_file(file)


def _write(weights: Iterator[tuple[str, Tensor]], file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: each.contiguous() for name, each in weights}, file)


def _as_it_is(weights: Weights) -> Iterator[tuple[str, Tensor]]:
    yield from weights.items()


_KLEIN = {
    "x_embedder": "img_in",
    "context_embedder": "txt_in",
    "time_guidance_embed.timestep_embedder.linear_1": "time_in.in_layer",
    "time_guidance_embed.timestep_embedder.linear_2": "time_in.out_layer",
    "double_stream_modulation_img.linear": "double_stream_modulation_img.lin",
    "double_stream_modulation_txt.linear": "double_stream_modulation_txt.lin",
    "single_stream_modulation.linear": "single_stream_modulation.lin",
    "proj_out": "final_layer.linear",
}
_BLOCKS = {
    "attn.norm_q.weight": "img_attn.norm.query_norm.scale",
    "attn.norm_k.weight": "img_attn.norm.key_norm.scale",
    "attn.to_out.0.weight": "img_attn.proj.weight",
    "attn.norm_added_q.weight": "txt_attn.norm.query_norm.scale",
    "attn.norm_added_k.weight": "txt_attn.norm.key_norm.scale",
    "attn.to_add_out.weight": "txt_attn.proj.weight",
    "ff.linear_in.weight": "img_mlp.0.weight",
    "ff.linear_out.weight": "img_mlp.2.weight",
    "ff_context.linear_in.weight": "txt_mlp.0.weight",
    "ff_context.linear_out.weight": "txt_mlp.2.weight",
}
_SINGLE = {
    "attn.to_qkv_mlp_proj.weight": "linear1.weight",
    "attn.to_out.weight": "linear2.weight",
    "attn.norm_q.weight": "norm.query_norm.scale",
    "attn.norm_k.weight": "norm.key_norm.scale",
}
_JOINED = {
    "img_attn.qkv": ("attn.to_q", "attn.to_k", "attn.to_v"),
    "txt_attn.qkv": ("attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj"),
}


def original_klein(weights: Weights) -> Iterator[tuple[str, Tensor]]:
    """Black Forest Labs' names; q, k and v are one there, and the last shift comes first."""
    for name, weight in weights.items():
        if name == "norm_out.linear.weight":
            yield "final_layer.adaLN_modulation.1.weight", torch.cat(weight.chunk(2)[::-1])
        elif found := re.fullmatch(r"(single_)?transformer_blocks\.(\d+)\.(.+)", name):
            known = _SINGLE if found[1] else _BLOCKS
            if found[3] in known:
                yield f"{found[1] or 'double_'}blocks.{found[2]}.{known[found[3]]}", weight
        else:
            whole, _, kind = name.rpartition(".")
            yield f"{_KLEIN[whole]}.{kind}", weight
    for number in {name.split(".")[1] for name in weights if name.startswith("transformer_")}:
        start = f"transformer_blocks.{number}"
        for joined, parts in _JOINED.items():
            both = torch.cat([weights[f"{start}.{part}.weight"] for part in parts])
            yield f"double_blocks.{number}.{joined}.weight", both


def original_flux_vae(weights: Weights) -> Iterator[tuple[str, Tensor]]:
    """CompVis's names, what is around the latents counted to encoder and decoder."""
    for name, weight in weights.items():
        linear = "attentions" in name and weight.ndim == 2
        kept = weight[:, :, None, None] if linear else weight
        short = vae_name(name)
        if short.startswith(("quant_conv", "post_quant_conv")):
            short = f"{'encoder' if short[0] == 'q' else 'decoder'}.{short}"
        yield short, kept


_WAN: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
    (r"^quant_conv", "conv1"),
    (r"^post_quant_conv", "conv2"),
    (r"coder\.conv_in", "coder.conv1"),
    (r"coder\.norm_out", "coder.head.0"),
    (r"coder\.conv_out", "coder.head.2"),
    (r"mid_block\.resnets\.([01])", lambda found: f"middle.{2 * int(found[1])}"),
    (r"mid_block\.attentions\.0", "middle.1"),
    (r"down_blocks\.", "downsamples."),
    (
        r"up_blocks\.(\d)\.resnets\.(\d)",
        lambda found: f"upsamples.{4 * int(found[1]) + int(found[2])}",
    ),
    (r"up_blocks\.(\d)\.upsamplers\.0", lambda found: f"upsamples.{4 * int(found[1]) + 3}"),
    (r"\.conv_shortcut\.", ".shortcut."),
    (r"\.norm1\.", ".residual.0."),
    (r"(?<!coder)\.conv1\.", ".residual.2."),
    (r"\.norm2\.", ".residual.3."),
    (r"(?<!coder)\.conv2\.", ".residual.6."),
)


def _wan_vae(weights: Weights) -> Iterator[tuple[str, Tensor]]:
    """Alibaba's names, as those of the VAE of Wan 2.1, which Qwen's is made from."""
    for name, weight in weights.items():
        for ours, theirs in _WAN:
            name = re.sub(ours, theirs, name)
        yield name, weight
