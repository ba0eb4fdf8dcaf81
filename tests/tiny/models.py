"""Tiny random diffusion models on disk, in the layouts in which the real ones are published."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderKL,
    AutoencoderKLFlux2,
    AutoencoderKLQwenImage,
    DDIMScheduler,
    EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
    Flux2KleinPipeline,
    Flux2Transformer2DModel,
    QwenImageEditPlusPipeline,
    QwenImageTransformer2DModel,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from safetensors.torch import load_file, save_file
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2Tokenizer,
    Qwen2VLImageProcessorPil,
    Qwen3Config,
    Qwen3ForCausalLM,
)

from .tokenizers import END, QWEN_SIGNS, write_clip_tokenizer, write_qwen_tokenizer


def sd15(folder: Path) -> Path:
    """A Stable Diffusion 1.5 folder."""
    size = write_clip_tokenizer(folder / "made" / "tokenizer", END)
    torch.manual_seed(0)
    unet = UNet2DConditionModel(
        sample_size=16,
        block_out_channels=(32, 64, 64, 64),
        cross_attention_dim=32,
        attention_head_dim=8,
    )
    pipeline = StableDiffusionPipeline(
        vae=_vae(0.18215),
        text_encoder=_clip(size, 32),
        tokenizer=CLIPTokenizer.from_pretrained(folder / "made" / "tokenizer"),
        unet=unet,
        scheduler=DDIMScheduler(
            beta_start=0.00085,
            beta_end=0.012,
            beta_schedule="scaled_linear",
            clip_sample=False,
            set_alpha_to_one=False,
            steps_offset=1,
        ),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    return _saved(pipeline, folder, "---\nlicense: creativeml-openrail-m\n---\n")


def sdxl(folder: Path) -> Path:
    """A Stable Diffusion XL folder."""
    size = write_clip_tokenizer(folder / "made" / "tokenizer", END)
    write_clip_tokenizer(folder / "made" / "tokenizer_2", "!")
    torch.manual_seed(1)
    unet = UNet2DConditionModel(
        sample_size=16,
        block_out_channels=(32, 64, 64),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=96,
        attention_head_dim=(2, 4, 8),
        transformer_layers_per_block=(1, 1, 2),
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=8 * 6 + 64,
    )
    pipeline = StableDiffusionXLPipeline(
        vae=_vae(0.13025),
        text_encoder=_clip(size, 32),
        text_encoder_2=_clip(size, 64, projected=True),
        tokenizer=CLIPTokenizer.from_pretrained(folder / "made" / "tokenizer"),
        tokenizer_2=CLIPTokenizer.from_pretrained(folder / "made" / "tokenizer_2"),
        unet=unet,
        scheduler=EulerDiscreteScheduler(
            beta_start=0.00085,
            beta_end=0.012,
            beta_schedule="scaled_linear",
            steps_offset=1,
            timestep_spacing="leading",
        ),
    )
    return _saved(pipeline, folder, "---\nlicense: openrail++\n---\n")


def klein(folder: Path) -> Path:
    """A FLUX.2 klein folder. Its text encoder is as deep as the layers that are asked for need."""
    size = write_qwen_tokenizer(folder / "made" / "tokenizer")
    torch.manual_seed(2)
    text = Qwen3Config(
        vocab_size=size,
        hidden_size=32,
        intermediate_size=32,
        num_hidden_layers=28,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=16,
        max_position_embeddings=1024,
    )
    pipeline = Flux2KleinPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True, shift=3.0),
        vae=AutoencoderKLFlux2(
            sample_size=128,
            block_out_channels=(8, 8, 16, 16),
            layers_per_block=1,
            latent_channels=4,
            norm_num_groups=4,
            down_block_types=("DownEncoderBlock2D",) * 4,
            up_block_types=("UpDecoderBlock2D",) * 4,
        ),
        text_encoder=Qwen3ForCausalLM(text).eval(),
        tokenizer=Qwen2Tokenizer.from_pretrained(folder / "made" / "tokenizer"),
        transformer=Flux2Transformer2DModel(
            patch_size=1,
            in_channels=16,
            num_layers=1,
            num_single_layers=2,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=32 * 3,
            timestep_guidance_channels=256,
            axes_dims_rope=[4, 4, 4, 4],
            guidance_embeds=False,
        ),
        is_distilled=True,
    )
    return _saved(pipeline, folder, "---\nlicense: apache-2.0\n---\n")


def qwen_edit(folder: Path) -> Path:
    """A Qwen-Image-Edit-Plus folder."""
    size = write_qwen_tokenizer(folder / "made" / "tokenizer")
    tokenizer = Qwen2Tokenizer.from_pretrained(folder / "made" / "tokenizer")
    ids = {sign: tokenizer.convert_tokens_to_ids(sign) for sign in QWEN_SIGNS}
    torch.manual_seed(3)
    text = Qwen2_5_VLConfig(
        text_config={
            "vocab_size": size,
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "num_key_value_heads": 2,
            "max_position_embeddings": 4096,
            "rope_parameters": {
                "rope_type": "default",
                "mrope_section": [2, 3, 3],
                "rope_theta": 1000000.0,
            },
        },
        vision_config={
            "depth": 2,
            "hidden_size": 32,
            "intermediate_size": 32,
            "num_heads": 2,
            "out_hidden_size": 32,
            "patch_size": 14,
            "spatial_merge_size": 2,
            "temporal_patch_size": 2,
            "window_size": 112,
            "fullatt_block_indexes": [1],
        },
        image_token_id=ids["<|image_pad|>"],
        video_token_id=ids["<|video_pad|>"],
        vision_start_token_id=ids["<|vision_start|>"],
        vision_end_token_id=ids["<|vision_end|>"],
    )
    pipeline = QwenImageEditPlusPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
        vae=AutoencoderKLQwenImage(
            base_dim=4,
            z_dim=16,
            temperal_downsample=[False, True, True],
            latents_mean=[0.0] * 16,
            latents_std=[1.0] * 16,
        ),
        text_encoder=Qwen2_5_VLForConditionalGeneration(text).eval(),
        tokenizer=tokenizer,
        processor=None,
        transformer=QwenImageTransformer2DModel(
            patch_size=2,
            in_channels=64,
            out_channels=16,
            num_layers=2,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=32,
            axes_dims_rope=(8, 4, 4),
        ),
    )
    with torch.no_grad():  # as they are made, the pictures would hardly matter
        for weight in pipeline.transformer.parameters():
            if weight.ndim == 2:
                torch.nn.init.normal_(weight, std=1.5 * weight.shape[1] ** -0.5)
    pictures = Qwen2VLImageProcessorPil(min_pixels=56 * 56, max_pixels=28 * 28 * 16)
    pictures.save_pretrained(folder / "made" / "processor")
    saved = _saved(pipeline, folder, "---\nlicense: apache-2.0\n---\n")
    index = json.loads((folder / "model_index.json").read_text("utf-8"))
    index["processor"] = ["transformers", "Qwen2VLProcessor"]
    (folder / "model_index.json").write_text(json.dumps(index), "utf-8")
    return saved


def _vae(scaling: float) -> AutoencoderKL:
    return AutoencoderKL(
        block_out_channels=[8, 16, 16, 16],
        down_block_types=["DownEncoderBlock2D"] * 4,
        up_block_types=["UpDecoderBlock2D"] * 4,
        layers_per_block=2,
        norm_num_groups=4,
        sample_size=64,
        scaling_factor=scaling,
    )


def _clip(vocabulary: int, hidden: int, projected: bool = False) -> Any:
    config = CLIPTextConfig(
        vocab_size=vocabulary,
        hidden_size=hidden,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=1 if projected else 4,  # heads of 64, as OpenCLIP's
        max_position_embeddings=77,
        hidden_act="gelu" if projected else "quick_gelu",
        bos_token_id=vocabulary - 2,
        eos_token_id=vocabulary - 1,
        pad_token_id=1,
        projection_dim=hidden,
    )
    return (CLIPTextModelWithProjection if projected else CLIPTextModel)(config).eval()


def _saved(pipeline: Any, folder: Path, card: str) -> Path:
    """The pipeline in `folder`, its files named inside as the published ones are."""
    pipeline.save_pretrained(folder)
    for name in ("text_encoder", "text_encoder_2"):
        file = folder / name / "model.safetensors"
        if file.exists() and "Stable" in type(pipeline).__name__:
            tensors = {_prefixed(key): weight for key, weight in load_file(file).items()}
            save_file(tensors, file, metadata={"format": "pt"})
    for made in (folder / "made").iterdir():
        shutil.rmtree(folder / made.name, ignore_errors=True)
        shutil.move(made, folder / made.name)
    (folder / "made").rmdir()
    (folder / "README.md").write_text(card, "utf-8")
    return folder


def _prefixed(name: str) -> str:
    """CLIP's text encoders are published with this prefix, which newer libraries leave out."""
    return name if name.startswith(("text_model.", "text_projection")) else f"text_model.{name}"
