"""Exports all stored data of a sitter as a zip for them."""

from __future__ import annotations

import io
import json
import re
import zipfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ...identity.identity import EnrolledPhoto, Identity
from ...identity.stored import KIND, stored_sitter
from ...vault import key_of, open_vault
from ...vault.consent import handed_out
from ...vault.ids import name_of
from ...vault.receipt_keys import IN_EXPORT, as_pem
from ...vault.receipts import own_key
from ...vault.shown_files import write_shown
from .retention import clock

_READ_ME = """What headshots keeps of {name}

photos/        the photos, as they were given
sitter.json    what was measured of the face in each photo, and of all together
consent.json   what {name} agreed to
kept.json      until when all this is kept, which files were written, what was done with it
stored/        everything as it is stored

receipt-key.pem
  When {name} is forgotten, a receipt says so. It is signed, and this is the key to verify it with:
    headshots receipt verify RECEIPT --key THIS.zip --name "{name}"
  docs/privacy.md of headshots says how to do so without headshots. Keep this file for that.
"""
_NOT_IN_NAMES = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]+')


def export(name: str, file: Path) -> tuple[str, ...]:
    """Write all stored data of a sitter into a zip that only its owner can read.

    Returns:
        The names in it.

    Raises:
        IdentityNotFound: there is no such sitter.
        WriteFailed: nothing was written.
    """
    vault, name = open_vault(), name_of(name)
    stored = {kind: vault.get(name, kind) for kind in vault.kinds(name)}
    clock_of_sitter, key = clock(name), own_key(vault) or ""
    parts: dict[str, bytes] = {}
    if KIND in stored:
        identity = stored_sitter(name, "manage")
        parts = {
            "sitter.json": _json(_measured(identity)),
            "consent.json": _json(identity.consent and handed_out(identity.consent, key)),
            **{_path(n, photo): photo.data for n, photo in enumerate(identity.photos, 1)},
        }
    own = next(each for each in vault.sitters() if key_of(each) == key_of(name))
    log = [asdict(entry) for entry in vault.audit() if entry.sitter == own]
    facts = {
        "until": clock_of_sitter.until.isoformat(),
        "written": [str(each.path) for each in vault.written(name)],
        "log": log,
    }
    contents = {
        "README.txt": _READ_ME.format(name=own).encode(),
        **parts,
        "kept.json": _json(facts),
        IN_EXPORT: as_pem(key),
        **{f"stored/{kind}.bin": data for kind, data in stored.items()},
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in contents.items():
            archive.writestr(path, data)
    write_shown({file: packed.getvalue()}, [own], handed="exported")
    return tuple(contents)


def _path(number: int, photo: EnrolledPhoto) -> str:
    return f"photos/{number:02d}-{_NOT_IN_NAMES.sub('-', photo.name).strip(' .-')}"


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode()


def _measured(identity: Identity) -> dict[str, Any]:
    return {
        "name": identity.name,
        "enrolled": identity.created,
        "templates": {name: each.vector.tolist() for name, each in identity.templates.items()},
        "skin": identity.skin and identity.skin.mean.tolist(),
        "eyes": identity.eyes and identity.eyes.mean.tolist(),
        "features": [asdict(each) for each in identity.features],
        "photos": [
            {
                "name": photo.name,
                "sha256": photo.sha256,
                "size": [photo.width, photo.height],
                "quality": photo.quality,
                "face": asdict(photo.face.box),
                "pose": asdict(photo.face.pose),
                "landmarks": photo.face.landmarks.tolist(),
                "blendshapes": photo.face.blendshapes.tolist(),
                "embeddings": {name: each.tolist() for name, each in photo.embeddings.items()},
            }
            for photo in identity.photos
        ],
    }
