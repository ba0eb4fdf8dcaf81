"""A generator that can't work says why; what is missing is looked for as it will be used."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from headshots.core.generation.availability import unavailable
from headshots.core.generation.diffusion.models import libraries
from headshots.core.settings import settings


def test_without_a_model_diffusion_says_so(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    monkeypatch.setenv("HEADSHOTS_MODELS_DIR", str(home / "models"))
    settings.cache_clear()
    assert list(unavailable()) == ["diffusion"]
    assert "No diffusion model is installed" in unavailable()["diffusion"]


def test_without_its_packages_it_names_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libraries, "PACKAGES", ("sys", "no_such_package"))
    assert "no_such_package" not in sys.modules
    assert "no_such_package" in unavailable()["diffusion"]
