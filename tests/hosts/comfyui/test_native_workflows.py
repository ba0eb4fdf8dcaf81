"""The workflows with ComfyUI's own nodes, each run whole in the real engine.

The model files have the real ones' names and tensors and are tiny, of weights of chance: what they
paint is noise. So these tests show that every link fits and every file loads, that noise is refused,
and that the portrait is then delivered as it was. They show nothing of what a real model paints.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from .conftest import lay_out
from .graphs import Prompt
from .prepare import ROOT, Environment
from .server import Server, serving

HERE = Path(__file__).parent
NATIVE = {
    path.stem: path for path in sorted((ROOT / "workflows" / "api" / "native").glob("*.json"))
}
WIDTH, HEIGHT = 256, 320
# Sizes at which a processor runs the real graphs in seconds.
LESS: dict[str, dict[str, Any]] = {
    "HeadshotsStudio": {"width": WIDTH},
    "HeadshotsSitterReferences": {"width": 256},
    "EmptyFlux2LatentImage": {"width": WIDTH, "height": HEIGHT},
    "EmptySD3LatentImage": {"width": WIDTH, "height": HEIGHT},
    "Flux2Scheduler": {"width": WIDTH, "height": HEIGHT, "steps": 2},
    "KSampler": {"steps": 2},
    "HeadshotsKeepBest": {"least_percentile": 0.0},
}


def smaller(path: Path) -> Prompt:
    """The recipe at `path`, at the sizes of `LESS`."""
    document = json.loads(path.read_text("utf-8"))
    for node in document.values():
        node["inputs"] |= LESS.get(node["class_type"], {})
    return document


def write_models(environment: Environment, models: Path) -> None:
    """Tiny models under the real ones' names."""
    writing = [str(environment.python), str(HERE / "write_small.py"), str(environment.engine)]
    subprocess.run([*writing, str(models)], check=True, stdout=subprocess.DEVNULL)
    _qwen(models)
    for place in (
        "instantid/ip-adapter.bin",
        "controlnet/instantid/diffusion_pytorch_model.safetensors",
    ):
        (models / place).parent.mkdir(parents=True, exist_ok=True)
        (models / place).write_bytes(b"")


def _qwen(models: Path) -> None:
    from ...tiny.models import qwen_edit
    from ...tiny.qwen_text import qwen_text
    from ...tiny.split import QWEN, split

    made = models.parent / "qwen"
    file = split(qwen_edit(made / "folder"), made / "split", QWEN)
    names = {
        "diffusion_models/qwen_image_edit_2511_fp8mixed.safetensors": file,
        "unet/qwen-image-edit-2511-Q4_K_M.safetensors": file,
        "vae/qwen_image_vae.safetensors": made / "split" / "vae" / "qwen_image_vae.safetensors",
    }
    for name, source in names.items():
        (models / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, models / name)
    (models / "unet" / "qwen-image-edit-2511-Q4_K_M.gguf").write_bytes(b"")
    qwen_text(models / "text_encoders" / "qwen_2.5_vl_7b_fp8_scaled.safetensors")
    lora = models / "loras" / "Qwen-Image-Edit-2511-Lightning-4steps-V1.0-bf16.safetensors"
    lora.parent.mkdir()
    save_file(dict(_lora()), lora)


def _lora() -> Iterator[tuple[str, torch.Tensor]]:
    """A LoRA of rank 2 for the first block, called as Lightning's."""
    for name in ("to_q", "to_k", "to_v", "to_out.0"):
        start = f"transformer_blocks.0.attn.{name}"
        yield f"{start}.lora_down.weight", torch.randn(2, 32).bfloat16()
        yield f"{start}.lora_up.weight", torch.randn(32, 2).bfloat16()
        yield f"{start}.alpha", torch.tensor(2.0).bfloat16()


@pytest.fixture(scope="module")
def native(
    comfyui: Environment, photos: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server with tiny models under the real ones' names."""
    base = tmp_path_factory.mktemp("native")
    lay_out(photos, base / "input")
    write_models(comfyui, base / "models")
    packs = {"headshots": ROOT, "small_sizes.py": HERE / "small_sizes.py"}
    with serving(comfyui, base, packs=packs) as running:
        yield running


@pytest.mark.parametrize("name", NATIVE)
def test_a_workflow_runs_and_noise_is_not_delivered_as_the_sitter(
    name: str, native: Server, ada: str
) -> None:
    document = smaller(NATIVE[name])
    by_class = {node["class_type"]: id for id, node in document.items()}
    run = native.run(document).succeeded()
    decoded = by_class["VAEDecode"]
    assert decoded in run.executed, "the model painted"
    (said,) = run.outputs[by_class["HeadshotsKeepSitter"]]["text"]
    assert "refused: " in said
    folder = native.base / "output" / document[by_class["HeadshotsDeliver"]]["inputs"]["folder"]
    assert list(folder.glob("*.jpg")), "the portrait is delivered instead"
