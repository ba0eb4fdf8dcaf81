"""Networks with activations as large as those of the real ones, in the precision that they get.

Published ranges: SDXL's VAE exceeds float16's 65504 in its decoder (the reason for its makers'
`force_upcast` and for sdxl-vae-fp16-fix); language models have single activations of 1e4 and more
in their residual stream (Sun et al. 2024, "Massive Activations in Large Language Models").
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from headshots.core.generation.diffusion.families.painter import PaintJob, SamplingParams
from headshots.core.generation.diffusion.models.installed import find_model
from headshots.core.generation.diffusion.models.load import load
from headshots.core.generation.diffusion.models.memory_plan import Machine, Plan, precision_of
from headshots.core.generation.diffusion.sampling.sampler import paint
from headshots.core.registry import resolve

pytestmark = pytest.mark.slow

RANGE = 2e5  # of the largest activation
CARD = Machine("cuda", True, 0, 0)


def painter_of(family: str, precision: Any) -> Any:
    model = find_model(family)
    return resolve(model.family.painter)(load(model, Plan("cpu", precision, "none", 1)))


def stretched(network: Any, layer: Any, run: Any) -> None:
    """Scale the weights of `layer`, a residual's last, until its outputs reach `RANGE`."""
    largest = 0.0

    def note(_: Any, __: Any, output: torch.Tensor) -> None:
        nonlocal largest
        largest = float(output.float().abs().max())

    hook = layer.register_forward_hook(note)
    before = network.dtype
    with torch.no_grad():
        network.to(torch.float32)
        run()
        layer.weight *= RANGE / largest
        run()
        network.to(before)
    hook.remove()
    assert largest > 65504


def test_a_vae_that_overflows_in_16_bits_decodes_in_32(models: Path) -> None:
    painter = painter_of("sdxl", precision_of(find_model("sdxl"), CARD))
    assert painter.network.dtype == torch.float16 and painter.pipeline.vae.dtype == torch.float32
    vae = painter.pipeline.vae
    latents = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(0))
    resnet = vae.decoder.up_blocks[2].resnets[0]
    stretched(vae, resnet.conv2, lambda: vae.decode(latents))
    with torch.no_grad():
        assert painter.pixels(latents).isfinite().all()
        vae.to(torch.float16)
        assert not vae.decode(latents.half()).sample.isfinite().all(), "and it would have"


def test_a_text_encoder_with_massive_activations_reads_in_bfloat16(models: Path) -> None:
    precision = precision_of(find_model("klein"), CARD)
    assert precision == "bfloat16"
    for each in (precision, "float16"):
        painter = painter_of("klein", each)
        encoder = painter.pipeline.text_encoder
        ids = torch.arange(20)[None]
        layer = encoder.model.layers[2].mlp.down_proj
        stretched(encoder, layer, lambda: encoder(ids))  # noqa: B023
        condition = painter.condition(SamplingParams("", 1, 1.0, 1.0), [job()])
        assert bool(condition.text[0].isfinite().all()) == (each == precision)


@pytest.mark.parametrize("family", ["sd15", "sdxl", "klein"])
def test_pictures_in_the_precision_of_a_card_have_no_holes(family: str, models: Path) -> None:
    painter = painter_of(family, precision_of(find_model(family), CARD))
    ((_, image),) = paint(painter, SamplingParams("blue", 2, 4.0, 0.8), iter([job()]), 1)
    assert np.isfinite(image).all() and image.std() > 0.01


def job() -> PaintJob:
    start = np.random.default_rng(0).random((64, 64, 3), np.float32)
    return PaintJob(start, None, None, "a photo", 1)
