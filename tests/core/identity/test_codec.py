"""Identities survive as bytes, and no bytes do harm."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load

from headshots.core.errors import IdentityDamaged
from headshots.core.identity.codec import VERSION, from_bytes, to_bytes
from headshots.core.identity.identity import Identity
from headshots.core.images import Box

from ...identity_bytes import START, header_of, resealed, rewritten


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
def identity(sitter: Identity) -> Identity:
    return replace(sitter, name="Zoë 山")


@pytest.fixture(scope="module")
def data(identity: Identity) -> bytes:
    return to_bytes(identity)


def _header(data: bytes) -> dict[str, Any]:
    return json.loads(header_of(data))


def _with_header(data: bytes, header: object) -> bytes:
    return rewritten(load(data), json.dumps(header))


def test_round_trip(identity: Identity, data: bytes) -> None:
    again = from_bytes(data)
    assert equal(again, identity)
    assert to_bytes(again) == data


def test_bare_identity() -> None:
    bare = Identity("B", "2026-01-01T00:00:00+00:00", (), {}, None, None, ())
    assert equal(from_bytes(to_bytes(bare)), bare)


def test_it_is_a_safetensors_file_with_the_photos_last(identity: Identity, data: bytes) -> None:
    """What comes last has hashes of its own, so the digits leave it out."""
    assert all(data.count(photo.data) == 1 for photo in identity.photos)
    assert data.endswith(identity.photos[-1].data)
    assert set(load(data)) > {"photos/0/data", "photos/1/embedding", "templates/dlib", "skin"}
    assert resealed(data) == data


def test_every_process_writes_the_same_bytes(data: bytes, tmp_path: Path) -> None:
    file = tmp_path / "identity"
    file.write_bytes(data)
    program = (
        "import pathlib, sys; from headshots.core.identity.codec import from_bytes, to_bytes; "
        "data = pathlib.Path(sys.argv[1]).read_bytes(); "
        "sys.exit(to_bytes(from_bytes(data)) != data)"
    )
    for seed in ("1", "2"):
        environment = os.environ | {"PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, "-c", program, file], check=True, env=environment)


def test_nothing_but_the_photos_is_large(identity: Identity, data: bytes) -> None:
    assert len(data) - sum(len(photo.data) for photo in identity.photos) < 60_000


@pytest.mark.parametrize(
    "junk", [b"", START, bytes(8) + START[:-1], b"\x89PNG\r\n\x1a\n" + bytes(100), bytes(500)]
)
def test_foreign_bytes(junk: bytes) -> None:
    with pytest.raises(IdentityDamaged, match="is not an identity"):
        from_bytes(junk)


def test_newer_version(data: bytes) -> None:
    newer = _header(data) | {"version": VERSION + 1, "more": "of what is not known yet"}
    with pytest.raises(IdentityDamaged, match=f"format {VERSION + 1}.*Update headshots"):
        from_bytes(_with_header(data, newer))


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
    for claimed in (length, len(START + junk), len(START + junk) // 2):
        with pytest.raises(IdentityDamaged):
            from_bytes(resealed(claimed.to_bytes(8, "little") + START + junk))


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
    with pytest.raises(IdentityDamaged):
        from_bytes(rewritten(load(data), "[" * 200_000))


def test_a_header_that_is_too_large(data: bytes) -> None:
    with pytest.raises(IdentityDamaged, match="header that is too large"):
        from_bytes(_with_header(data, _header(data) | {"name": "x" * 8_000_000}))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("photos/0/landmarks", None),
        ("photos/0/landmarks", np.zeros((3, 478), np.float32)),
        ("photos/0/points", np.full((5, 2), np.nan, np.float32)),
        ("photos/0/embedding", np.zeros((1, 512), np.float32)),
        ("photos/0/embedding", np.zeros(10_000, np.float32)),
        ("photos/0/embeddings/dlib", np.zeros(64, np.float32)),
        ("photos/0/data", None),
        ("photos/0/data", np.zeros((2, 2), np.uint8)),
        ("photos/0/data", np.zeros(4, np.float32)),
        ("photos/0/more", np.zeros(4, np.float32)),
        ("photos/2/data", np.zeros(4, np.uint8)),
        ("templates/dlib", np.zeros(128, np.float64)),
        ("templates/dlib", np.zeros(128, np.float16)),
        ("skin", np.zeros(6, np.float32)),
    ],
)
def test_odd_tensors(data: bytes, name: str, value: Any) -> None:
    tensors = load(data)
    if value is None:
        del tensors[name]
    else:
        tensors[name] = value
    with pytest.raises(IdentityDamaged, match="doesn't make sense"):
        from_bytes(rewritten(tensors, json.dumps(_header(data))))


def test_another_photo_slipped_in(data: bytes) -> None:
    tensors = load(data)
    tensors["photos/0/data"] = tensors["photos/1/data"]
    with pytest.raises(IdentityDamaged):
        from_bytes(rewritten(tensors, json.dumps(_header(data))))


def test_nothing_is_written_that_cannot_be_read(identity: Identity) -> None:
    face = identity.photos[0].face
    for odd in (replace(face, confidence=1.5), replace(face, box=Box(0, 0, float("nan"), 1))):
        photo = replace(identity.photos[0], face=odd)
        with pytest.raises(ValueError, match=r"confidence|box"):
            to_bytes(replace(identity, photos=(photo,)))


def test_errors_repeat_nothing_of_the_sitter(identity: Identity) -> None:
    face = replace(identity.photos[0].face, confidence=1.2345)
    with pytest.raises(ValueError) as raised:
        to_bytes(replace(identity, photos=(replace(identity.photos[0], face=face),)))
    assert "1.2345" not in str(raised.value)
