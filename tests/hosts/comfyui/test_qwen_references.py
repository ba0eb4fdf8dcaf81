"""A sitter's photos shown to Qwen-Image-Edit by ComfyUI's own nodes, on tiny networks of chance."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from .conftest import ASTRONAUT
from .graphs import Graph
from .server import Server


@dataclass(frozen=True)
class Made:
    """latent: what the sampler made; told: the conditioning; held: shapes of its references."""

    latent: np.ndarray
    told: np.ndarray
    held: list[list[int]]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The tiny Qwen-Image-Edit as ComfyUI keeps it, and sizes that its files don't tell."""
    from ...tiny import qwen_text as tiny
    from ...tiny.models import qwen_edit
    from ...tiny.split import QWEN, VAE, split

    base = tmp_path_factory.mktemp("qwen")
    models = base / "models"
    file = split(qwen_edit(base / "folder"), models, QWEN)
    text = tiny.qwen_text(models / "text_encoders" / "for_comfyui.safetensors")
    sizes = {
        "text": {
            "hidden_size": tiny.WIDTH,
            "intermediate_size": tiny.INNER,
            "num_hidden_layers": tiny.LAYERS,
            "num_attention_heads": tiny.HEADS,
            "vocab_size": 151_936,
        },
        "vision": {
            "hidden_size": tiny.SEEN,
            "intermediate_size": tiny.SEEN_INNER,
            "num_layers": tiny.SEEN_LAYERS,
            "num_heads": tiny.SEEN_HEADS,
        },
    }
    vae = models / "vae" / f"{VAE[QWEN]}.safetensors"
    return {"network": str(file), "text": str(text), "vae": str(vae), "sizes": json.dumps(sizes)}


def made(server: Server, files: dict[str, str], name: str, kind: str, vae: bool = True) -> Made:
    """What the engine's encoder and sampler make; `name` is the sitter's, empty for nobody."""
    graph = Graph()
    loaded = graph.add("ProbeQwen", **files)
    shown: dict[str, Any] = {}
    if name:
        node = graph.add("HeadshotsSitterReferences", identity=[graph.load(name), 0], width=256)
        places = ["image"] if kind == "TextEncodeQwenImageEdit" else ["image1", "image2", "image3"]
        shown = {place: [node, number] for number, place in enumerate(places)}
        shown |= {"vae": [loaded, 2]} if vae else {}
    told = graph.add(kind, clip=[loaded, 1], prompt="a headshot", **shown)
    empty = graph.add("EmptySD3LatentImage", width=64, height=64, batch_size=1)
    sampled = graph.add(
        "KSampler",
        model=[loaded, 0],
        positive=[told, 0],
        negative=[told, 0],
        latent_image=[empty, 0],
        seed=1,
        steps=2,
        cfg=1.0,
        sampler_name="euler",
        scheduler="simple",
        denoise=1.0,
    )
    look = graph.add("ProbeMade", latent=[sampled, 0], conditioning=[told, 0])
    run = server.run(graph.prompt).succeeded()
    seen = json.loads(run.outputs[look]["made"][0])
    return Made(np.array(seen["latent"]), np.array(seen["told"]), seen["held"])


@pytest.mark.parametrize("kind", ["TextEncodeQwenImageEditPlus", "TextEncodeQwenImageEdit"])
def test_qwens_own_encoder_reads_the_sitter(
    kind: str, server: Server, files: dict[str, str], ada: str
) -> None:
    base, ours, theirs = (made(server, files, each, kind) for each in ("", ada, ASTRONAUT))
    many = 3 if kind.endswith("Plus") else 1
    assert base.held == [] and ours.held == theirs.held == [[1, 16, 1, 16, 16]] * many
    assert len(ours.told) > len(base.told), "the text encoder reads the pictures beside the words"
    assert np.abs(ours.latent - base.latent).mean() > 1e-3, "on, it shows"
    assert np.abs(ours.told - theirs.told).mean() > 1e-3
    assert np.abs(ours.latent - theirs.latent).mean() > 1e-4, "two sitters differ"
    again = made(server, files, "", kind)
    assert np.array_equal(again.latent, base.latent), "and off, it is gone"
    assert np.array_equal(again.told, base.told)


def test_each_way_of_showing_counts_by_itself(
    server: Server, files: dict[str, str], ada: str
) -> None:
    """The text encoder's view without latents, and both."""
    kind = "TextEncodeQwenImageEditPlus"
    base = made(server, files, "", kind)
    read, both = (made(server, files, ada, kind, vae) for vae in (False, True))
    assert read.held == [] and np.array_equal(read.told, both.told)
    assert np.abs(read.latent - base.latent).mean() > 1e-4
    assert np.abs(both.latent - read.latent).mean() > 1e-4
