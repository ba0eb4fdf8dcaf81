"""What must not lie anywhere in plain of a sitter, and where it does."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from headshots.core.identity.identity import Identity

Found = list[tuple[str, bytes]]


def secrets_of(identity: Identity) -> dict[str, set[bytes]]:
    """Pieces of a sitter's name, photos and measurements, by what they are."""
    name, photos = identity.name, identity.photos
    vectors = [
        *(each for photo in photos for each in photo.embeddings.values()),
        *(each for photo in photos for each in (photo.face.embedding, photo.face.landmarks)),
        *(each.vector for each in identity.templates.values()),
    ]
    return {
        "name": {name.encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be")}
        | {word.encode() for word in name.split()},
        "photo": {
            photo.data[at : at + 32]
            for photo in photos
            for at in range(4096, len(photo.data) - 32, 16384)
        },
        "embedding": {piece for each in vectors for piece in _pieces(each)},
    }


def _pieces(vector: NDArray[np.generic]) -> Iterator[bytes]:
    """Some numbers of it as they lie in memory, in single and double precision, and as text."""
    for kind in (np.float32, np.float64):
        yield vector.astype(kind).tobytes()[64:96]
    yield json.dumps(vector.ravel()[8:11].tolist())[1:-1].encode()


def found(folder: Path, secrets: Iterable[bytes], besides: Iterable[Path] = ()) -> Found:
    """Files below `folder`, those below `besides` left out, that hold a secret or are called so."""
    spared, pieces = set(besides), list(secrets)
    told: Found = []
    for path in folder.rglob("*"):
        if path.is_symlink() or spared & {path, *path.parents}:
            continue
        named = os.fsencode(path.relative_to(folder))
        content = path.read_bytes() if path.is_file() else b""
        told += [(os.fsdecode(named), each) for each in pieces if each in content or each in named]
    return told
