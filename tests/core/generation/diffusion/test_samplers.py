"""The controls of sampling: strength, samplers, schedules and LoRAs, beside diffusers' own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import DPMSolverMultistepScheduler, EulerDiscreteScheduler

from headshots.core.errors import InputError, LicenceNotAccepted, ModelMissing, ModelUnreadable
from headshots.core.generation.diffusion.families.painter import PaintJob, SamplingParams
from headshots.core.generation.diffusion.models.lora_files import lora_files
from headshots.core.generation.diffusion.models.model_pool import MODEL_POOL
from headshots.core.generation.diffusion.sampling.sampler import paint
from headshots.core.generation.diffusion.sampling.samplers import stepped
from headshots.core.generation.diffusion.tuning.lora import put_on, take_off, to_file, trained
from headshots.core.painting import Painting

pytestmark = pytest.mark.slow

SIDE = 64
FAMILIES = ("sd15", "sdxl", "klein")


@pytest.fixture(autouse=True)
def _models(models: Path) -> None:
    """Tiny models, for every test here."""


def levels(name: str, strength: float, steps: int, shift: float = 0.0) -> torch.Tensor:
    with MODEL_POOL.open(Painting(name), None) as opened:
        params = SamplingParams("", steps, 1.0, strength, shift=shift)
        return opened.painter.levels(params, (SIDE, SIDE))


def share(name: str, level: torch.Tensor) -> float:
    """The share of noise in latents of that level."""
    return float(level) if name == "klein" else float(level / (1 + level))


@pytest.mark.parametrize("strength", [0.2, 0.5, 0.6, 0.8])
@pytest.mark.parametrize("steps", [1, 4, 30])
def test_a_strength_is_the_same_noise_in_every_family(strength: float, steps: int) -> None:
    for name in FAMILIES:
        falling = levels(name, strength, steps)
        assert share(name, falling[0]) == pytest.approx(strength, abs=1e-3), name
        assert len(falling) == steps + 1, "all steps are used"
        assert bool((falling.diff() < 0).all()) and float(falling[-1]) == 0


def test_full_strength_is_the_makers_own_schedule() -> None:
    with MODEL_POOL.bare("klein", False) as (_, pipeline):
        from diffusers.pipelines.flux2.pipeline_flux2_klein import compute_empirical_mu

        tokens = (SIDE // 16) ** 2
        even = np.linspace(1.0, 1 / 4, 4)
        mu = compute_empirical_mu(image_seq_len=tokens, num_steps=4)
        pipeline.scheduler.set_timesteps(sigmas=even, device="cpu", mu=mu)
        theirs = pipeline.scheduler.sigmas
    assert torch.allclose(levels("klein", 1.0, 4), theirs.float(), atol=1e-6)
    with MODEL_POOL.bare("sdxl", False) as (opened, pipeline):
        config = pipeline.scheduler.config
        scheduler = EulerDiscreteScheduler.from_config(config, timestep_spacing="trailing")
        for steps in (4, 8, 25):
            scheduler.set_timesteps(steps)
            ours = opened.painter.levels(SamplingParams("", steps, 1.0, 1.0), (SIDE, SIDE))
            assert torch.allclose(ours, scheduler.sigmas, rtol=1e-4)
            assert torch.allclose(opened.painter._times, scheduler.timesteps, atol=1e-3)


def test_distilled_models_get_their_timesteps() -> None:
    """DMD2 and LCM were trained at 999, 749, 499 and 249."""
    with MODEL_POOL.open(Painting("sdxl"), None) as opened:
        opened.painter.levels(SamplingParams("", 4, 1.0, 1.0), (SIDE, SIDE))
        assert opened.painter._times.tolist() == [999, 749, 499, 249]  # type: ignore[attr-defined]


def test_a_shift_is_a_flow_models_own() -> None:
    assert float(levels("klein", 1.0, 2, shift=3.0)[1]) == pytest.approx(0.75)
    assert float(levels("klein", 1.0, 2, shift=1.0)[1]) == pytest.approx(0.5)
    with pytest.raises(InputError, match="no timestep shift"):
        levels("sdxl", 1.0, 2, shift=3.0)


def test_dpmpp_2m_is_that_of_diffusers() -> None:
    with MODEL_POOL.bare("sd15", False) as (opened, pipeline):
        painter: Any = opened.painter
        theirs = DPMSolverMultistepScheduler.from_config(
            pipeline.scheduler.config,
            algorithm_type="dpmsolver++",
            timestep_spacing="trailing",
            lower_order_final=True,
            final_sigmas_type="zero",
        )
        theirs.set_timesteps(5)
        steps = painter.levels(SamplingParams("", 5, 1.0, 1.0), (SIDE, SIDE))
        chance = torch.Generator().manual_seed(0)
        noise = torch.randn(1, 4, 8, 8, generator=chance)
        scaled, ours, before = noise, noise * (1 + steps[0] ** 2) ** 0.5, None
        for number, time in enumerate(theirs.timesteps):
            # A stand-in for a network: the same noise predicted for the same latents.
            output = torch.tanh(3 * scaled) + 0.1 * number
            clean = ours - steps[number] * output
            scaled = theirs.step(output, time, scaled).prev_sample
            ours = stepped("dpmpp-2m", painter, ours, clean, before, steps, number, None)
            before = clean
            assert torch.allclose(ours / (1 + steps[number + 1] ** 2) ** 0.5, scaled, atol=2e-3)


@pytest.mark.parametrize("name", ["sd15", "klein"])
def test_every_sampler_paints_its_own_and_again_the_same(name: str) -> None:
    start = np.random.default_rng(0).random((SIDE, SIDE, 3), np.float32)
    job = PaintJob(start, None, None, "photo", 3)
    with MODEL_POOL.open(Painting(name), None) as opened:

        def painted(sampler: Any) -> np.ndarray:
            params = SamplingParams("", 4, 1.0, 0.9, sampler=sampler)
            ((_, image),) = paint(opened.painter, params, iter([job]), 1)
            assert np.isfinite(image).all()
            return image

        samplers = ("euler", "euler-ancestral", "dpmpp-2m", "lcm")
        images = [painted(sampler) for sampler in samplers]
        assert all(np.array_equal(painted(s), i) for s, i in zip(samplers, images, strict=True))
    for number, one in enumerate(images):
        assert all(np.abs(one - other).mean() > 1e-4 for other in images[:number])


@pytest.fixture
def loras(models: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder of models with a LoRA for SD1.5 in kohya's names, as trainers write it."""
    for name in FAMILIES:
        (tmp_path / name).symlink_to(models / name)
    (tmp_path / "loras" / "styles").mkdir(parents=True)
    with MODEL_POOL.bare("sd15", False) as (opened, _):
        network = opened.painter.network
        put_on(network, opened.model.family, 4, 0)
        chance = torch.Generator().manual_seed(1)
        for weight in trained(network).values():
            weight.data = torch.randn(weight.shape, generator=chance) * 0.3
        data = to_file(trained(network), opened.model.family, {"modelspec.license": "MIT"})
        unstated = to_file(trained(network), opened.model.family, {})
        take_off(network)
    (tmp_path / "loras" / "grain.safetensors").write_bytes(data)
    (tmp_path / "loras" / "styles" / "unstated.safetensors").write_bytes(unstated)
    from headshots.core.settings import settings

    monkeypatch.setenv("HEADSHOTS_MODELS_DIR", str(tmp_path))
    settings.cache_clear()
    return tmp_path / "loras"


