"""Models of ComfyUI's own, held to a sitter: a tiny UNet in the real engine, beside diffusers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import Flux2Transformer2DModel, StableDiffusionPipeline, UNet2DConditionModel

from headshots.core import cli
from headshots.core.generation.diffusion.adapters.attach import attached
from headshots.core.generation.diffusion.adapters.identity_conditioning import identity_conditioning
from headshots.core.generation.diffusion.adapters.installed import Adapter, AdapterKind
from headshots.core.generation.diffusion.families.detect import FAMILIES
from headshots.core.generation.diffusion.families.painter import SamplingParams
from headshots.core.generation.diffusion.families.stable_diffusion import Condition, Unet
from headshots.core.generation.diffusion.models.licences import UNKNOWN
from headshots.core.generation.diffusion.tuning.lora import put_on, take_off, to_file, trained
from headshots.core.generation.diffusion.tuning.stored import (
    PHOTOS,
    lora_kind,
    photos_of,
    realism_kind,
)
from headshots.core.identity.codec import to_bytes
from headshots.core.identity.identity import Identity
from headshots.core.settings import settings
from headshots.core.vault import open_vault

from ...mobilefacenet_onnx import arcface_512, recognising
from ...unsigned import unsigned
from .conftest import ASTRONAUT, PROBE, lay_out
from .graphs import Graph
from .prepare import ROOT, Environment
from .server import Server, serving

FACEID = "ip-adapter-faceid_sd15.safetensors"


def lora(network: Any, family: str, about: Mapping[str, str] | None = None) -> bytes:
    """A LoRA of random weights, always the same, as tuning writes it."""
    written = to_file(learnt(network, family), FAMILIES[family], about or {})
    take_off(network)
    return written


def learnt(network: Any, family: str) -> dict[str, torch.Tensor]:
    """Its weights, put on the network."""
    put_on(network, FAMILIES[family], 4, 0)
    chance = torch.Generator().manual_seed(1)
    for weight in trained(network).values():
        weight.data = torch.randn(weight.shape, generator=chance) * 0.3
    return trained(network)


def lent(folder: Path, *names: str) -> Path:
    """A folder with packages of ours that ComfyUI's environment lacks; what they need it has."""
    folder.mkdir()
    for name in names:
        found = distribution(name)
        for part in {file.parts[0] for file in found.files or () if file.parts[0] != ".."}:
            (folder / part).symlink_to(found.locate_file(part))
    return folder


@dataclass(frozen=True)
class Held:
    """A server with FaceID and a recogniser. folder: of the tiny model; file: it as one file;
    large: a tiny SDXL as one file.
    """

    server: Server
    folder: Path
    file: Path
    large: Path
    adapter: Path
    recogniser: Path


@pytest.fixture(scope="module")
def held(
    comfyui: Environment, photos: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Held]:
    from ...tiny.adapters import faceid
    from ...tiny.checkpoints import checkpoint
    from ...tiny.models import klein, sd15, sdxl

    parts, base = tmp_path_factory.mktemp("parts"), tmp_path_factory.mktemp("models_in_comfyui")
    folder = sd15(parts / "sd15")
    file = checkpoint(folder, parts / "one.safetensors")
    unet = UNet2DConditionModel.from_pretrained(folder, subfolder="unet")
    adapter = faceid(unet, base / "models" / "ipadapter" / FACEID)
    recogniser = arcface_512(parts)
    lay_out(photos, base / "input")
    (base / "models" / "loras").mkdir(parents=True, exist_ok=True)
    wide = sdxl(parts / "sdxl")
    large = checkpoint(wide, parts / "large.safetensors")
    unet_xl = UNet2DConditionModel.from_pretrained(wide, subfolder="unet")
    faceid(unet_xl, base / "models" / "ipadapter" / FACEID.replace("sd15", "sdxl"))
    flux = Flux2Transformer2DModel.from_pretrained(klein(parts / "klein"), subfolder="transformer")
    for network, family in ((unet, "sd15"), (unet_xl, "sdxl"), (flux, "klein")):
        (base / "models" / "loras" / f"{family}.safetensors").write_bytes(lora(network, family))
    variables = {
        "HEADSHOTS_INSIGHTFACE_DIR": str(recogniser),
        "HEADSHOTS_MODELS_DIR": str(parts),
        "PYTHONPATH": str(lent(base / "packages", "accelerate", "diffusers", "peft")),
    }
    packs = {"headshots": ROOT, PROBE.name: PROBE}
    with serving(comfyui, base, packs=packs, variables=variables) as running:
        yield Held(running, folder, file, large, adapter, recogniser)


