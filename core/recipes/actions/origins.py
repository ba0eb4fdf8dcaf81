"""How a picture was made, as far as its file says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from ...delivery.xmp import TERMS, read_xmp
from ...errors import PhotoDamaged
from ...generation import Origin


def origin_of(data: bytes) -> Origin | None:
    """The origin written in the metadata of the file `data`; None where it says nothing.

    Only the source type matters to whoever delivers the picture again; the rest is filled in
    where the file was written by headshots.
    """
    try:
        said = read_xmp(data)
    except PhotoDamaged:  # a stranger's metadata says nothing, but its picture is still good
        return None
    term = said.get("source_type")
    if term not in TERMS:
        return None
    ours = _mapping(_mapping(said.get("scorecard")).get("origin"))
    settings = {
        str(name): value
        for name, value in _mapping(ours.get("settings")).items()
        if isinstance(value, str | float | int)
    }
    seed = ours.get("seed")
    return Origin(
        generator=_text(ours.get("generator")),
        look=_text(ours.get("look")),
        photo="",
        seed=seed if isinstance(seed, int) else 0,
        source_type=term,
        settings=settings,
    )


def _mapping(value: object) -> Mapping[str, Any]:
    return cast(Mapping[str, Any], value) if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
