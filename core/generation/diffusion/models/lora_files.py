"""LoRAs that a painting names: where their files lie, and what their licences allow."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from ....errors import InputError, ModelMissing
from ....safetensors_header import read_header
from .comfyui_folders import comfyui_folders
from .installed import models_folder
from .licences import Licence, licence_of

_FOLDER, _ENDING = "loras", ".safetensors"
_HIGHEST = 5.0  # weight


@dataclass(frozen=True)
class LoraFile:
    """A LoRA.

    name: of its file, without the ending.
    path: of its file.
    weight: -5..5.
    licence: as its file states it.
    """

    name: str
    path: Path
    weight: float
    licence: Licence


def lora_files(loras: str) -> list[LoraFile]:
    """The LoRAs of `Painting.loras`, such as "grain: 0.6, lightning: 1".

    Raises:
        InputError: a weight is no number from -5 to 5, or a LoRA is named twice.
        ModelMissing: there is no such file.
        ModelUnreadable: a file is damaged.
    """
    files: list[LoraFile] = []
    for entry in filter(None, (each.strip() for each in loras.replace("\n", ",").split(","))):
        name, colon, number = entry.rpartition(":")
        name, weight = (name.strip(), _weight(entry, number)) if colon else (entry, 1.0)
        path = _file(name)
        if any(each.path == path for each in files):
            raise InputError(f"The LoRA {path.stem!r} is named twice", "Name it once.")
        licence = licence_of(path.stem, read_header(path).metadata)
        files.append(LoraFile(path.stem, path, weight, licence))
    return files


def _weight(entry: str, number: str) -> float:
    try:
        weight = float(number)
    except ValueError:
        weight = math.nan
    if not abs(weight) <= _HIGHEST:
        raise InputError(
            f"{entry!r} has no weight from -{_HIGHEST:g} to {_HIGHEST:g} after its colon",
            "Write LoRAs as 'name: 0.8, other name: 1'.",
        )
    return weight


def _file(name: str) -> Path:
    """The file called `name`, with or without its ending and folders."""
    folders = (models_folder() / _FOLDER, *comfyui_folders(_FOLDER))
    known = {
        file.relative_to(folder).as_posix().removesuffix(_ENDING): file
        for folder in reversed(folders)
        for file in sorted(folder.rglob(f"*{_ENDING}"), reverse=True)
    }
    plain = name.replace("\\", "/").removesuffix(_ENDING)
    by_stem = {place.rpartition("/")[2]: file for place, file in known.items()}
    file = known.get(plain) or by_stem.get(plain)
    if file is None:
        there = ", ".join(sorted(known)[:20]) or f"none; put them into {folders[0]}"
        raise ModelMissing(f"There is no LoRA called {name!r}", f"Installed are: {there}.")
    return file