@pytest.fixture(scope="module")
def painter(held: Held) -> Unet:
    return Unet(StableDiffusionPipeline.from_pretrained(held.folder, safety_checker=None))


@pytest.fixture(scope="module")
def levels(painter: Unet) -> torch.Tensor:
    """Noise levels from the second on: at the very first ComfyUI scales the noise anew."""
    return painter.levels(SamplingParams("", 4, 4.0, 1.0), (64, 64))


def sampled(
    held: Held,
    levels: torch.Tensor,
    *applied: dict[str, Any],
    patched: bool = False,
    file: Path | None = None,
) -> np.ndarray:
    """Latents that the engine makes with a chain of Apply Sitter nodes."""
    graph = Graph()
    model = graph.add("ProbeModel", file=str(file or held.file), patched=patched)
    for each in applied:
        given = {"accept_licence": True, **each, "identity": [graph.load(each["identity"]), 0]}
        model = graph.add("HeadshotsApplySitter", model=[model, 0], **given)
    shown = graph.add("ProbeSample", model=[model, 0], levels=json.dumps(levels[1:].tolist()))
    run = held.server.run(graph.prompt).succeeded()
    return np.array(json.loads(run.outputs[shown]["made"][0]))


@pytest.mark.parametrize("family", ["sd15", "sdxl"])
def test_a_model_is_held_to_the_sitter(
    family: str, held: Held, levels: torch.Tensor, ada: str
) -> None:
    file = held.large if family == "sdxl" else held.file

    def made(*applied: dict[str, Any]) -> np.ndarray:
        return sampled(held, levels, *applied, file=file)

    base = made()
    on = made({"identity": ada})
    assert np.array_equal(on, made({"identity": ada})), "again the same"
    assert np.abs(on - base).mean() > 1e-3, "on, it shows"
    other = made({"identity": ASTRONAUT})
    assert np.abs(on - other).mean() > 1e-4, "two sitters differ"
    assert np.array_equal(made({"identity": ada, "strength": 0.0}), base)
    both = made({"identity": ada}, {"identity": ASTRONAUT})
    assert np.abs(both - on).mean() > 1e-4 and np.abs(both - other).mean() > 1e-4
    assert np.array_equal(made(), base), "and off, it is gone"


def test_what_other_packs_patched_stays(held: Held, levels: torch.Tensor, ada: str) -> None:
    theirs = sampled(held, levels, patched=True)
    both = sampled(held, levels, {"identity": ada}, patched=True)
    ours = sampled(held, levels, {"identity": ada})
    assert np.abs(both - theirs).mean() > 1e-3
    assert np.abs(both - ours).mean() > 1e-5, "their patch still counts"


