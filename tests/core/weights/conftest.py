"""A weights folder of a test's own, with a small pinned file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from headshots.core.settings import settings
from headshots.core.weights.catalogue import CATALOGUE, Source, Weight

Pin = Callable[..., Weight]


@pytest.fixture
def empty_weights(tmp_path: Path) -> Iterator[Path]:
    """An empty weights folder, in force for this test."""
    folder = tmp_path / "weights"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEADSHOTS_WEIGHTS_DIR", str(folder))
        settings.cache_clear()
        yield folder
    settings.cache_clear()


@pytest.fixture
def pin(monkeypatch: pytest.MonkeyPatch) -> Pin:
    """Enters a file into the catalogue, given its name, its content and its sources."""

    def enter(name: str, content: bytes, *sources: Source) -> Weight:
        weight = Weight(
            name=name,
            file=f"{name}.bin",
            sources=sources,
            sha256=hashlib.sha256(content).hexdigest(),
            size=len(content),
            licence="CC0-1.0",
            commercial=True,
            purpose="tries things out",
        )
        monkeypatch.setitem(CATALOGUE, name, weight)
        return weight

    return enter
