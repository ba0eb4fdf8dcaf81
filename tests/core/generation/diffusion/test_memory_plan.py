"""Memory plans beside what is traced of the published networks, and what follows a shortage."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from headshots.core.errors import NotEnoughMemory
from headshots.core.generation import GENERATORS, Request, find_look
from headshots.core.generation.diffusion.families.detect import FAMILIES
from headshots.core.generation.diffusion.models import model_pool as opening
from headshots.core.generation.diffusion.models import placement
from headshots.core.generation.diffusion.models.activations import activations
from headshots.core.generation.diffusion.models.installed import find_model
from headshots.core.generation.diffusion.models.libraries import quiet
from headshots.core.generation.diffusion.models.memory_plan import (
    Machine,
    Need,
    Plan,
    leaner,
    plan,
    precision_of,
)
from headshots.core.generation.diffusion.models.model_pool import MODEL_POOL
from headshots.core.generation.diffusion.models.shortage import out_of_memory
from headshots.core.generation.diffusion.models.sliced_attention import SlicedAttention
from headshots.core.identity.identity import Identity
from headshots.core.painting import Painting

from ....benchmarks.diffusion import memory as tracer
from ....benchmarks.diffusion import memory_plans as table

GIGABYTE = 10**9
FOUR = Need(at_once=4)


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_the_stored_figures_are_those_that_are_traced(family: str) -> None:
    with quiet():
        row = tracer.traced(family)
    stored = vars(activations(family))
    assert row.keys() == stored.keys()
    for name, size in row.items():
        assert size == pytest.approx(stored[name], rel=0.02), name


@pytest.mark.parametrize(
    ("gigabytes", "klein", "sdxl", "instantid"),
    [
        (8, "layers", "parts", "layers"),
        (12, "parts", "none", "parts"),
        (16, "parts", "none", "parts"),
        (24, "none", "none", "none"),
    ],
)
def test_plans_for_cards(gigabytes: int, klein: str, sdxl: str, instantid: str) -> None:
    free = table.card(gigabytes)
    assert plan(table.published("klein"), free, FOUR).offload == klein
    assert plan(table.published("sdxl"), free, FOUR).offload == sdxl
    assert plan(table.published("sdxl"), free, table.INSTANTID).offload == instantid
    assert plan(table.published("sd15"), free, FOUR).offload == "none"


@pytest.mark.parametrize(
    ("gigabytes", "klein", "instantid"),
    [(16, "parts", "parts"), (24, "parts", "none"), (32, "none", "none"), (64, "none", "none")],
)
def test_plans_for_unified_memory(gigabytes: int, klein: str, instantid: str) -> None:
    free = table.unified(gigabytes)
    assert plan(table.published("klein"), free, FOUR).offload == klein
    assert plan(table.published("sdxl"), free, FOUR).offload == "none"
    assert plan(table.published("sdxl"), free, table.INSTANTID).offload == instantid


@pytest.mark.parametrize("family", ["klein", "sdxl"])
@pytest.mark.parametrize("gigabytes", table.CARDS)
def test_what_runs_at_one_time_fits(family: str, gigabytes: int) -> None:
    """By weights and traced figures alone: each part is charged what it keeps itself."""
    model, free = table.published(family), table.card(gigabytes)
    made = plan(model, free, FOUR)
    kept = activations(family)
    rows = made.at_once * (1 if family == "klein" else 2)
    denoising = rows * (kept.network + FAMILIES[family].references * kept.reference)
    weights = 2 * model.parts[FAMILIES[family].network]
    encoder = 2 * max(size for name, size in model.parts.items() if "encoder" in name)
    if made.offload == "none":
        assert 2 * model.size + denoising < free.card
    elif made.offload == "parts":
        assert max(weights + denoising, encoder + kept.text) < free.card
        # And not all of it did.
        assert 2 * model.size + denoising / made.at_once > 0.8 * free.card
    else:
        assert denoising < free.card < weights + denoising / made.at_once + GIGABYTE


def test_recorded_graphs_are_counted() -> None:
    model = table.published("sdxl")
    small, large = (plan(model, table.card(size), FOUR) for size in (12, 24))
    assert large.graphs == 4 > small.graphs and large.decoding == "single"
    kept = small.graphs * 2 * small.at_once * activations("sdxl").network
    assert 2 * model.size + kept < table.card(12).card


def test_adapters_and_guidance_are_counted() -> None:
    model = table.published("sdxl")
    free = table.card(12)
    assert plan(model, free, FOUR).offload == "none"
    assert plan(model, free, replace(FOUR, adapter=4 * GIGABYTE)).offload == "parts"
    assert plan(model, free, replace(FOUR, controlnet=2 * GIGABYTE)).offload == "parts"
    with pytest.raises(NotEnoughMemory):  # 13 GB for a head with its gradient
        plan(model, free, replace(FOUR, guided=True))


@pytest.mark.parametrize(
    ("family", "stored", "device", "native", "precision"),
    [
        ("sdxl", "float16", "cuda", True, "float16"),
        ("sdxl", "bfloat16", "cuda", True, "bfloat16"),
        ("sdxl", "bfloat16", "cuda", False, "float16"),  # never emulated
        ("sd15", "float32", "cuda", True, "float16"),
        ("klein", "bfloat16", "cuda", True, "bfloat16"),
        ("klein", "float16", "cuda", True, "bfloat16"),  # which overflows in float16
        ("klein", "bfloat16", "cuda", False, "float32"),
        ("sdxl", "float16", "mps", True, "float16"),
        ("klein", "bfloat16", "mps", True, "bfloat16"),
        ("klein", "bfloat16", "mps", False, "float32"),
        ("klein", "bfloat16", "cpu", True, "float32"),
    ],
)
def test_the_precision_is_one_that_family_and_machine_have(
    family: str, stored: str, device: Any, native: bool, precision: str
) -> None:
    model = replace(table.published(family), stored=stored)
    assert precision_of(model, Machine(device, native, 0, 0)) == precision


def test_each_shortage_leads_to_a_leaner_plan_until_there_is_none() -> None:
    model = table.published("sdxl")
    now: Plan | None = plan(model, table.card(24), FOUR)
    ways: list[tuple[str, str, int]] = []
    while now is not None:
        ways.append((now.offload, now.decoding, now.at_once))
        now = leaner(now, model)
    assert ways == [
        ("none", "single", 4),
        ("none", "tiles", 1),
        ("parts", "tiles", 1),
        ("layers", "tiles", 1),
    ]


def test_attention_in_slices_is_the_same() -> None:
    torch.manual_seed(0)
    query, key, value = (torch.randn(2, 3, count, 8) for count in (50, 70, 70))
    attention = torch.nn.functional.scaled_dot_product_attention
    calls: list[int] = []

    def network(q: Any, k: Any, v: Any) -> Any:
        calls.append(len(q))
        return torch.nn.functional.scaled_dot_product_attention(q, k, v)

    whole = attention(query, key, value)
    for most in (1, 2 * 3 * 70 * 4 * 7, 1e9):
        sliced = SlicedAttention(network, most)(query, key, value)
        assert torch.allclose(sliced, whole, atol=1e-6)
    assert len(calls) == 3


@pytest.mark.slow
@pytest.mark.usefixtures("without_tiles")
def test_after_a_shortage_it_goes_on_by_the_next_plan_once(
    models: Path, sitter: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MODEL_POOL, "_opened", None)
    # Tiles of a network of chance are no parts of its picture.
    monkeypatch.setattr(placement, "decode_in_tiles", lambda _: None)
    request = Request(
        sitter, (find_look("studio-grey"),), 2, 3, 256, painting=Painting("sd15", steps=1)
    )

    def painted() -> list[np.ndarray]:
        return [each.image for each in GENERATORS.get("diffusion").generate(request)]

    plain = painted()
    together: list[int] = []
    shortages = 0

    def predict(self: Any, noisy: Any, *rest: Any) -> Any:
        together.append(len(noisy))
        if len(together) <= shortages:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")
        return original(self, noisy, *rest)

    kind = type(opened_painter())
    original = kind.predict
    monkeypatch.setattr(kind, "predict", predict)
    shortages = 1
    again = painted()
    assert together == [2, 1, 1], "then one at a time"
    for one, two in zip(plain, again, strict=True):
        assert np.abs(one - two).max() < 1e-3
    together.clear()
    shortages = 0
    painted()
    assert together == [1, 1], "nor is it tried again"
    together.clear()
    shortages = 2
    monkeypatch.setattr(MODEL_POOL, "_opened", None)
    with pytest.raises(NotEnoughMemory, match="sd15"):
        painted()


def opened_painter() -> Any:
    with MODEL_POOL.open(Painting("sd15"), None) as opened:
        return opened.painter


def test_what_a_shortage_is() -> None:
    for error in (
        torch.OutOfMemoryError("CUDA out of memory."),
        RuntimeError("MPS backend out of memory (MPS allocated: 9 GB)"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: not enough memory: you tried"),
        MemoryError(),
    ):
        assert out_of_memory(error)
    assert not out_of_memory(RuntimeError("shapes do not match"))
    assert not out_of_memory(ValueError("out of memory"))


def test_a_model_is_refused_where_no_plan_fits(models: Path) -> None:
    model = find_model("sdxl")
    for free in (Machine("cuda", True, 10**6, 10**6), Machine("mps", True, 0, 10**6)):
        with pytest.raises(NotEnoughMemory, match=r"'sdxl'.*GB.*free"):
            plan(model, free)
    assert opening.plan is plan
