"""The recogniser whose embeddings an adapter was trained on: another's mean somebody else to it."""

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

    pack: in which it comes. file: its name there. digest: the start of its SHA-256.
    """

    pack: str
    file: str
    digest: str


# As IP-Adapter FaceID's card and InstantID's infer.py have it; hashes of insightface's own packs.
_BUFFALO = Space("buffalo_l", "w600k_r50.onnx", "4c06341c")
SPACES = {
    AdapterKind.FACEID: _BUFFALO,
    AdapterKind.FACEID_PLUS: _BUFFALO,
    AdapterKind.INSTANTID: Space("antelopev2", "glintr100.onnx", "4ab1d643"),
}
# How insightface calls its recognisers. AuraFace calls another network glintr100, too.
_PUBLISHED = re.compile(r"w600k_\w+|glintr100")


def recogniser_for(kind: AdapterKind) -> ArcFaceRecogniser:
    """The recogniser that adapters of `kind` were trained on, wherever insightface's packs lie;
    else that of the settings, as long as it isn't known to be another.

    Raises:
        SetupError: there is none, or only another; see also `faces.insightface.load`.
    """
    space = SPACES[kind]
    for path in _places(space):
        if path.is_file() and (found := _opened(path)).name.endswith(f"-{space.digest}"):
            return found
    own = cast(ArcFaceRecogniser, ANALYSERS.get("insightface").recogniser)
    if own.dimensions != DIMENSIONS or _PUBLISHED.fullmatch(own.path.stem):
        raise SetupError(
            f"The adapter {kind} was trained on another recogniser than {own.name!r}",
            f"Put {space.file} of insightface's {space.pack} into a folder {space.pack} beside "
            "that of HEADSHOTS_INSIGHTFACE_DIR.",
        )
    return own


def _places(space: Space) -> Iterator[Path]:
    """Where it may lie: in the folder of the settings, in its pack's beside that, in ComfyUI's."""
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
    """Kept, as its hash is taken over hundreds of megabytes."""
    return ArcFaceRecogniser(path)
