"""Identities survive as bytes, and no bytes do harm."""

from __future__ import annotations

import hashlib
import json
import struct
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headshots.core.errors import IdentityDamaged
from headshots.core.faces import ANALYSERS
from headshots.core.identity.enrollment import enrol
from headshots.core.identity.identity import Identity
from headshots.core.identity.serialisation import VERSION, from_bytes, to_bytes
from headshots.core.photos import read_photo
from headshots.core.vault.consent import agreed

PREFIX = struct.Struct("<8sIQ")


def equal(a: Any, b: Any) -> bool:
    """Whether two values are the same through and through, types and arrays included."""
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and np.array_equal(a, b)
    if is_dataclass(a):
        return all(equal(getattr(a, f.name), getattr(b, f.name)) for f in fields(a))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(equal(a[key], b[key]) for key in a)
    if isinstance(a, tuple | list):
        return len(a) == len(b) and all(map(equal, a, b))
    return a == b


@pytest.fixture(scope="module")
def identity(photos: Path) -> Identity:
    taken = [read_photo(photos / name) for name in ("obama.jpg", "obama2.jpg")]
    judge = ANALYSERS.get("dlib")
    return enrol(
        "Zoë 山",
        taken,
        consent=agreed("Zoë 山", "yes", days=30),
        analyser=ANALYSERS.get("embedded"),
        judge=judge,
    ).identity


@pytest.fixture(scope="module")
def data(identity: Identity) -> bytes:
    return to_bytes(identity)


def _sealed(content: bytes) -> bytes:
    return content + hashlib.sha256(content).digest()


def _header(data: bytes) -> dict[str, Any]:
    _, _, length = PREFIX.unpack_from(data)
    return json.loads(data[PREFIX.size : PREFIX.size + length])


def _with_header(data: bytes, header: object) -> bytes:
    magic, version, length = PREFIX.unpack_from(data)
    text = json.dumps(header).encode()
    body = data[PREFIX.size + length : -32]
    return _sealed(PREFIX.pack(magic, version, len(text)) + text + body)


def test_round_trip(identity: Identity, data: bytes) -> None:
    again = from_bytes(data)
    assert equal(again, identity)
    assert to_bytes(again) == data


def test_bare_identity() -> None:
    bare = Identity("B", "2026-01-01T00:00:00+00:00", (), {}, None, None, ())
    assert equal(from_bytes(to_bytes(bare)), bare)


def test_identities_from_before_the_light_was_measured_still_open(data: bytes) -> None:
    header = _header(data)
    for photo in header["photos"]:
        del photo["light"]
    assert all(photo.light is None for photo in from_bytes(_with_header(data, header)).photos)


def test_nothing_but_the_photos_is_large(identity: Identity, data: bytes) -> None:
    assert len(data) - sum(len(photo.data) for photo in identity.photos) < 40_000


@pytest.mark.parametrize("junk", [b"", b"HSHOTSID", b"\x89PNG\r\n\x1a\n" + bytes(100), bytes(500)])
def test_foreign_bytes(junk: bytes) -> None:
    with pytest.raises(IdentityDamaged, match="is not an identity"):
        from_bytes(junk)


def test_newer_version(data: bytes) -> None:
    newer = data[:8] + struct.pack("<I", VERSION + 1) + data[12:]
    with pytest.raises(IdentityDamaged, match=f"format {VERSION + 1}.*Update headshots"):
        from_bytes(newer)


@settings(max_examples=150)
@given(place=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
def test_any_flipped_byte_is_noticed(data: bytes, place: float, flip: int) -> None:
    index = int(place * len(data))
    damaged = bytearray(data)
    damaged[index] ^= flip
    with pytest.raises(IdentityDamaged):
        from_bytes(bytes(damaged))


@settings(max_examples=100)
@given(keep=st.floats(0, 1, exclude_max=True))
def test_any_cut_is_noticed(data: bytes, keep: float) -> None:
    with pytest.raises(IdentityDamaged):
        from_bytes(data[: int(keep * len(data))])


@settings(max_examples=200)
@given(junk=st.binary(max_size=300), length=st.integers(0, 2**64 - 1))
def test_rubbish_with_a_right_hash(junk: bytes, length: int) -> None:
    for claimed in (length, len(junk), len(junk) // 2):
        with pytest.raises(IdentityDamaged):
            from_bytes(_sealed(PREFIX.pack(b"HSHOTSID", VERSION, claimed) + junk))


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    found = [path] if path else []
    for key, each in inner if isinstance(value, dict | list) else ():
        found += _paths(each, (*path, key)) if isinstance(each, dict | list) else [(*path, key)]
    return found


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


@settings(max_examples=250)
@given(choice=st.randoms(use_true_random=False), value=JSON)
def test_rewritten_headers_give_an_identity_or_the_error(
    data: bytes, choice: Any, value: object
) -> None:
    """Somebody who rewrites the file can compute its hash: content is checked on its own."""
    header = _header(data)
    path = choice.choice(_paths(header))
    target = header
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    try:
        found = from_bytes(_with_header(data, header))
    except IdentityDamaged:
        return
    assert all(np.isfinite(template.vector).all() for template in found.templates.values())


@pytest.mark.parametrize(
    "header",
    [
        [],
        {},
        {"photos": [[]] * 51},
        {"name": "x"},
        pytest.param([[]] * 10_000, id="many lists"),
    ],
)
def test_strange_headers(data: bytes, header: object) -> None:
    with pytest.raises(IdentityDamaged):
        from_bytes(_with_header(data, header))


def test_deep_nesting(data: bytes) -> None:
    text = b"[" * 200_000
    with pytest.raises(IdentityDamaged):
        from_bytes(_sealed(PREFIX.pack(b"HSHOTSID", VERSION, len(text)) + text))


def test_another_photo_slipped_in(data: bytes) -> None:
    header = _header(data)
    header["photos"][0]["data"] = header["photos"][1]["data"]
    with pytest.raises(IdentityDamaged):
        from_bytes(_with_header(data, header))
