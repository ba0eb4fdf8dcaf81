"""The workflows with ComfyUI's own nodes, each run whole in the real engine.

The model files have the real ones' names and tensors and are tiny, of weights of chance: what they
paint is noise. So these tests show that every link fits, that every file loads, that noise is
refused, and that the portrait is then delivered as it was; nothing of what a real model paints.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from headshots.core import cli
from headshots.core.comfyui.addresses import Address, addresses
from headshots.core.comfyui.connection import Connection
from headshots.core.comfyui.requirements import lacking, model_files
from headshots.core.errors import ComfyuiLacks
from headshots.core.settings import settings

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
    # As many have it: the largest files on another disk.
    shutil.move(base / "models" / "checkpoints", base / "elsewhere")
    paths = base / "paths.yaml"
    paths.write_text(f"another disk:\n  base_path: {base}\n  checkpoints: elsewhere\n")
    packs = {"headshots": ROOT, "small_sizes.py": HERE / "small_sizes.py"}
    extra = ("--extra-model-paths-config", str(paths))
    with serving(comfyui, base, packs=packs, arguments=extra) as running:
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


def test_what_a_comfyui_lacks_is_named_before_anything_runs(
    server: Server, ada: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One without models and packs: each file with folder, size, licence and source."""
    named_only(monkeypatch, server)
    assert cli.run(["run", "edit_with_qwen_image_gguf"]) == ComfyuiLacks.exit_code
    said = capsys.readouterr().err
    for part in (
        "the node 'UnetLoaderGGUF' of the pack ComfyUI-GGUF (github.com/city96/ComfyUI-GGUF)",
        "the file qwen_image_vae.safetensors in models/vae (0.25 GB, licence: Apache 2.0; "
        "huggingface.co/Comfy-Org/Qwen-Image_ComfyUI)",
    ):
        assert part in said
    assert "Making" not in said, "no portrait was made for nothing"


def test_every_file_that_a_workflow_names_is_described() -> None:
    """So that what is missing is never only a name."""
    for path in NATIVE.values():
        for node in json.loads(path.read_text("utf-8")).values():
            for value in node["inputs"].values():
                if isinstance(value, str) and value.endswith((".safetensors", ".gguf", ".bin")):
                    assert value in model_files(), value


def foreign_nodes(name: str) -> dict[str, Any]:
    """The nodes of a workflow that ComfyUI runs."""
    document = json.loads(NATIVE[name].read_text("utf-8"))
    return {id: each for id, each in document.items() if "Headshots" not in each["class_type"]}


def test_an_old_comfyui_is_told_before_it_fails(native: Server) -> None:
    """0.3.75 has the nodes and the files, and can't read FLUX.2 klein."""
    with closing(Connection(address(native))) as connection:
        version = connection.version()
        old = [int(each) for each in version.split(".")[:2]] < [0, 9]
        expected = (f"ComfyUI 0.9.2 or newer ({version} runs there)",) if old else ()
        assert lacking(foreign_nodes("edit_with_flux2_klein"), connection) == expected


@pytest.mark.parametrize("name", [each for each in NATIVE if "klein" not in each])
def test_all_is_there_in_its_folders_and_on_another_disk(name: str, native: Server) -> None:
    with closing(Connection(address(native))) as connection:
        assert lacking(foreign_nodes(name), connection) == ()


def test_the_same_file_runs_from_the_command_line(
    native: Server, ada: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named_only(monkeypatch, native)
    file = tmp_path / "recipe.json"
    document = smaller(NATIVE["clothes_with_sdxl"])
    for node in document.values():
        if node["class_type"] == "HeadshotsDeliver":
            node["inputs"]["folder"] = str(tmp_path / "out")
    file.write_text(json.dumps(document))
    assert cli.run(["run", str(file)]) == 0
    assert list((tmp_path / "out").glob("*.jpg"))


def named_only(monkeypatch: pytest.MonkeyPatch, server: Server) -> None:
    """Name the server in the settings; pytest puts them back."""
    monkeypatch.setenv("HEADSHOTS_COMFY", server.url)
    settings.cache_clear()


def address(server: Server) -> Address:
    """The server's, as a connection takes it."""
    with pytest.MonkeyPatch.context() as patch:
        named_only(patch, server)
        (only,) = addresses()
    settings.cache_clear()
    return only
