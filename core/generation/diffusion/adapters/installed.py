"""The installed identity adapters for Stable Diffusion."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from ....errors import ModelMissing
from ....registry import unknown
from ..families.detect import Family
from ..models.comfyui_folders import comfyui_folders
from ..models.installed import models_folder
from ..models.licences import Licence, licence_of


class AdapterKind(StrEnum):
    """The kind of an adapter.

    FACEID: uses the face's embedding.
    FACEID_PLUS: and CLIP's encoding of the face.
    INSTANTID: the embedding and the places of the face's points.
    """

    FACEID = "faceid"
    FACEID_PLUS = "faceid-plus-v2"
    INSTANTID = "instantid"


# Choices of an adapter: the best one, none, or a kind.
CHOICES = ("auto", "none", *map(str, AdapterKind))
# Names of the files by their makers; InstantID's comes in its own folder.
_FACEID = re.compile(
    r"ip-adapter-faceid(?P<plus>-plusv2)?_(?P<family>sd15|sdxl)\.(bin|safetensors)"
)
_INSTANTID = re.compile(r"(.*/)?(ip-adapter|[^/]*instantid[^/]*)\.(bin|safetensors)", re.I)
# What else they need: folders beside them as their makers publish them, or ComfyUI's files.
_BESIDE: Mapping[AdapterKind, tuple[str, ...]] = {
    AdapterKind.FACEID: (),
    AdapterKind.FACEID_PLUS: ("image_encoder",),
    AdapterKind.INSTANTID: ("ControlNetModel", "controlnet"),
}
_IN_COMFYUI = {
    AdapterKind.FACEID_PLUS: (
        "clip_vision",
        re.compile(r"(.*/)?clip.vit.h.14[^/]*\.safetensors", re.I),
    ),
    AdapterKind.INSTANTID: ("controlnet", re.compile(r".*instant[-_ ]?id.*\.safetensors", re.I)),
}
# Best first, where several are installed.
_RANK = (AdapterKind.INSTANTID, AdapterKind.FACEID_PLUS, AdapterKind.FACEID)
_OURS, _COMFYUI = "adapters", ("ipadapter", "instantid")


@dataclass(frozen=True)
class Adapter:
    """One installed adapter.

    kind: see `AdapterKind`.
    family: name of the models' family.
    path: of its file.
    licence: of its weights.
    encoder: CLIP's vision encoder for FACEID_PLUS, the ControlNet for INSTANTID: a folder or one
        file (see `parts`); None where it is missing.
    """

    kind: AdapterKind
    family: str
    path: Path
    licence: Licence
    encoder: Path | None = None


def adapters() -> Mapping[tuple[str, AdapterKind], Adapter]:
    """The installed adapters by family and kind."""
    by_kind: dict[tuple[str, AdapterKind], Adapter] = {}
    for place in _places():
        for path in sorted(place.rglob("*")) if place.is_dir() else ():
            adapter = _adapter(path, place)
            if adapter is not None:
                by_kind.setdefault((adapter.family, adapter.kind), adapter)
    return by_kind


def adapter_for(family: Family, wanted: str) -> Adapter | None:
    """The adapter for models of `family`; None if there is none, or none is wanted.

    wanted: a kind; "auto" for the best one, "none" for none.

    Raises:
        UnknownName: there is no such kind.
        ModelMissing: the kind isn't installed, or a part of it is missing.
    """
    if wanted not in CHOICES:
        raise unknown("adapter", wanted, CHOICES)
    if wanted == "none":
        return None
    mine = {kind: each for (name, kind), each in adapters().items() if name == family.name}
    if wanted == "auto":
        whole = (mine[kind] for kind in _RANK if kind in mine and _whole(mine[kind]))
        return next(whole, None)
    kind = AdapterKind(wanted)
    if kind not in mine:
        raise ModelMissing(
            f"The adapter {wanted!r} for {family.title} is not installed",
            f"Put its file into {models_folder() / _OURS}, under its maker's name.",
        )
    if not _whole(mine[kind]):
        what = "CLIP's image encoder" if kind is AdapterKind.FACEID_PLUS else "its ControlNet"
        raise ModelMissing(
            f"The adapter {mine[kind].path.name} needs {what}, which isn't there",
            f"Put it into {mine[kind].path.parent / _BESIDE[kind][0]}.",
        )
    return mine[kind]


def _whole(adapter: Adapter) -> bool:
    return adapter.kind is AdapterKind.FACEID or adapter.encoder is not None


def _places() -> tuple[Path, ...]:
    theirs = (folder for kind in _COMFYUI for folder in comfyui_folders(kind))
    return (models_folder() / _OURS, *theirs)


def _adapter(path: Path, place: Path) -> Adapter | None:
    if path.suffix not in (".bin", ".safetensors") or not path.is_file():
        return None
    if match := _FACEID.fullmatch(path.name):
        kind = AdapterKind.FACEID_PLUS if match["plus"] else AdapterKind.FACEID
        licence = licence_of(path.stem, {})
        return Adapter(kind, match["family"], path, licence, _part(kind, path))
    name = path.relative_to(place.parent).as_posix()
    if "instantid" in name.casefold() and _INSTANTID.fullmatch(name):
        licence = licence_of("instantid", {})
        return Adapter(
            AdapterKind.INSTANTID, "sdxl", path, licence, _part(AdapterKind.INSTANTID, path)
        )
    return None


def _part(kind: AdapterKind, path: Path) -> Path | None:
    """The other part that the adapter at `path` needs, beside it or in ComfyUI's folders."""
    for name in _BESIDE[kind]:
        if (path.parent / name / "config.json").is_file():
            return path.parent / name
    if kind not in _IN_COMFYUI:
        return None
    name, pattern = _IN_COMFYUI[kind]
    for folder in comfyui_folders(name):
        for file in sorted(folder.rglob("*.safetensors")) if folder.is_dir() else ():
            if pattern.fullmatch(file.relative_to(folder).as_posix()):
                return file
    return None