def painted(painting: Painting) -> np.ndarray:
    job = PaintJob(np.full((SIDE, SIDE, 3), 0.5, np.float32), None, None, "photo", 3)
    with MODEL_POOL.open(painting, None) as opened:
        params = SamplingParams("", 2, 1.0, 0.9)
        ((_, image),) = paint(opened.painter, params, iter([job]), 1)
    return image


def test_loras_count_by_their_weight_and_leave_nothing_behind(loras: Path) -> None:
    base = painted(Painting("sd15"))
    half = painted(Painting("sd15", loras="grain: 0.5"))
    whole = painted(Painting("sd15", loras="grain.safetensors"))
    assert np.array_equal(painted(Painting("sd15")), base), "off, the base to the bit"
    assert np.array_equal(painted(Painting("sd15", loras="grain: 0")), base)
    changes = [np.abs(each - base).mean() for each in (half, whole)]
    assert 0.001 < changes[0] < changes[1]
    both = Painting("sd15", loras="grain: 0.5, styles/unstated: 0.5", accept_licence=True)
    assert np.abs(painted(both) - whole).max() < 1e-3, "two of the same, half each"


def test_loras_are_recorded_with_their_licences(loras: Path) -> None:
    wanted = Painting("sd15", loras="unstated: 0.8, grain: 1", accept_licence=True)
    with MODEL_POOL.open(wanted, None) as opened:
        assert opened.record.loras == ("unstated 0.8", "grain 1")
        assert opened.record.licences_accepted == ("not stated",)
    with (
        pytest.raises(LicenceNotAccepted, match="unstated"),
        MODEL_POOL.open(Painting("sd15", loras="unstated"), None),
    ):
        pass


def test_what_is_no_lora_is_refused_in_words(loras: Path) -> None:
    with pytest.raises(ModelMissing, match="no LoRA called 'other'"):
        lora_files("other: 1")
    with pytest.raises(ModelMissing, match="no LoRA called"):
        lora_files("../../grain")
    with pytest.raises(InputError, match="no weight"):
        lora_files("grain: much")
    with pytest.raises(InputError, match="named twice"):
        lora_files("grain, grain: 0.5")
    with (
        pytest.raises(ModelUnreadable, match="doesn't fit this model"),
        MODEL_POOL.open(Painting("klein", loras="grain"), None),
    ):
        pass
    (loras / "broken.safetensors").write_bytes(b"nothing")
    with pytest.raises(ModelUnreadable):
        lora_files("broken")
