"""Published models by name, fetched on request from the hub that their makers use.

What belongs to a model, and the hash of each file, is asked of the hub itself at one revision;
every file that arrives is held to its hash.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ..errors import DownloadFailed
from ..progress import SILENT, Progress
from ..registry import unknown
from . import sources
from .catalogue import Https, Weight

HUB = "https://huggingface.co"
_REVISION = "main"
# What a model needs in the layout that is read here: no pickles, no other frameworks' weights.
_WANTED = (".safetensors", ".json", ".txt", ".model", ".jinja")
_CARD = "README.md"
# Folders of a model that nothing here uses.
_LEFT = ("safety_checker", "feature_extractor", "image_encoder", "onnx", "openvino")


@dataclass(frozen=True)
class Published:
    """A model that can be fetched. repository: owner and name at the hub. licence: as its card
    says. variant: of the weights files, "fp16" or such; empty for the plain ones.
    """

    name: str
    repository: str
    licence: str
    commercial: bool
    purpose: str
    variant: str = ""


_MODELS = (
    Published(
        "flux2-klein-4b",
        "black-forest-labs/FLUX.2-klein-4B",
        "Apache-2.0",
        True,
        "looks at photos of the sitter; 4 steps; about 16 GB",
    ),
    Published(
        "flux2-klein-base-4b",
        "black-forest-labs/FLUX.2-klein-base-4B",
        "Apache-2.0",
        True,
        "the one to tune to a sitter; 50 steps; about 16 GB",
    ),
    Published(
        "qwen-image-edit-2509",
        "Qwen/Qwen-Image-Edit-2509",
        "Apache-2.0",
        True,
        "looks at photos of the sitter; about 58 GB",
    ),
    Published(
        "sdxl-base",
        "stabilityai/stable-diffusion-xl-base-1.0",
        "OpenRAIL++-M",
        True,
        "the base of most checkpoints; about 7 GB",
        "fp16",
    ),
    Published(
        "sd15",
        "stable-diffusion-v1-5/stable-diffusion-v1-5",
        "CreativeML OpenRAIL-M",
        True,
        "small; for machines without a large graphics card; about 2 GB",
        "fp16",
    ),
)
PUBLISHED: Mapping[str, Published] = {model.name: model for model in _MODELS}


@dataclass(frozen=True)
class _File:
    """A file at the hub. sha256: of large ones; of small ones git's own hash, `blob`, is known."""

    path: str
    size: int
    sha256: str
    blob: str


def pull(name: str, folder: Path, progress: Progress = SILENT, hub: str = "") -> Path:
    """The model called `name`, whole, in `folder` under that name; not again if it is there.

    It appears under its name only when all of it is there. What has arrived when it is stopped is
    kept beside it, and the next call goes on from there. hub: default: `HUB`.

    Raises:
        UnknownName: no such model is published.
        DownloadFailed: the hub can't be reached, or what came is not what it promised.
        Cancelled: stopped through `progress`.
    """
    if name not in PUBLISHED:
        raise unknown("published model", name, tuple(PUBLISHED))
    target = folder / name
    if target.exists():
        progress.update(1.0, f"{name} is there")
        return target
    model, arriving, hub = PUBLISHED[name], folder / f".{name}.part", hub or HUB
    progress.update(0.0, f"asking for {model.repository}")
    revision, listed = _listed(model, hub)
    files = list(_chosen(listed, model.variant))
    total, done = sum(file.size for file in files) or 1, 0
    try:
        for file in files:
            progress.update(done / total, f"fetching {file.path}")
            before = done

            def arrived(size: int, before: int = before) -> None:
                progress.update((before + size) / total)

            _bring(f"{hub}/{model.repository}/resolve/{revision}", file, arriving, arrived)
            done += file.size
        arriving.replace(target)
    except OSError as error:
        raise DownloadFailed(
            f"{folder} can't be written: {error.strerror or error}",
            "Free some space, or name another folder in HEADSHOTS_MODELS_DIR.",
        ) from error
    progress.update(1.0, f"{name} is in place")
    return target


def _listed(model: Published, hub: str) -> tuple[str, list[_File]]:
    """The revision that is current, and all files of the repository at it."""
    base = f"{hub}/api/models/{model.repository}"
    try:
        revision = str(_json(f"{base}/revision/{_REVISION}")["sha"])
        entries = _json(f"{base}/tree/{revision}?recursive=true&expand=false")
        return revision, [
            _File(
                str(each["path"]),
                int(each["size"]),
                str((each.get("lfs") or {}).get("oid", "")),
                str(each["oid"]),
            )
            for each in entries
            if each["type"] == "file"
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise DownloadFailed(
            f"{model.repository} can't be listed: the hub's answer is not understood",
            "Update headshots; until then fetch the model by hand.",
        ) from error


def _json(url: str) -> Any:
    return json.loads(sources.read(url))


def _chosen(files: Iterable[_File], variant: str) -> Iterable[_File]:
    """The parts of a diffusers folder, in one variant."""
    for file in files:
        folder, _, name = file.path.rpartition("/")
        if ".." in file.path.split("/") or file.path.startswith("/"):
            continue
        if file.path == _CARD or (not folder and name.endswith(".json")):
            yield file
        elif folder and folder.split("/")[0] not in _LEFT and name.endswith(_WANTED):
            plain = ".fp16" not in name and ".bf16" not in name and "non_ema" not in name
            weights = name.endswith((".safetensors", ".safetensors.index.json"))
            if not weights or (f".{variant}" in name if variant else plain):
                yield file


def _bring(base: str, file: _File, folder: Path, arrived: sources.Arrived) -> None:
    """`file` in `folder`, its content what the hub promised."""
    place = folder / file.path
    if place.exists():
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    url = f"{base}/{quote(file.path)}"
    part = place.with_name(f"{place.name}.part")
    if file.sha256:
        weight = Weight(place.name, file.path, (Https(url),), file.sha256, file.size, "", True, "")
        sources.by_https(Https(url), weight, part, arrived)
        part.replace(place)
        return
    content = sources.read(url)
    if hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest() != (
        file.blob
    ):
        raise DownloadFailed(
            f"What came for {file.path} is not the file that the hub promised (its hash differs)",
            "Nothing of it was kept. Try again.",
        )
    part.write_bytes(content)
    part.replace(place)
    arrived(file.size)
