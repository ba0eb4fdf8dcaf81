"""The engine of ours beside ComfyUI's on the same weights: img2img, inpainting, LoRA, references.

IP-Adapter FaceID is compared in `test_models_in_comfyui.py`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import Flux2KleinPipeline, StableDiffusionPipeline

from headshots.core.generation.diffusion.families.detect import FAMILIES
from headshots.core.generation.diffusion.families.klein import Klein
from headshots.core.generation.diffusion.families.painter import PaintJob, SamplingParams
from headshots.core.generation.diffusion.families.stable_diffusion import Condition, Unet
from headshots.core.generation.diffusion.sampling import sampler
from headshots.core.generation.diffusion.tuning.lora import applied, sitter_lora
from headshots.core.progress import SILENT

from .conftest import PROBE
from .graphs import Graph
from .prepare import Environment
from .server import Server, serving
from .test_models_in_comfyui import lora

PARITY = Path(__file__).with_name("probe_parity.py")
SHAPE = {
    "image_model": "flux2",
    "in_channels": 16,
    "out_channels": 16,
    "vec_in_dim": None,
    "context_in_dim": 96,
    "hidden_size": 32,
    "mlp_ratio": 3.0,
    "num_heads": 2,
    "depth": 1,
    "depth_single_blocks": 2,
    "axes_dim": [4, 4, 4, 4],
    "theta": 2000,
    "patch_size": 1,
    "qkv_bias": False,
    "guidance_embed": False,
    "global_modulation": True,
    "mlp_silu_act": True,
    "ops_bias": False,
    "default_ref_method": "index",
    "ref_index_scale": 10.0,
}


def random(seed: int, *shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


@dataclass(frozen=True)
class Both:
    """A server, and the tiny models that it and diffusers read. loras: by family."""

    server: Server
    sd15: Path
    checkpoint: Path
    klein: Path
    split: Path
    loras: dict[str, bytes]


@pytest.fixture(scope="module")
def both(comfyui: Environment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    from ...tiny.checkpoints import checkpoint
    from ...tiny.models import klein, sd15
    from ...tiny.split import KLEIN, split

    parts, base = tmp_path_factory.mktemp("parts"), tmp_path_factory.mktemp("parity")
    small, flux = sd15(parts / "sd15"), klein(parts / "klein")
    file = checkpoint(small, parts / "one.safetensors")
    loras = {
        "sd15": lora(StableDiffusionPipeline.from_pretrained(small).unet, "sd15"),
        "klein": lora(Flux2KleinPipeline.from_pretrained(flux).transformer, "klein"),
    }
    (base / "models" / "loras").mkdir(parents=True)
    for name, written in loras.items():
        (base / "models" / "loras" / f"{name}.safetensors").write_bytes(written)
    packs = {PROBE.name: PROBE, PARITY.name: PARITY}
    with serving(comfyui, base, packs=packs) as running:
        yield Both(running, small, file, flux, split(flux, parts / "split", KLEIN), loras)


def theirs(both: Both, graph: Graph, shown: str) -> np.ndarray:
    run = both.server.run(graph.prompt).succeeded()
    return np.array(json.loads(run.outputs[shown]["made"][0]))


def with_lora(graph: Graph, model: str, name: str) -> str:
    return graph.add(
        "LoraLoaderModelOnly", model=[model, 0], lora_name=f"{name}.safetensors", strength_model=0.8
    )


@pytest.mark.parametrize("tuned", [False, True])
@pytest.mark.parametrize("masked", [False, True])
def test_img2img_and_inpainting(masked: bool, tuned: bool, both: Both) -> None:
    """Our sampling loop from a strength of .75 on, in the left half or everywhere."""
    painter = Unet(StableDiffusionPipeline.from_pretrained(both.sd15, safety_checker=None))
    scale = painter.pipeline.vae.config.scaling_factor
    params = SamplingParams("", 4, 4.0, 0.75)
    painter.levels(params, (64, 64))
    # At whole timesteps: between them ours are interpolated, and ComfyUI takes the nearest.
    painter._times = painter._times.round()
    levels = torch.cat([painter._noise[painter._times.long()], torch.zeros(1)]).float()
    text = torch.cat([random(3, 1, 77, 32), random(2, 1, 77, 32)])
    painter.condition = lambda *_: Condition(text, {}, 4.0, None)  # type: ignore[method-assign]
    mask = None
    if masked:
        mask = np.zeros((64, 64), np.float32)
        mask[:, :32] = 1
    job = PaintJob(np.zeros((64, 64, 3), np.float32), mask, None, "", 0)
    original, noise = random(5, 1, 4, 8, 8) * scale, random(1, 1, 4, 8, 8)
    canvas = sampler._Canvas([job], original, original, noise)

    def ours() -> np.ndarray:
        with torch.no_grad():
            sampler._noise(painter, canvas, levels)
            steps = range(len(levels) - 1)
            sampler._walk(painter, params, canvas, levels, steps, None, SILENT)
        return canvas.latents.flatten().numpy() / scale

    if tuned:
        name, tensors, _ = sitter_lora(both.loras["sd15"])
        with applied(painter.pipeline, FAMILIES["sd15"], [(name, tensors, 0.8)]):
            made = ours()
    else:
        made = ours()
    graph = Graph()
    model = graph.add("ProbeModel", file=str(both.checkpoint), patched=False)
    model = with_lora(graph, model, "sd15") if tuned else model
    shown = graph.add(
        "ProbeRepaint", model=[model, 0], levels=json.dumps(levels.tolist()), masked=masked
    )
    wanted = theirs(both, graph, shown)
    assert np.abs(made - wanted).max() < 2e-3 * np.abs(wanted).max()
    kept = original.flatten().numpy() / scale
    right = np.arange(made.size) % 8 >= 4
    assert (np.abs(made - kept)[right].max() < 1e-4) == masked
    assert np.abs(made - kept)[~right].max() > 0.1


@pytest.mark.parametrize("tuned", [False, True])
@pytest.mark.parametrize("count", [0, 1, 3])
def test_kleins_references(
    count: int, tuned: bool, both: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    painter: Any = Klein(Flux2KleinPipeline.from_pretrained(both.klein))
    latents = [random(10 + n, 1, 16, 4, 6) for n in range(count)]
    pending = iter(latents)
    monkeypatch.setattr(painter, "encode", lambda _: next(pending))
    text = random(2, 1, 512, 96)
    places = painter.pipeline._prepare_text_ids(text)
    monkeypatch.setattr(painter, "_text", lambda _: (text, places))
    rng = np.random.default_rng(0)
    shown = tuple(rng.random((32, 48, 3), np.float32) for _ in range(count))
    job = PaintJob(np.zeros((32, 32, 3), np.float32), None, None, "", 0, shown)

    def ours() -> np.ndarray:
        with torch.no_grad():
            condition = painter.condition(SamplingParams("", 1, 1.0, 1.0), [job])
            levels = torch.tensor([0.7, 0.0])
            return painter.predict(random(1, 1, 16, 4, 4), levels, 0, condition).flatten().numpy()

    if tuned:
        name, tensors, _ = sitter_lora(both.loras["klein"])
        with applied(painter.pipeline, FAMILIES["klein"], [(name, tensors, 0.8)]):
            made = ours()
    else:
        made = ours()
    graph = Graph()
    model = graph.add("ProbeKlein", file=str(both.split), shape=json.dumps(SHAPE))
    model = with_lora(graph, model, "klein") if tuned else model
    asked = graph.add("ProbePrediction", model=[model, 0], level=0.7, references=count)
    wanted = theirs(both, graph, asked)
    assert np.abs(made - wanted).max() < 1e-4 * np.abs(wanted).max()
