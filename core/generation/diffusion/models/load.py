"""Loads a complete model from its files, never from the internet."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

from ....errors import ModelMissing, ModelUnreadable, NotEnoughMemory
from ....safetensors_header import read_header
from ..families.detect import FAMILIES
from .installed import INDEX, Model, variant_of
from .libraries import diffusers, quiet, require_packages
from .memory_plan import Plan
from .shortage import out_of_memory
from .split_files import config_of

_AGAIN = "Fetch it again, whole."
# Folders in whose files tensors have the network's names; those of text encoders are renamed.
_CHECKED = ("unet", "transformer", "vae")


def load(model: Model, plan: Plan) -> Any:
    """The diffusers pipeline of `model` in the precision of `plan`, in main memory.

    Raises:
        ExtraMissing: a package isn't installed.
        ModelMissing: a part of it is missing.
        ModelUnreadable: a file of it is damaged, or holds another network.
        NotEnoughMemory: memory ran out.
    """
    require_packages()
    try:
        with quiet():
            pipeline = (_file if model.single else _folder)(model, plan)
    except (OSError, ValueError, RuntimeError, KeyError, TypeError, AttributeError) as error:
        if out_of_memory(error):
            raise NotEnoughMemory(
                f"Memory ran out while {model.name!r} was loaded",
                "Close other programs, or choose a smaller model.",
            ) from error
        raise ModelUnreadable(
            f"The model {model.path} can't be loaded: {_gist(error)}", _AGAIN
        ) from error
    _check_whole(model, pipeline)
    pipeline.set_progress_bar_config(disable=True)
    for part in pipeline.components.values():
        if hasattr(part, "requires_grad_"):
            part.requires_grad_(False)
    # A VAE that was mended says that it needs no 32 bits.
    if model.family.vae_in_32_bits and pipeline.vae.config.force_upcast:
        with quiet():
            pipeline.vae.float()
    return pipeline


def _folder(model: Model, plan: Plan) -> Any:
    index: dict[str, Any] = json.loads((model.path / INDEX).read_text("utf-8"))
    absent = {
        name: None
        for name in ("safety_checker", "image_encoder", "feature_extractor")
        if name in index
    }
    for name in model.parts.keys() - absent.keys():
        _check_there(model.path / name, index)
    return _pipeline(model).from_pretrained(
        model.path,
        dtype=_dtype(plan),
        local_files_only=True,
        use_safetensors=True,
        variant=_variant(model) or None,
        **absent,
    )


def _check_there(folder: Path, index: dict[str, Any]) -> None:
    """Check that a part with weights has all shards as .safetensors."""
    library = (index.get(folder.name) or ["", ""])[1]
    if library.endswith(("Tokenizer", "TokenizerFast", "Scheduler", "Processor")):
        return
    for listed in folder.glob("*.safetensors.index*.json"):
        shards = json.loads(listed.read_text("utf-8"))["weight_map"].values()
        missing = sorted(name for name in set(shards) if not (folder / name).is_file())
        if missing:
            raise ModelMissing(f"{folder} lacks {', '.join(missing)}", _AGAIN)
    if library and not any(folder.glob("*.safetensors")):
        pickled = any(folder.glob("*.bin")) or any(folder.glob("*.ckpt"))
        why = ", only pickled ones, which could run any program" if pickled else ""
        raise ModelMissing(f"{folder} has no .safetensors weights{why}", _AGAIN)


def _variant(model: Model) -> str:
    """The variant to load where the folder lacks default files; else empty."""
    files = list((model.path / model.family.network).glob("*.safetensors"))
    variants = sorted(variant_of(file) for file in files)
    return "" if not variants or "" in variants else variants[0]


def _file(model: Model, plan: Plan) -> Any:
    """The pipeline of a checkpoint of one file, or of one file for each network.

    Its configuration comes from a local folder, never from the hub.
    """
    config = config_of(model.path, model.family)
    if "text_encoder" in model.others:
        from .assemble import assembled

        return assembled(model, config, _dtype(plan), plan.device != "mps")  # which has no fp8
    networks: dict[str, Any] = _vocabularies(model, config)
    if "vae" in model.others:
        networks["vae"] = diffusers("AutoencoderKL").from_single_file(
            str(model.others["vae"]),
            config=str(config),
            subfolder="vae",
            dtype=_dtype(plan),
            local_files_only=True,
        )
    return _pipeline(model).from_single_file(
        str(model.path),
        config=str(config),
        dtype=_dtype(plan),
        local_files_only=True,
        safety_checker=None,
        **networks,
    )


def _vocabularies(model: Model, config: Path) -> dict[str, Any]:
    """CLIP's tokenizers, where the configuration has none."""
    if (config / "tokenizer" / "vocab.json").is_file():
        return {}
    from ..families.clip_vocabulary import tokenizers

    return tokenizers(second=model.family is FAMILIES["sdxl"])


def _dtype(plan: Plan) -> Any:
    return getattr(import_module("torch"), plan.precision)


def _pipeline(model: Model) -> Any:
    return diffusers(model.family.pipelines[0])


def _check_whole(model: Model, pipeline: Any) -> None:
    """Check that every weight comes from a file, as diffusers fills missing ones at random.

    Raises:
        ModelUnreadable: one doesn't.
    """
    network = getattr(pipeline, model.family.network)
    wanted = network.config.out_channels or network.config.in_channels
    if model.family.network == "unet" and network.config.in_channels != wanted:
        raise ModelUnreadable(
            f"{model.path} is a model for inpainting alone", "Choose the model it was made from."
        )
    for name in () if model.single else _CHECKED:
        if name in model.parts and (lacks := _lacking(model.path / name, getattr(pipeline, name))):
            raise ModelUnreadable(
                f"The {name} of {model.path} lacks {len(lacks)} weights, such as {lacks[0]}", _AGAIN
            )
    for name, part in pipeline.components.items():
        if hasattr(part, "parameters") and any(each.is_meta for each in part.parameters()):
            raise ModelUnreadable(f"The {name} of {model.path} is incomplete", _AGAIN)


def _lacking(folder: Path, network: Any) -> list[str]:
    """Names of the network's weights that the folder's files lack."""
    there = {name for file in folder.glob("*.safetensors") for name in read_header(file).tensors}
    return sorted(name for name in network.state_dict() if name not in there)


def _gist(error: Exception) -> str:
    """The first line of a library's error; the rest is internal."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
