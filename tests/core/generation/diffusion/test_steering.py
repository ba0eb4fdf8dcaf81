"""What draws pictures to the sitter: the user's own recogniser or MobileFaceNet, seen through the
VAE or through TAESD; and never the one that judges.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from headshots.core.errors import InputError, ModelUnreadable, SetupError
from headshots.core.faces import ANALYSERS
from headshots.core.faces.alignment import arcface
from headshots.core.faces.insightface import ArcFaceRecogniser
from headshots.core.faces.onnx_graph import Graph
from headshots.core.generation import GENERATORS, Candidate, Request, find_look
from headshots.core.generation.diffusion.families.detect import FAMILIES
from headshots.core.generation.diffusion.families.latents import to_pixels
from headshots.core.generation.diffusion.families.stable_diffusion import Unet
from headshots.core.generation.diffusion.families.taesd import quick_decoder, taesd
from headshots.core.generation.diffusion.models.onnx_network import OnnxNetwork
from headshots.core.generation.diffusion.sampling.mobilefacenet import Recogniser
from headshots.core.generation.diffusion.sampling.steering import ArcFace, steering_of
from headshots.core.identity.identity import Identity
from headshots.core.painting import Painting
from headshots.core.photos import read_photo
from headshots.core.settings import settings
from headshots.core.weights.sessions import onnx

from ....histories import painting
from ....mobilefacenet_onnx import recognising
from ....tiny.taesd import taesd as tiny_taesd

pytestmark = pytest.mark.slow


@pytest.fixture
def own(arcface_512: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ArcFaceRecogniser]:
    """A recogniser of the user's own, set as the one that steers."""
    monkeypatch.setenv("HEADSHOTS_ANALYSER", "insightface")
    with recognising(arcface_512):
        recogniser = ANALYSERS.get("insightface").recogniser
        assert isinstance(recogniser, ArcFaceRecogniser)
        yield recogniser
    monkeypatch.undo()
    settings.cache_clear()


def resnet(file: Path, last: str = "PRelu") -> Path:
    """A network of the operators that ArcFace's are made of, random."""
    chance = np.random.default_rng(0)

    def random(*shape: int) -> str:
        return graph.constant(chance.normal(size=shape, scale=0.2).astype(np.float32))

    def normal(given: str, size: int) -> str:
        spread = graph.constant(chance.uniform(0.5, 1.5, size).astype(np.float32))
        told = (random(size), random(size), random(size), spread)
        return graph.node("BatchNormalization", given, *told)

    graph = Graph()
    pads = (1, 1, 1, 1)
    made = graph.node("Conv", "faces", random(8, 3, 3, 3), pads=pads, strides=(8, 8))
    inner = graph.node("Conv", normal(made, 8), random(8, 1, 3, 3), random(8), pads=pads, group=8)
    made = graph.node("Add", made, graph.node(last, inner, random(8, 1, 1)))
    flat = graph.node("Flatten", made, axis=1)
    shaped = graph.node("Reshape", flat, graph.constant([0, -1]))
    whole = graph.node("Gemm", shaped, random(16, 8 * 14 * 14), random(16), transB=1)
    file.write_bytes(graph.model("faces", ("batch", 3, 112, 112), normal(whole, 16), 16))
    return file


def test_a_file_is_the_same_network_with_a_gradient(tmp_path: Path) -> None:
    file = resnet(tmp_path / "own.onnx")
    network = OnnxNetwork(file).eval()
    given = np.random.default_rng(1).normal(size=(2, 3, 112, 112)).astype(np.float32)
    pixels = torch.from_numpy(given).requires_grad_(True)
    ours = network(pixels)
    (theirs,) = onnx(file).run({"faces": given})
    assert np.abs(ours.detach().numpy() - theirs).max() < 1e-4
    (slope,) = torch.autograd.grad(ours.sum(), pixels)
    assert slope.abs().max() > 0


def test_an_operation_that_is_not_known_is_named(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="Softplus"):
        OnnxNetwork(resnet(tmp_path / "odd.onnx", "Softplus"))


def test_the_users_recogniser_embeds_as_its_file_does(own: ArcFaceRecogniser, photos: Path) -> None:
    image = read_photo(photos / "obama.jpg").image
    (face,) = ANALYSERS.get("insightface").analyse(image)
    with torch.no_grad():
        ours = ArcFace(own)(to_pixels([arcface(image, face.points)])).numpy()[0]
    assert np.abs(ours - own.embed(image, [face])[0]).max() < 1e-4


