"""Published models by name, fetched on request from the hub that their makers use.

huggingface_hub asks the hub what belongs to a model at one revision, and the hash of each file.
The files come as all others do (`sources`), held to that hash: huggingface_hub throws away what has
arrived of a file when it is stopped, and of these models one file can have 10 GB. Nothing is
written outside the folder of the models.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path

from ..errors import DownloadFailed, ExtraMissing
from ..installation import adding
from ..progress import SILENT, Progress
from ..registry import unknown
from . import sources
from .store import sha256_of

HUB = "https://huggingface.co"
_REVISION = "main"
_PATIENCE = 30  # seconds
# What a model needs in the layout that is read here: no pickles, no other frameworks' weights.
_WANTED = (".safetensors", ".json", ".txt", ".model", ".jinja")
_CARD = "README.md"
# Folders of a model that nothing here uses.
_LEFT = ("safety_checker", "feature_extractor", "image_encoder", "onnx", "openvino")


@dataclass(frozen=True)
class Published:
    """A model that can be fetched.

    repository: owner and name at the hub.
    licence: as its card says.
    variant: of the weights files, "fp16" or such; empty for the plain ones.
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
    """A file at the hub.

    url: of it at the revision that was listed.
    sha256: of large ones; of small ones git's own hash, `blob`, is known.
    """

    path: str
    url: str
    size: int
    sha256: str
    blob: str


def pull(name: str, folder: Path, progress: Progress = SILENT, hub: str = "") -> Path:
    """Fetch the model called `name` into `folder` under that name, unless it is there already.

    It appears under its name only when it is complete. A stopped download is kept beside it, and
    the next call continues it.

    Args:
        hub: address; default: `HUB`.

    Raises:
        UnknownName: no such model is published.
        ExtraMissing: huggingface_hub isn't installed.
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
    files = list(_chosen(_listed(model, hub), model.variant))
    total, done = sum(file.size for file in files) or 1, 0
    try:
        for file in files:
            progress.update(done / total, f"fetching {file.path}")
            before = done

            def arrived(size: int, before: int = before) -> None:
                progress.update((before + size) / total)

            _bring(file, arriving, name, arrived)
            done += file.size
        arriving.replace(target)
    except OSError as error:
        raise DownloadFailed(
            f"{folder} can't be written: {error.strerror or error}",
            "Free some space, or name another folder in HEADSHOTS_MODELS_DIR.",
        ) from error
    progress.update(1.0, f"{name} is in place")
    return target


def _listed(model: Published, hub: str) -> list[_File]:
    """All files of the repository at the revision that is current."""
    # By name, as the package has types of its own that can't be followed; and nobody's token goes
    # with the question, as what is published needs none.
    try:
        package = import_module("huggingface_hub")
    except ImportError as error:
        raise ExtraMissing(
            f"Fetching a model needs {error.name!r}, which isn't installed",
            f"Run `{adding('diffusion')}`.",
        ) from error
    api = package.HfApi(endpoint=hub, token=False, library_name="headshots")
    try:
        about = api.model_info(
            model.repository, revision=_REVISION, files_metadata=True, timeout=_PATIENCE
        )
        address = partial(
            package.hf_hub_url, model.repository, revision=str(about.sha), endpoint=hub
        )
        return [
            _File(
                str(each.rfilename),
                str(address(each.rfilename)),
                int(each.size),
                str(each.lfs.sha256) if each.lfs else "",
                str(each.blob_id),
            )
            for each in about.siblings
        ]
    except Exception as error:  # of HTTP packages that change from one of its versions to the next
        raise DownloadFailed(
            f"{model.repository} can't be listed at {hub}: {sources.reason(error)}",
            "Check the connection and try again; if it stays so, fetch the model by hand.",
        ) from error


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


def _bring(file: _File, folder: Path, name: str, arrived: sources.Arrived) -> None:
    """Fetch `file` of the model called `name` into `folder`, and check its hash."""
    place = folder / file.path
    if place.exists():
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_name(f"{place.name}.part")
    sources.by_https(
        file.url,
        part,
        name=file.path,
        size=file.size,
        digest=file.sha256 or file.blob,
        arrived=arrived,
        hashed=sha256_of if file.sha256 else _blob_of,
        again=f"Check the connection and run `headshots models pull {name}` again; it goes on "
        "where it stopped.",
    )
    part.replace(place)


def _blob_of(path: Path) -> str:
    """Git's own hash of a small file, hex."""
    content = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
