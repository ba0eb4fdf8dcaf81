"""Models in ComfyUI's format: denoiser, text encoder and VAE in separate files.

The denoiser lies in `diffusion_models`, the others in `text_encoders` and `vae` beside that folder.
Tensors show which files belong together: by names that only one architecture has, and by shapes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ....errors import ModelMissing, ModelUnreadable
from ....safetensors_header import Header, read_header
from ..families.detect import FAMILIES, Family
from ..families.qwen_vocabulary import words_of
from .comfyui_folders import comfyui_folders
from .compressed import shapes_of

PREFIX = "model.diffusion_model."  # before a denoiser's tensors in some files
_CONFIGS = Path(__file__).parents[1] / "configs"
_NETWORKS = ("diffusion_models", "unet")  # the second is ComfyUI's old name
_TEXT, _VAE = ("text_encoders", "clip"), "vae"
# Published files that fit, and others of the same shapes that were trained for something else.
_CALLED = {"text_encoder": "qwen_3_4b.safetensors", "vae": "flux2-vae.safetensors"}
_OTHER_TEXT = re.compile(r"instruct|thinking|embed|rerank|coder|guard|2507", re.IGNORECASE)
# SDXL's VAE and that of SD1.5 have the same shapes, so the name decides.
_XL = re.compile(r"xl", re.IGNORECASE)


def config_of(path: Path, family: Family) -> Path:
    """The folder of configurations for the file `path`: of its name beside it, or ours."""
    beside = path.with_suffix("")
    return beside if (beside / "model_index.json").is_file() else _CONFIGS / family.name


def family_of_network(path: Path, header: Header) -> Family | None:
    """The family of a file that holds only a denoiser.

    None if it isn't supported, or lies in another folder than ComfyUI's for denoisers.
    """
    names = shapes_of(header, PREFIX)
    if _place(path) is None:
        return None
    if "double_stream_modulation_img.lin.weight" in names and not any(
        name.startswith("guidance_in.")
        for name in names  # FLUX.2 dev
    ):
        return FAMILIES["klein"]
    return None


def others_of(path: Path, family: Family, header: Header) -> Mapping[str, Path]:
    """The files of text encoder and VAE for the denoiser in `path`, by part.

    Of several that fit, the largest, which has the highest precision.

    Raises:
        ModelMissing: one is missing, or the vocabulary of the text encoder.
    """
    place = _place(path)
    assert place is not None
    config = config_of(path, family)
    text, vae = (_read_json(config / part / "config.json") for part in ("text_encoder", "vae"))
    wide = _wide(header, "txt_in.weight") == 3 * text["hidden_size"]
    found = {
        "text_encoder": [
            file
            for file, other in _headers([place / each for each in _TEXT])
            if wide and _is_qwen3(other, text) and not _OTHER_TEXT.search(file.stem)
        ],
        "vae": [
            file
            for file, other in _headers([place / _VAE])
            if _is_flux2_vae(other, vae, _wide(header, "img_in.weight"))
        ],
    }
    for part, what, folder in (("text_encoder", "text encoder", _TEXT[0]), ("vae", "VAE", _VAE)):
        if not found[part]:
            raise ModelMissing(
                f"{path} is the denoiser of a {family.title} model, and its {what} is not "
                f"in {place / folder}",
                f"Put it there, such as {_CALLED[part]}.",
            )
    words_of(path)
    return {part: _largest(files) for part, files in found.items()}


def vae_of(path: Path, family: Family) -> Path:
    """The VAE for a checkpoint of Stable Diffusion without one, in the folder `vae` beside its own.

    Raises:
        ModelMissing: there is none.
    """
    places = [each / _VAE for each in path.parents[:3]]
    for place in (*places, *comfyui_folders(_VAE)):
        fitting = [
            file
            for file, header in _headers([place])
            if header.shapes.get("decoder.conv_in.weight", ())[1:2] == (4,)
            and bool(_XL.search(file.stem)) == (family is FAMILIES["sdxl"])
        ]
        if fitting:
            return _largest(fitting)
    called = "sdxl_vae" if family is FAMILIES["sdxl"] else "vae-ft-mse-840000-ema-pruned"
    raise ModelMissing(
        f"{path} comes without its VAE, which is not in {places[1]} either",
        f"Put it there, such as {called}.safetensors.",
    )


def _largest(files: list[Path]) -> Path:
    return max(files, key=lambda file: (file.stat().st_size, file.name))


def _place(path: Path) -> Path | None:
    """The folder with ComfyUI's folders of denoisers, text encoders and VAEs."""
    return next((each.parent for each in path.parents if each.name in _NETWORKS), None)


def _wide(header: Header, name: str) -> int:
    """The number of inputs of a layer of a denoiser, 0 without it."""
    shapes = shapes_of(header, PREFIX)
    return shapes[name][-1] if name in shapes else 0


def _is_qwen3(header: Header, about: Mapping[str, int]) -> bool:
    """Whether a file holds the text encoder of that configuration, and none that looks like it.

    Qwen3-VL, embedding models, Qwen2.5 and Gemma 3 have widths or names of it, and not all.
    """
    head, layers, start = about["head_dim"], about["num_hidden_layers"], "model.layers."
    last = f"{start}{layers - 1}."
    wide, inner = about["hidden_size"], about["intermediate_size"]
    wanted = {
        "model.embed_tokens.weight": (about["vocab_size"], wide),
        "model.norm.weight": (wide,),
        f"{last}self_attn.q_proj.weight": (about["num_attention_heads"] * head, wide),
        f"{last}self_attn.k_proj.weight": (about["num_key_value_heads"] * head, wide),
        f"{last}self_attn.q_norm.weight": (head,),
        f"{last}mlp.gate_proj.weight": (inner, wide),
    }
    foreign = (f"{start}{layers}.", "visual.", "model.visual.", "vision_", "multi_modal")
    return (
        all(header.shapes.get(name) == shape for name, shape in wanted.items())
        and not any(name.startswith(foreign) for name in header.shapes)
        and not any(
            name.endswith(("post_feedforward_layernorm.weight", "k_proj.bias"))
            for name in header.shapes
        )
    )


def _is_flux2_vae(header: Header, about: Mapping[str, Any], channels: int) -> bool:
    """Whether a file holds the VAE of that configuration, of which patches have `channels`."""
    widest = about["block_out_channels"][-1]
    latents = (widest, about["latent_channels"])
    return (
        header.shapes.get("bn.running_mean") == (channels,)
        and header.shapes.get("decoder.conv_in.weight", ())[:2] == latents
    )


def _read_json(file: Path) -> dict[str, Any]:
    return json.loads(file.read_text("utf-8"))


def _headers(folders: list[Path]) -> Iterator[tuple[Path, Header]]:
    for folder in folders:
        for file in sorted(folder.rglob("*.safetensors")):
            try:
                yield file, read_header(file)
            except ModelUnreadable:  # not a file that we need
                continue
