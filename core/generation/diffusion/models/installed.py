"""The diffusion models on this machine: path, family and licence."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ....errors import (
    ExtraMissing,
    HeadshotsError,
    LicenceNotAccepted,
    ModelMissing,
    ModelUnreadable,
)
from ....registry import unknown
from ....safetensors_header import Header, read_header
from ....settings import settings
from ..families.detect import Family, family_of_pipeline, family_of_tensors
from .comfyui_folders import comfyui_folders
from .compressed import GGUF, compressed_bytes, header_of
from .licences import Licence, licence_of
from .split_files import family_of_network, others_of, vae_of

INDEX = "model_index.json"
CARD = "README.md"
# ComfyUI's folders of whole models and denoisers.
COMFYUI_FOLDERS = ("checkpoints", "diffusers", "diffusion_models", "unet")
# Parts of a checkpoint of one file, by prefix of the tensors' names.
_PARTS = {
    "model.diffusion_model.": "network",
    "first_stage_model.": "vae",
    "cond_stage_model.": "text_encoder",
    "conditioner.": "text_encoder",
}
# Precisions by the names that files have for them.
_PRECISIONS = {"F16": "float16", "BF16": "bfloat16", "F32": "float32"}
_FILES = (".safetensors", GGUF)
_DEEPEST = 4  # levels of folders to search, such as owner/name/snapshots/revision
_CARD_READ = 100_000  # characters of a model card to read; front matter comes first


@dataclass(frozen=True)
class Model:
    """One model.

    name: its path below the searched folder, without the ending.
    path: a diffusers folder, or a .safetensors or .gguf file.
    family: architecture.
    licence: of its weights.
    parts: number of weights of each network, by the name of its folder; in one file by "network",
        "vae" and "text_encoder".
    others: files of networks that are not in `path`, by the same names.
    stored: precision of the denoiser's weights in their file, or of what they were made from.
    compressed: bytes of parts whose weights stay in fewer than 16 bits, by the same names.
    """

    name: str
    path: Path
    family: Family
    licence: Licence
    parts: Mapping[str, int]
    others: Mapping[str, Path] = field(default_factory=dict[str, Path])
    stored: str = "bfloat16"
    compressed: Mapping[str, float] = field(default_factory=dict[str, float])

    @property
    def single(self) -> bool:
        """Whether it is a file or several files, and not a folder."""
        return self.path.suffix in _FILES

    @property
    def size(self) -> int:
        """The number of its weights."""
        return sum(self.parts.values())


@dataclass(frozen=True)
class Installed:
    """The installed models.

    models: by name.
    faults: of files that look like models but can't be used, by name.
    """

    models: Mapping[str, Model]
    faults: Mapping[str, HeadshotsError]


def models_folder() -> Path:
    """Our own folder of models, to which they are downloaded."""
    return settings().models_dir or settings().weights / "models"


def folders() -> tuple[Path, ...]:
    """The folders to search, in order: our own, then ComfyUI's."""
    theirs = (folder for kind in COMFYUI_FOLDERS for folder in comfyui_folders(kind))
    return tuple(dict.fromkeys((models_folder(), *theirs)))


def installed(places: Sequence[Path] | None = None) -> Installed:
    """All models in `places` (default: `folders()`); of two with the same name the first."""
    models: dict[str, Model] = {}
    faults: dict[str, HeadshotsError] = {}
    for place in folders() if places is None else places:
        for path in _candidates(place):
            name = path.relative_to(place).as_posix()
            name = name.removesuffix(path.suffix) if path.suffix in _FILES else name
            try:
                model = _read(path, name)
            except (ExtraMissing, ModelMissing, ModelUnreadable) as error:
                faults.setdefault(name, error)
                continue
            if model is not None:
                models.setdefault(name, model)
    return Installed(models, faults)


def find_model(name: str) -> Model:
    """The installed model called `name`, which may be the last part of its name if unambiguous.

    Raises:
        ModelMissing: no model is installed, or a part of this one is missing.
        ModelUnreadable: a file of this one is damaged.
        UnknownName: no installed model has that name.
    """
    everything = installed()
    models = everything.models
    if name in models:
        return models[name]
    if name in everything.faults:
        raise everything.faults[name]
    if not models:
        raise ModelMissing(
            f"No diffusion model is installed, and {name!r} was asked for",
            f"Put one into {models_folder()}, set HEADSHOTS_COMFYUI_DIR to a ComfyUI that has "
            "some, or fetch one: `headshots models pull`.",
        )
    ends = [model for key, model in models.items() if key.rpartition("/")[2] == name]
    if len(ends) == 1:
        return ends[0]
    raise unknown("diffusion model", name, tuple(models))


