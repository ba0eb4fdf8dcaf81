"""Short memory: refused before anything is loaded, or the parts of a model take turns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from headshots.core.errors import NotEnoughMemory
from headshots.core.generation import GENERATORS, Request, find_look
from headshots.core.generation.diffusion.families.painter import PaintJob, SamplingParams
from headshots.core.generation.diffusion.models import load as loading
from headshots.core.generation.diffusion.models import model_pool as opening
from headshots.core.generation.diffusion.models.installed import find_model
from headshots.core.generation.diffusion.models.load import load
from headshots.core.generation.diffusion.models.memory_plan import Machine, Plan
from headshots.core.generation.diffusion.models.model_pool import MODEL_POOL
from headshots.core.generation.diffusion.sampling.sampler import paint
from headshots.core.identity.identity import Identity
from headshots.core.painting import Painting
from headshots.core.registry import resolve

from .conftest import FAMILIES

pytestmark = pytest.mark.slow


def test_what_can_not_fit_is_refused_before_it_is_loaded(
    models: Path, sitter: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    def loaded(*_: object) -> None:
        raise AssertionError("it was loaded")

    monkeypatch.setattr(MODEL_POOL, "_opened", None)
    monkeypatch.setattr(opening, "machine", lambda: Machine("cpu", "float32", 0, 1_000_000))
    monkeypatch.setattr(loading, "load", loaded)
    request = Request(sitter, (find_look("studio-grey"),), 1, 3, 256, painting=Painting("sd15"))
    with pytest.raises(NotEnoughMemory, match=r"'sd15'.*GB.*free") as raised:
        next(iter(GENERATORS.get("diffusion").generate(request)))
    assert "smaller" in raised.value.remedy


@pytest.mark.parametrize("family", FAMILIES)
def test_parts_that_take_turns_paint_the_same(family: str, models: Path) -> None:
    """With the processor in the card's place: each part waits until it is its turn."""
    model = find_model(family)
    chance = np.random.default_rng(0)
    start, shown = (chance.random((64, 64, 3), np.float32) for _ in range(2))
    begun = PaintJob(start, None, None, "a photo", 1, (shown,) if model.family.references else ())
    made: list[np.ndarray] = []
    for offload in ("none", "parts"):
        pipeline: Any = load(model, Plan("cpu", "float32", offload, 1))  # type: ignore[arg-type]
        waits = [hasattr(each, "_hf_hook") for each in (pipeline.vae, pipeline.text_encoder)]
        assert waits == [offload == "parts"] * 2
        painter = resolve(model.family.painter)(pipeline)
        ((_, image),) = paint(painter, SamplingParams("", 2, 1.0, 0.9), iter([begun]), 1)
        made.append(image)
    assert np.abs(made[0] - made[1]).max() < 1e-4, np.abs(made[0] - made[1]).max()


def test_layers_take_turns_where_parts_do_not_fit() -> None:
    """Only a card can do it; that it is asked for, and on which device."""
    asked: list[Any] = []

    class Pipeline:
        def enable_sequential_cpu_offload(self, device: str) -> None:
            asked.append(device)

    loading._place(Pipeline(), Plan("cuda", "bfloat16", "layers", 1))
    assert asked == ["cuda"]