def test_who_judges_does_not_steer(own: ArcFaceRecogniser, sitter: Identity) -> None:
    steering = steering_of(sitter)
    assert steering.name == own.name and steering.wanted.shape == (512,)
    # Where their own recogniser judges, MobileFaceNet steers.
    judged = replace(sitter, templates={own.name: sitter.templates["dlib"], **_only(sitter)})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEADSHOTS_JUDGE", "insightface")
        settings.cache_clear()
        assert steering_of(judged).name == Recogniser.name
    settings.cache_clear()


def test_where_nothing_else_judges_it_is_refused(sitter: Identity) -> None:
    with pytest.raises(InputError, match="judge"):
        steering_of(replace(sitter, templates=_only(sitter)))


def _only(identity: Identity) -> dict[str, Any]:
    return {Recogniser.name: identity.templates[Recogniser.name]}


def make(identity: Identity, guidance: float) -> Candidate:
    painting = Painting(
        "sd15", region="everything", adapter="none", strength=0.5, steps=6, guidance=guidance
    )
    request = Request(identity, (find_look("studio-grey"),), 1, 3, 256, painting=painting)
    (made,) = GENERATORS.get("diffusion").generate(request)
    return made


def test_the_users_recogniser_draws_pictures_to_the_sitter(
    models: Path, own: ArcFaceRecogniser, sitter: Identity, astronaut: Identity
) -> None:
    base, on = make(sitter, 0.0), make(sitter, 1.0)
    assert painting(base).guidance is None
    assert painting(on).guidance.recogniser == own.name
    assert painting(on).guidance.decoder == "vae"
    request = Request(sitter, (find_look("studio-grey"),), 1, 3, 256)
    (composite,) = GENERATORS.get("studio").generate(request)
    (face,) = ANALYSERS.get("embedded").analyse(composite.image, embed=False)
    wanted = steering_of(sitter).wanted
    before, after = (float(own.embed(each.image, [face])[0] @ wanted) for each in (base, on))
    assert after > before + 0.005  # of a random painter; the little generator's table says more
    assert not np.array_equal(steering_of(astronaut).wanted, wanted)


@pytest.mark.parametrize("kind", ["safetensors", "pth"])
def test_taesd_is_read_as_its_author_writes_it(kind: str, tmp_path: Path) -> None:
    file = tmp_path / f"taesd_decoder.{kind}"
    network = tiny_taesd(file)
    latents = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        made = quick_decoder(file)(latents)
        assert torch.allclose(made, network.decode(latents).sample, atol=1e-6)
    assert made.shape == (1, 3, 64, 64)
    file.write_bytes(b"none")
    with pytest.raises(ModelUnreadable, match="TAESD"):
        quick_decoder(file)


@pytest.mark.usefixtures("without_tiles")
def test_guidance_looks_through_taesd_where_it_is_there(
    models: Path, sitter: Identity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base, through_vae = make(sitter, 0.0), make(sitter, 1.0)
    assert taesd(FAMILIES["sd15"]) is None
    folder = tmp_path / "ComfyUI" / "models" / "vae_approx"
    tiny_taesd(folder / "taesd_decoder.safetensors")
    monkeypatch.setenv("HEADSHOTS_COMFYUI_DIR", str(tmp_path / "ComfyUI"))
    settings.cache_clear()
    assert taesd(FAMILIES["sd15"]) is not None and taesd(FAMILIES["klein"]) is None
    decoded: list[int] = []
    pixels = Unet.pixels

    def counted(self: Unet, latents: torch.Tensor) -> torch.Tensor:
        decoded.append(len(latents))
        return pixels(self, latents)

    monkeypatch.setattr(Unet, "pixels", counted)
    on = make(sitter, 1.0)
    monkeypatch.undo()
    settings.cache_clear()
    assert painting(on).guidance.decoder == "taesd"
    assert len(decoded) <= 5, "the VAE makes the picture and glimpses of it, but guides no step"
    assert np.abs(on.image - base.image).mean() > 1e-4, "on, it shows"
    assert np.abs(on.image - through_vae.image).mean() > 1e-4
    assert np.array_equal(make(sitter, 0.0).image, base.image)