def test_it_does_what_diffusers_does(
    held: Held, painter: Unet, levels: torch.Tensor, ada: str, sitter: Identity
) -> None:
    def random(seed: int, *shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=torch.Generator().manual_seed(seed))

    with recognising(held.recogniser):
        embeddings, faces = identity_conditioning(sitter, AdapterKind.FACEID)
    text = torch.cat([random(3, 1, 77, 32), random(2, 1, 77, 32)])
    latents = random(1, 1, 4, 8, 8) * levels[1]
    adapter = Adapter(AdapterKind.FACEID, "sd15", held.adapter, UNKNOWN)
    with torch.no_grad(), attached(painter.pipeline, adapter, embeddings, faces, 0.8) as on:
        condition = Condition(text, {"image_embeds": on.embeddings([0], True)}, 4.0, None)
        for step in range(1, len(levels) - 1):
            clean = painter.predict(latents, levels, step, condition)
            slope = (latents - clean) / levels[step]
            latents = latents + slope * (levels[step + 1] - levels[step])
    ours = latents.flatten().numpy() / painter.pipeline.vae.config.scaling_factor
    theirs = sampled(held, levels, {"identity": ada})
    assert np.abs(ours - theirs).max() < 2e-3 * np.abs(ours).max()


@pytest.mark.parametrize("name", ["sd15", "sdxl"])
def test_a_tuned_model_is_as_with_comfyuis_own_loader(
    name: str, held: Held, levels: torch.Tensor, ada: str, sitter: Identity
) -> None:
    file = held.large if name == "sdxl" else held.file
    assert sitter.consent is not None
    who = f"Tuned {name}"
    consent = replace(sitter.consent, who=who, uses=("generate", "tune"))
    identity = replace(sitter, name=who, consent=consent)
    vault, family = open_vault(), FAMILIES[name]
    vault.put(who, "identity", to_bytes(identity))
    folder = held.folder.with_name(name)
    unet = UNet2DConditionModel.from_pretrained(folder, subfolder="unet")
    written = lora(unet, name, {PHOTOS: photos_of(identity)})
    vault.put(who, lora_kind(family), written)
    vault.put(who, realism_kind(family), b"")

    def made(**given: Any) -> np.ndarray:
        return sampled(held, levels, {"identity": who, "accept_licence": False, **given}, file=file)

    base, ours = sampled(held, levels, file=file), made()
    graph = Graph()
    model = graph.add("ProbeModel", file=str(file), patched=False)
    own = graph.add(
        "LoraLoaderModelOnly", model=[model, 0], lora_name=f"{name}.safetensors", strength_model=0.8
    )
    shown = graph.add("ProbeSample", model=[own, 0], levels=json.dumps(levels[1:].tolist()))
    theirs = held.server.run(graph.prompt).succeeded().outputs[shown]["made"][0]
    assert np.abs(ours - base).mean() > 1e-3
    assert np.array_equal(ours, np.array(json.loads(theirs)))
    assert np.array_equal(made(strength=0.0), base)
    both = made(accept_licence=True)
    assert np.abs(both - ours).mean() > 1e-4, "with FaceID beside it"
    only = made(accept_licence=True, tuned=False)
    assert np.abs(both - only).mean() > 1e-4


def test_a_tuned_klein_is_what_comfyuis_own_loader_adds(held: Held) -> None:
    folder = held.folder.with_name("klein")
    network = Flux2Transformer2DModel.from_pretrained(folder, subfolder="transformer")
    weights = learnt(network, "klein")

    def change(layer: str) -> torch.Tensor:
        down, up = (
            next(each for name, each in weights.items() if name.startswith(f"{layer}.lora_{kind}."))
            for kind in "AB"
        )
        return 0.8 * (up @ down).detach()

    double = "transformer_blocks.0.attn"
    wanted = {
        "double_blocks.0.img_attn.qkv": torch.cat(
            [change(f"{double}.{each}") for each in ("to_q", "to_k", "to_v")]
        ),
        "double_blocks.0.img_attn.proj": change(f"{double}.to_out.0"),
    }
    for number in range(len(network.single_transformer_blocks)):
        single = f"single_transformer_blocks.{number}.attn"
        wanted[f"single_blocks.{number}.linear1"] = change(f"{single}.to_qkv_mlp_proj")
        wanted[f"single_blocks.{number}.linear2"] = change(f"{single}.to_out")
    graph = Graph()
    model = graph.add("ProbeFlux")
    own = graph.add(
        "LoraLoaderModelOnly", model=[model, 0], lora_name="klein.safetensors", strength_model=0.8
    )
    shown = graph.add("ProbeChanges", model=[own, 0])
    added = json.loads(held.server.run(graph.prompt).succeeded().outputs[shown]["added"][0])
    assert set(added) == {f"diffusion_model.{name}.weight" for name in wanted}
    for name, each in wanted.items():
        there = np.array(added[f"diffusion_model.{name}.weight"])
        assert there.shape == each.shape and np.abs(there - each.numpy()).max() < 1e-5