def require_licence(licence: Licence, what: str, accepted: bool) -> None:
    """Check that the licence of `what` allows commercial work or was accepted.

    Raises:
        LicenceNotAccepted: neither.
    """
    if not licence.free and not accepted:
        raise LicenceNotAccepted(
            f"{what} is under the licence {licence.name!r}; commercial work: {licence.allows}",
            "Read it, and if you may use it as you mean to, say so: --accept-licence on the "
            "command line, accept_licence in a recipe.",
        )


def _candidates(place: Path, depth: int = _DEEPEST) -> Iterator[Path]:
    """Diffusers folders and files of models below `place`, in order."""
    try:
        entries = sorted(place.iterdir())
    except OSError:  # not there, or not ours to read
        return
    for entry in entries:
        if entry.suffix in _FILES and entry.is_file():
            yield entry
        elif not entry.is_dir() or any(
            entry.with_name(f"{entry.name}{kind}").exists() for kind in _FILES
        ):
            continue  # a folder beside the file of its name holds that file's configuration
        elif (entry / INDEX).is_file():
            yield entry
        elif depth:
            yield from _candidates(entry, depth - 1)


def _read(path: Path, name: str) -> Model | None:
    """The model at `path`; None if its family isn't supported.

    Raises:
        ModelMissing: a part of it is missing.
        ModelUnreadable: it is damaged.
    """
    return _file(path, name) if path.suffix in _FILES else _folder(path, name)


def _file(path: Path, name: str) -> Model | None:
    header = header_of(path)
    family = family_of_tensors(frozenset(header.shapes))
    if family is None:
        return _network(path, name, header)
    parts: dict[str, int] = {}
    for tensor, count in header.tensors.items():
        part = next((each for start, each in _PARTS.items() if tensor.startswith(start)), "network")
        parts[part] = parts.get(part, 0) + count
    others: dict[str, Path] = {}
    if "vae" not in parts:  # as checkpoints without one are published
        others["vae"] = vae_of(path, family)
        parts["vae"] = weights_in(others["vae"])
    licence = licence_of(path.stem, header.metadata)
    return Model(name, path, family, licence, parts, others, _stored(header))


def _stored(header: Header) -> str:
    """The precision of most of the weights of a file; bfloat16 where they have fewer bits."""
    counts: dict[str, int] = {}
    for name, kind in header.kinds.items():
        counts[kind] = counts.get(kind, 0) + header.tensors[name]
    return _PRECISIONS.get(max(counts, key=lambda kind: counts[kind], default=""), "bfloat16")


def _network(path: Path, name: str, header: Header) -> Model | None:
    """The model of which `path` holds only the denoiser, with its other networks' files."""
    family = family_of_network(path, header)
    if family is None:
        return None
    others = others_of(path, family, header)
    parts = {part: sum(read_header(file).tensors.values()) for part, file in others.items()}
    parts["network"] = sum(header.tensors.values())
    licence = licence_of(path.stem, header.metadata)
    held = compressed_bytes(path, header)
    compressed = {} if held is None else {"network": held}
    return Model(name, path, family, licence, parts, others, _stored(header), compressed)


def _folder(path: Path, name: str) -> Model | None:
    try:
        index: Any = json.loads((path / INDEX).read_text("utf-8"))
        family = family_of_pipeline(str(index["_class_name"]))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise ModelUnreadable(f"{path / INDEX} can't be read", "Fetch the model again.") from None
    if family is None:
        return None
    parts = {
        folder.name: sum(_counts(folder))
        for folder in sorted(path.iterdir())
        if folder.is_dir() and folder.name in index
    }
    card = path / CARD
    text = card.read_text("utf-8", "replace")[:_CARD_READ] if card.is_file() else ""
    weights = _files(path / family.network)
    stored = _stored(read_header(weights[0])) if weights else "bfloat16"
    return Model(name, path, family, licence_of(name, {}, text), parts, stored=stored)


def weights_in(path: Path) -> int:
    """The number of weights in a file, or in the files of a folder."""
    return sum(_counts(path)) if path.is_dir() else sum(read_header(path).tensors.values())


def _counts(folder: Path) -> Iterator[int]:
    """The number of weights in each file of a folder, for one variant."""
    for file in _files(folder):
        yield sum(read_header(file).tensors.values())


def _files(folder: Path) -> list[Path]:
    """The files of a folder with weights, for one variant."""
    files = sorted(folder.glob("*.safetensors"))
    return [file for file in files if not variant_of(file)] or files


def variant_of(file: Path) -> str:
    """The variant of a weights file in a diffusers folder, such as "fp16"; empty for the default.

    The variant stands before the ending, as in model.fp16.safetensors, or before the number of a
    shard, as in model.fp16-00001-of-00002.safetensors.
    """
    match = re.fullmatch(r"[^.]+\.(\w+)(-\d+-of-\d+)?\.safetensors", file.name)
    return match[1] if match else ""
