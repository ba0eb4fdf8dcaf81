"""Short memory: refused before anything is loaded, or the parts of a model take turns."""

from __future__ import annotations

from pathlib import Path

import pytest

from headshots.core.errors import NotEnoughMemory
from headshots.core.generation import GENERATORS, Request, find_look
from headshots.core.generation.diffusion.models import load as loading
from headshots.core.generation.diffusion.models import model_pool as opening
from headshots.core.generation.diffusion.models.memory_plan import Machine
from headshots.core.generation.diffusion.models.model_pool import MODEL_POOL
from headshots.core.identity.identity import Identity
from headshots.core.painting import Painting

pytestmark = pytest.mark.slow


def test_what_can_not_fit_is_refused_before_it_is_loaded(
    models: Path, sitter: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    def loaded(*_: object) -> None:
        raise AssertionError("it was loaded")

    monkeypatch.setattr(MODEL_POOL, "_opened", None)
    monkeypatch.setattr(opening, "machine", lambda: Machine("cpu", True, 0, 1_000_000))
    monkeypatch.setattr(loading, "load", loaded)
    request = Request(sitter, (find_look("studio-grey"),), 1, 3, 256, painting=Painting("sd15"))
    with pytest.raises(NotEnoughMemory, match=r"'sd15'.*GB.*free") as raised:
        next(iter(GENERATORS.get("diffusion").generate(request)))
    assert "smaller" in raised.value.remedy
