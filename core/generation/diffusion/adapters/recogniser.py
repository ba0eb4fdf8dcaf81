"""The recogniser with which an adapter was trained; others have incompatible embeddings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import cast

from ....errors import SetupError
from ....faces import ANALYSERS
from ....faces.insightface import ArcFaceRecogniser
from ....settings import settings
from .installed import AdapterKind

DIMENSIONS = 512  # of ArcFace, in whose space FaceID and InstantID were trained


@dataclass(frozen=True)
class Space:
    """A recogniser as insightface publishes it.

    pack: name of its model pack.
    file: its name there.
    digest: start of its SHA-256.
    """

    pack: str
    file: str
    digest: str


# By IP-Adapter FaceID's model card and InstantID's infer.py, with the hashes of insightface's
# packs.
_BUFFALO = Space("buffalo_l", "w600k_r50.onnx", "4c06341c")
SPACES = {
    AdapterKind.FACEID: _BUFFALO,
    AdapterKind.FACEID_PLUS: _BUFFALO,
    AdapterKind.INSTANTID: Space("antelopev2", "glintr100.onnx", "4ab1d643"),
}
# Names of insightface's recognisers. AuraFace also calls its own network glintr100.
_PUBLISHED = re.compile(r"w600k_\w+|glintr100")


def recogniser_for(kind: AdapterKind) -> ArcFaceRecogniser:
    """The recogniser with which adapters of `kind` were trained.

    From one of insightface's packs; else that of the settings, unless it is known to be another.

    Raises:
        SetupError: it isn't installed; see also `faces.insightface.load`.
    """
    space = SPACES[kind]
    for path in _places(space):
        if path.is_file() and (recogniser := _opened(path)).name.endswith(f"-{space.digest}"):
            return recogniser
    own = cast(ArcFaceRecogniser, ANALYSERS.get("insightface").recogniser)
    if own.dimensions != DIMENSIONS or _PUBLISHED.fullmatch(own.path.stem):
        raise SetupError(
            f"The adapter {kind} was trained on another recogniser than {own.name!r}",
            f"Put {space.file} of insightface's {space.pack} into a folder {space.pack} beside "
            "that of HEADSHOTS_INSIGHTFACE_DIR.",
        )
    return own


def _places(space: Space) -> Iterator[Path]:
    """Possible paths: in the settings' folder, in its pack beside that, in ComfyUI's folder."""
    if (place := settings().insightface_dir) is not None:
        folder = place.expanduser()
        folder = folder.parent if folder.suffix == ".onnx" else folder
        yield folder / space.file
        yield folder / space.pack / space.file
        yield folder.parent / space.pack / space.file
    if (comfyui := settings().comfyui) is not None:
        yield comfyui / "models" / "insightface" / "models" / space.pack / space.file


@lru_cache(maxsize=2)
def _opened(path: Path) -> ArcFaceRecogniser:
    """Cached, as hashing hundreds of megabytes takes time."""
    return ArcFaceRecogniser(path)
