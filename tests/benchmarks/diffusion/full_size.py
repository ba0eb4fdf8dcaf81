"""Pipelines of random weights: the tests' tiny ones, and ones of the published shapes."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderKL,
    AutoencoderKLFlux2,
    DiffusionPipeline,
    Flux2KleinPipeline,
    Flux2Transformer2DModel,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    Qwen3Config,
    Qwen3ForCausalLM,
)

from headshots.core.generation.diffusion.models import load as loading

sys.path.insert(0, str(Path(__file__).parents[2]))
import tiny.adapters
import tiny.models

CONFIGS = Path(loading.__file__).parents[1] / "configs" / "sdxl"
# FLUX.2 klein 4B, and the Qwen3 4B that reads for it.
KLEIN = {"num_layers": 5, "num_single_layers": 20, "num_attention_heads": 24}
KLEIN |= {"joint_attention_dim": 3 * 2560, "guidance_embeds": False}
QWEN3 = {"hidden_size": 2560, "intermediate_size": 9728, "num_hidden_layers": 36}
QWEN3 |= {"num_attention_heads": 32, "num_key_value_heads": 8, "head_dim": 128}


def built(family: str, size: str, folder: Path) -> tuple[Any, Path | None]:
    """A pipeline on the fastest device, and FaceID for it where the family takes that."""
    place = getattr(tiny.models, family)(folder / family)
    pipeline = DiffusionPipeline.from_pretrained(place)
    if size == "full":
        pipeline = {"sdxl": sdxl, "klein": klein}[family](pipeline)
    pipeline.set_progress_bar_config(disable=True)
    for part in pipeline.components.values():  # as when it is loaded to paint
        if hasattr(part, "requires_grad_"):
            part.requires_grad_(False)
    adapter = None
    if family == "sdxl":
        adapter = tiny.adapters.faceid(pipeline.unet, folder / "ip-adapter-faceid_sdxl.safetensors")
    return pipeline.to("cuda" if torch.cuda.is_available() else "cpu"), adapter


def random(kind: Any, *, eval_only: bool = True, **config: Any) -> Any:
    """A network of that configuration in 16 bits, made where it will run."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.bfloat16)
    try:
        with torch.device(device):
            return kind(**config).eval()
    finally:
        torch.set_default_dtype(before)


def configured(part: str) -> dict[str, Any]:
    """The published configuration of a part of SDXL."""
    return json.loads((CONFIGS / part / "config.json").read_text("utf-8"))


def network(kind: Any, part: str) -> Any:
    """A part of SDXL."""
    return random(kind, **{k: v for k, v in configured(part).items() if not k.startswith("_")})


def decoder() -> Any:
    """SDXL's VAE; on a processor in 32 bits, as it is loaded there."""
    vae = network(AutoencoderKL, "vae").requires_grad_(False)
    return vae if torch.cuda.is_available() else vae.float()


def sdxl(small: Any) -> Any:
    """SDXL in full size, with the tokenizers of the tiny one."""

    def text(kind: Any, part: str) -> Any:
        return random(lambda **config: kind(CLIPTextConfig(**config)), **configured(part))

    return StableDiffusionXLPipeline(
        vae=network(AutoencoderKL, "vae"),
        text_encoder=text(CLIPTextModel, "text_encoder"),
        text_encoder_2=text(CLIPTextModelWithProjection, "text_encoder_2"),
        tokenizer=small.tokenizer,
        tokenizer_2=small.tokenizer_2,
        unet=network(UNet2DConditionModel, "unet"),
        scheduler=small.scheduler,
    )


def klein(small: Any) -> Any:
    """FLUX.2 klein 4B in full size, with the tokenizer of the tiny one."""
    text = Qwen3Config(vocab_size=151936, max_position_embeddings=4096, **QWEN3)
    return Flux2KleinPipeline(
        scheduler=small.scheduler,
        vae=random(AutoencoderKLFlux2),
        text_encoder=random(lambda **config: Qwen3ForCausalLM(text)),
        tokenizer=small.tokenizer,
        transformer=random(Flux2Transformer2DModel, **KLEIN),
        is_distilled=True,
    )