def test_its_licence_has_to_be_accepted(held: Held, levels: torch.Tensor, ada: str) -> None:
    graph = Graph()
    model = graph.add("ProbeModel", file=str(held.file), patched=False)
    applied = graph.add("HeadshotsApplySitter", model=[model, 0], identity=[graph.load(ada), 0])
    graph.add("ProbeSample", model=[applied, 0], levels=json.dumps(levels[1:].tolist()))
    run = held.server.run(graph.prompt)
    assert run.detail["exception_type"] == "headshots.generation.licence-not-accepted"


def test_one_input_changes_who_makes_the_pictures_as_on_the_command_line(
    held: Held, ada: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADSHOTS_MODELS_DIR", str(held.folder.parent))
    monkeypatch.chdir(tmp_path)
    settings.cache_clear()
    made: list[bytes] = []
    for generator in ("studio", "diffusion"):
        graph = Graph()
        painting = graph.add("HeadshotsPainting", model="sd15", steps=1, adapter="none")
        more = {"generator": generator, "painting": [painting, 0], "count": 1}
        pictures = graph.studio(graph.load(ada), **more)
        folder = f"by/{generator}"
        graph.add("HeadshotsDeliver", pictures=[pictures, 0], folder=folder, format="png")
        held.server.run(graph.prompt).succeeded()
        (tmp_path / "recipe.json").write_text(json.dumps(graph.prompt), "utf-8")
        assert cli.run(["run", "recipe.json"]) == 0
        (there,), (here,) = (
            sorted((base / folder).glob("*.png"))
            for base in (held.server.base / "output", tmp_path)
        )
        made.append(unsigned(here.read_bytes()))
        assert unsigned(there.read_bytes()) == made[-1]
    assert made[0] != made[1]
    monkeypatch.undo()
    settings.cache_clear()


def test_references_go_to_encoders(held: Held, ada: str) -> None:
    graph = Graph()
    shown = graph.add("HeadshotsSitterReferences", identity=[graph.load(ada), 0], width=256)
    looks = [graph.look(images=[shown, place]) for place in range(3)]
    run = held.server.run(graph.prompt).succeeded()
    for look in looks:
        (seen,) = json.loads(run.outputs[look]["seen"][0])["images"]
        assert seen["shape"] == [1, 256, 256, 3] and seen["high"] > 0.5


def test_references_hang_on_a_conditioning(held: Held, ada: str) -> None:
    def hung(name: str) -> list[np.ndarray]:
        graph = Graph()
        shown = graph.add("HeadshotsSitterReferences", identity=[graph.load(name), 0], width=256)
        latents = [graph.add("ProbeLatents", image=[shown, place]) for place in range(3)]
        hanging: list[Any] = [latents[0], 1]
        for each in latents:
            node = graph.add("ReferenceLatent", conditioning=hanging, latent=[each, 0])
            hanging = [node, 0]
        told = graph.add("ProbeReferences", conditioning=hanging)
        run = held.server.run(graph.prompt).succeeded()
        return [np.array(each) for each in json.loads(run.outputs[told]["held"][0])]

    ours, theirs = hung(ada), hung(ASTRONAUT)
    assert [each.shape for each in ours] == [(1, 3, 32, 32)] * 3
    assert np.abs(ours[0] - ours[1]).mean() > 0.02, "another photo"
    assert np.abs(ours[0] - theirs[0]).mean() > 0.02, "two sitters differ"
    assert np.array_equal(theirs[0], theirs[1]), "of one photo, the same again"
