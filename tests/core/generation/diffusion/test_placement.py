"""Networks in memory by every plan, on a card that is none, with every adapter."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from headshots.core.errors import NotEnoughMemory
from headshots.core.generation.diffusion.adapters.attach import attached
from headshots.core.generation.diffusion.adapters.installed import adapter_for
from headshots.core.generation.diffusion.families.detect import FAMILIES as KNOWN
from headshots.core.generation.diffusion.families.painter import PaintJob, SamplingParams
from headshots.core.generation.diffusion.models.cuda_graph import Captured
from headshots.core.generation.diffusion.models.installed import find_model
from headshots.core.generation.diffusion.models.load import load
from headshots.core.generation.diffusion.models.memory_plan import _LAYERED, Plan
from headshots.core.generation.diffusion.models.placement import Placement
from headshots.core.generation.diffusion.sampling.sampler import paint
from headshots.core.registry import resolve

from ....fake_card import fake_card
from .conftest import FAMILIES
from .test_adapters import held

pytestmark = pytest.mark.slow

__all__ = ["held"]  # a fixture
ENCODERS = frozenset({"text_encoder", "text_encoder_2", "image_encoder"})
PLANS = {
    "none": Plan("cuda", "float32", "none", 1),
    "parts": Plan("cuda", "float32", "parts", 1),
    "tiles": Plan("cuda", "float32", "parts", 1, "tiles"),
    "encoders in layers": Plan("cuda", "float32", "parts", 1, layered=ENCODERS),
    "ControlNet in layers": Plan("cuda", "float32", "parts", 1, layered=frozenset({"controlnet"})),
    "layers": Plan("cuda", "float32", "layers", 1, layered=_LAYERED),
}
SIDE = 64


def start() -> np.ndarray:
    return np.random.default_rng(0).random((SIDE, SIDE, 3), np.float32)


def painted(painter: Any, on: Any = None) -> np.ndarray:
    shown = (start(),) if type(painter).__name__ == "Klein" else ()
    job = PaintJob(start(), None, None, "a photo", 1, shown)
    ((_, image),) = paint(painter, SamplingParams("blue", 1, 4.0, 1.0, on), iter([job]), 1)
    return image


def on_card(family: str, plan: Plan) -> tuple[Any, Placement]:
    """A painter of a tiny model, placed on the card."""
    model = find_model(family)
    pipeline = load(model, plan)
    placement = Placement(pipeline, model.family.network, plan)
    return resolve(model.family.painter)(pipeline), placement


@pytest.mark.parametrize("name", PLANS)
@pytest.mark.parametrize("family", FAMILIES)
def test_every_plan_paints_the_same(family: str, name: str, models: Path) -> None:
    plan = PLANS[name]
    model = find_model(family)
    plain = painted(resolve(model.family.painter)(load(model, Plan("cpu", "float32", "none", 1))))
    with fake_card() as card:
        painter, placement = on_card(family, plan)
        assert painter.device.type == "cuda"
        weights = [next(each.parameters()) for each in placement._parts().values()]
        assert all(card.holds(each) for each in weights) == (plan.offload == "none")
        for _ in range(2):  # in the second run, too, nothing stays that has had its turn
            made = painted(painter)
            there = [
                name
                for name, part in placement._parts().items()
                if name not in plan.layered and card.holds(next(part.parameters()))
            ]
            assert plan.offload == "none" or len(there) <= 1, there
    # Tiles of a network of chance are no parts of its picture.
    assert name == "tiles" or np.abs(made - plain).max() < 1e-4


# Every adapter by the plans that move what it is attached to; plans that only place an encoder
# of pictures, a ControlNet or the VAE in another way by the adapters that have such.
ADAPTERS = [
    *product((("sd15", "faceid"), ("sdxl", "faceid")), ("none", "parts", "layers")),
    *product(
        (("sd15", "faceid-plus-v2"), ("sdxl", "faceid-plus-v2")),
        ("none", "parts", "encoders in layers", "layers"),
    ),
    *product((("sdxl", "instantid"),), PLANS),
]


@pytest.mark.parametrize(
    ("family", "kind", "name"), [(*adapter, name) for adapter, name in ADAPTERS]
)
def test_an_adapter_is_where_its_network_is(family: str, kind: str, name: str, held: Path) -> None:
    """And when it is taken off, all lies where it lay before."""
    adapter = adapter_for(KNOWN[family], kind)
    assert adapter is not None
    rng = np.random.default_rng(1)
    embeddings = rng.standard_normal((2, 512), np.float32)
    faces = [rng.random((224, 224, 3), np.float32) for _ in embeddings]
    plan = PLANS[name]
    plain = expected(family, adapter, embeddings, faces)
    with fake_card() as card:
        painter, placement = on_card(family, plan)
        before = painted(painter)
        with (
            placement.changed(),
            attached(painter.pipeline, adapter, embeddings, faces, 0.8) as on,
        ):
            placement.place(on.controlnet)
            assert ("controlnet" in placement._parts()) == (kind == "instantid")
            made = [painted(painter, on) for _ in range(2)]
            placement.lift()
        assert "controlnet" not in placement._parts()
        assert np.abs(painted(painter) - before).max() < 1e-5
        weights = [next(each.parameters()) for each in placement._parts().values()]
        assert plan.layered or any(card.holds(each) for each in weights)
    assert name == "tiles" or np.abs(plain - made[0]).max() < 1e-4
    assert np.abs(made[0] - made[1]).max() < 1e-5


_EXPECTED: dict[tuple[str, str], np.ndarray] = {}


def expected(family: str, adapter: Any, embeddings: Any, faces: Any) -> np.ndarray:
    """The picture without a card."""
    key = family, str(adapter.kind)
    if key not in _EXPECTED:
        painter = on_card(family, Plan("cpu", "float32", "none", 1))[0]
        with attached(painter.pipeline, adapter, embeddings, faces, 0.8) as on:
            _EXPECTED[key] = painted(painter, on)
    return _EXPECTED[key]


def test_another_plan_follows_without_loading_again(models: Path) -> None:
    with fake_card():
        painter, placement = on_card("sdxl", PLANS["none"])
        first = painted(painter)
        for name in ("parts", "layers", "none"):
            placement.replace(PLANS[name])
            assert np.abs(painted(painter) - first).max() < 1e-4


def test_a_controlnet_is_recorded_only_where_it_stays(held: Path) -> None:
    """A recording holds weights by their addresses."""
    adapter = adapter_for(KNOWN["sdxl"], "instantid")
    assert adapter is not None
    painter = on_card("sdxl", Plan("cpu", "float32", "none", 1))[0]
    embeddings = np.ones((1, 512), np.float32)
    for graphs in (0, 2):
        with attached(painter.pipeline, adapter, embeddings, [], 0.8, graphs) as on:
            assert isinstance(on._recorded, Captured) == bool(graphs)
            on.unrecorded()
            assert on._recorded is on.controlnet


def test_a_shortage_is_not_taken_for_a_file_that_does_not_fit(
    held: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def short(*_: Any, **__: Any) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")

    adapter = adapter_for(KNOWN["sd15"], "faceid")
    assert adapter is not None
    painter = on_card("sd15", Plan("cpu", "float32", "none", 1))[0]
    monkeypatch.setattr(painter.pipeline, "load_ip_adapter", short)
    embeddings = np.ones((1, 512), np.float32)
    with (
        pytest.raises(NotEnoughMemory, match="adapter"),
        attached(painter.pipeline, adapter, embeddings, [], 0.8),
    ):
        pass
    assert painted(painter).std() > 0.01
