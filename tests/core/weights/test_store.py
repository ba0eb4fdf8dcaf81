"""The store: a file is there and right, or a named error says what mends it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from headshots.core.errors import UnknownName, WeightsCorrupt, WeightsMissing
from headshots.core.weights import store
from headshots.core.weights.catalogue import Weight
from headshots.core.weights.store import State, state_of, weight_path

Pin = Callable[..., Weight]


def test_a_missing_file_gets_the_command(empty_weights: Path) -> None:
    with pytest.raises(WeightsMissing, match="`headshots setup`"):
        weight_path("modnet")
    with pytest.raises(WeightsMissing, match="`headshots setup --tests`"):
        weight_path("photo-obama")
    with pytest.raises(UnknownName):
        weight_path("no-such-weight")


@pytest.mark.parametrize("content", [b"", b"the righx content", b"the right content and more"])
def test_wrong_content_is_corrupt(empty_weights: Path, pin: Pin, content: bytes) -> None:
    weight = pin("sample", b"the right content")
    empty_weights.mkdir()
    (empty_weights / weight.file).write_bytes(content)
    assert state_of(weight) is State.CORRUPT
    with pytest.raises(WeightsCorrupt, match="`headshots setup`"):
        weight_path("sample")


def test_a_folder_in_its_place_is_corrupt(empty_weights: Path, pin: Pin) -> None:
    (empty_weights / pin("sample", b"x").file).mkdir(parents=True)
    with pytest.raises(WeightsCorrupt):
        weight_path("sample")


def test_the_hash_is_checked_once_until_the_file_changes(
    empty_weights: Path, pin: Pin, monkeypatch: pytest.MonkeyPatch
) -> None:
    weight = pin("sample", b"right")
    empty_weights.mkdir()
    path = empty_weights / weight.file
    path.write_bytes(b"right")
    read: list[Path] = []
    hash_file = store.sha256_of
    monkeypatch.setattr(store, "sha256_of", lambda path: (read.append(path), hash_file(path))[1])
    assert weight_path("sample") == weight_path("sample") == path
    assert read == [path]
    path.write_bytes(b"wrong")
    os.utime(path, ns=(0, 0))  # a changed file, whatever the clock's resolution
    with pytest.raises(WeightsCorrupt):
        weight_path("sample")
