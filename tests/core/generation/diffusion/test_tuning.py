"""A model tuned to a sitter: it learns, goes on where it was killed, and is forgotten with them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from headshots.core.errors import (
    Cancelled,
    ConsentWithheld,
    IdentityNotFound,
    InputError,
    NotEnoughMemory,
)
from headshots.core.generation import GENERATORS, Candidate, Request, find_look
from headshots.core.generation.diffusion.families.painter import PaintJob, SamplingParams
from headshots.core.generation.diffusion.models import model_pool as opening
from headshots.core.generation.diffusion.models.model_pool import MODEL_POOL
from headshots.core.generation.diffusion.sampling.sampler import paint
from headshots.core.generation.diffusion.tuning.discriminator import Critic, face_of
from headshots.core.generation.diffusion.tuning.examples import examples, in_class
from headshots.core.generation.diffusion.tuning.lora import (
    applied,
    put_on,
    sitter_lora,
    take_off,
    to_file,
    trained,
    without,
)
from headshots.core.generation.diffusion.tuning.plot import LIKENESS, SHOWN
from headshots.core.generation.diffusion.tuning.stored import (
    lora_kind,
    realism_kind,
    run_kind,
    tuned_to,
)
from headshots.core.generation.diffusion.tuning.training import LOSSES, Material, Training
from headshots.core.generation.diffusion.tuning.tuner import Tuned, tune
from headshots.core.identity.codec import to_bytes
from headshots.core.identity.identity import Identity
from headshots.core.images import Image, to_u8
from headshots.core.painting import Painting
from headshots.core.progress import Progress
from headshots.core.safetensors_header import metadata_of
from headshots.core.vault import Vault
from headshots.core.vault.erasure import forget
from headshots.core.vault.sealed import SealedVault

from ....histories import painting
from . import killed
from .killed import TINY

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _models(models: Path) -> None:
    """Tiny models, for every test here."""


@pytest.fixture(scope="module")
def willing(sitter: Identity) -> Identity:
    """A sitter who consented to being tuned on."""
    assert sitter.consent is not None
    return replace(sitter, consent=replace(sitter.consent, uses=("generate", "tune")))


@pytest.fixture(scope="module")
def module_vault(tmp_path_factory: pytest.TempPathFactory, willing: Identity) -> SealedVault:
    folder = tmp_path_factory.mktemp("vault")
    vault = SealedVault(folder / "vault.sqlite3", folder / "keys", "file")
    vault.put(willing.name, "identity", to_bytes(willing))
    return vault


@pytest.fixture
def vault(tmp_path: Path, willing: Identity) -> SealedVault:
    vault = SealedVault(tmp_path / "vault.sqlite3", tmp_path / "keys", "file")
    vault.put(willing.name, "identity", to_bytes(willing))
    return vault


def painted(painter: Any) -> np.ndarray:
    """What the network makes of the same beginning."""
    begun = PaintJob(np.full((64, 64, 3), 0.5, np.float32), None, None, "photograph", 5)
    ((_, image),) = paint(painter, SamplingParams("", 2, 1.0, 1.0), iter([begun]), 1)
    return image


def test_it_learns_the_sitter(tiny_models: Path, willing: Identity) -> None:
    # Latents of real models have about unit variance; those of the tiny one have a 27th of it.
    folder = shutil.copytree(tiny_models / "sd15", tiny_models / "sd15-scaled")
    config = json.loads((folder / "vae" / "config.json").read_text("utf-8"))
    (folder / "vae" / "config.json").write_text(json.dumps({**config, "scaling_factor": 4.9}))
    template = willing.templates["mobilefacenet"].vector
    try:
        with MODEL_POOL.bare("sd15-scaled", False) as (opened, _):
            painter = opened.painter
            shown = examples(willing, 128)
            with torch.no_grad():
                latents = torch.cat([painter.encode([each.start]) for each in shown.sitter])
                anybody = painter.encode([np.full((128, 128, 3), 0.5, np.float32)])
            material = Material(latents, shown.sitter, anybody, in_class(shown.sitter, 1))
            put_on(painter.network, opened.model.family, 8, 0)
            painter.network.enable_gradient_checkpointing()
            faces = [face_of(each.start, each.face) for each in shown.sitter]
            critic = Critic(faces, faces, 0, torch.device("cpu"))
            training = Training(
                painter, material, template, critic, painter.pixels, seed=0, rate=1e-2
            )
            losses = [training.step(number, True) for number in range(40)]
            with without(painter.network):
                before = training.error(16)
            now = training.error(16)
            with training.averaged():
                averaged = training.error(16)
            painter.network.disable_gradient_checkpointing()
            take_off(painter.network)
    finally:
        shutil.rmtree(folder)
    assert now < 0.85 * before and averaged < before
    assert set().union(*losses) == set(LOSSES)


def test_gradient_checkpointing_changes_no_gradient(willing: Identity) -> None:
    def gradients(checkpointed: bool) -> list[torch.Tensor]:
        with MODEL_POOL.bare("klein", False) as (opened, _):
            network = opened.painter.network
            put_on(network, opened.model.family, 4, 0)
            if checkpointed:
                network.enable_gradient_checkpointing()
            shown = examples(willing, 64).sitter[:1]
            with torch.no_grad():
                latents = opened.painter.encode([shown[0].start])
            face = face_of(shown[0].start, shown[0].face)
            training = Training(
                opened.painter,
                Material(latents, shown, latents, shown),
                willing.templates["mobilefacenet"].vector,
                Critic([face], [face], 0, torch.device("cpu")),
                opened.painter.pixels,
                seed=0,
                rate=1e-3,
            )
            training.step(0, True)
            network.disable_gradient_checkpointing()
            made = [each.grad.clone() for each in training.weights.values()]
            take_off(network)
        return made

    for plain, again in zip(gradients(False), gradients(True), strict=True):
        assert torch.allclose(plain, again, atol=1e-6)


def test_captions_name_scene_and_pose_and_nothing_of_the_person(willing: Identity) -> None:
    shown = examples(willing, 128)
    prompts = [each.prompt for each in shown.sitter]
    assert all(each.startswith("photograph of ohwx person, ") for each in prompts)
    assert any("close-up" in each for each in prompts)
    assert any("head and shoulders" in each for each in prompts)
    words = " ".join(prompts)
    assert not any(word in words for word in ("skin", "eyes", "mole", "freckle", "hair", "beard"))
    assert all("background" in each for each in prompts)


def test_squares_lie_within_the_photo_and_are_sharp_enough(willing: Identity) -> None:
    small, large = examples(willing, 128), examples(willing, 1024)
    assert len(small.sitter) > len(small.heads), "in several sizes"
    assert len({each.start.shape for each in small.sitter}) == 1
    assert len(large.sitter) < len(small.sitter), "what had to be enlarged is left out"


@pytest.mark.parametrize("name", ["sd15", "sdxl", "klein"])
def test_a_reloaded_lora_paints_as_the_trained_one(name: str) -> None:
    with MODEL_POOL.bare(name, False) as (opened, pipeline):
        painter, family = opened.painter, opened.model.family
        base = painted(painter)
        put_on(painter.network, family, 4, 0)
        assert np.array_equal(painted(painter), base), "it begins with no effect"
        chance = torch.Generator().manual_seed(1)
        for weight in trained(painter.network).values():
            weight.data = torch.randn(weight.shape, generator=chance) * 0.3
        trained_one = painted(painter)
        data = to_file(trained(painter.network), family, {})
        take_off(painter.network)
        assert np.array_equal(painted(painter), base), "off, the base to the bit"
        with applied(pipeline, family, [sitter_lora(data)]):
            again = painted(painter)
        assert np.array_equal(painted(painter), base)
    assert np.abs(trained_one - base).mean() > 0.01
    assert np.abs(again - trained_one).max() < 1e-4


@pytest.fixture(scope="module")
def plots() -> list[Image]:
    """What was shown while `done` came to be."""
    return []


@pytest.fixture(scope="module")
def done(
    module_vault: SealedVault, willing: Identity, tiny_models: Path, plots: list[Image]
) -> Iterator[Tuned]:
    from headshots.core.settings import settings

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEADSHOTS_MODELS_DIR", str(tiny_models))
        settings.cache_clear()
        watched = Progress(lambda _, __, shown: plots.append(shown) if shown is not None else None)
        yield tune(willing, TINY, module_vault, progress=watched)
    settings.cache_clear()


def test_it_is_kept_with_the_sitter(
    done: Tuned, module_vault: SealedVault, willing: Identity
) -> None:
    assert done.after > done.before and 0 < done.learnt <= done.steps == TINY.steps
    with MODEL_POOL.bare("klein", False) as (opened, _):
        family = opened.model.family
    kept = tuned_to(willing, family, module_vault)
    assert kept is not None and kept.lora == done.lora and kept.model == "klein"
    assert run_kind(family) not in module_vault.kinds(willing.name), "the run is over"
    fewer = replace(willing, photos=willing.photos[:2])
    assert tuned_to(fewer, family, module_vault) is None, "of other photos"
    assert willing.consent is not None
    unwilling = replace(willing, consent=replace(willing.consent, uses=("generate",)))
    assert tuned_to(unwilling, family, module_vault) is None


def test_progress_shows_the_losses_and_the_likeness(done: Tuned, plots: list[Image]) -> None:
    assert len(plots) == TINY.steps // TINY.judged
    for shown in plots:
        assert shown.shape == (384, 480, 3) and shown.dtype == np.float32
        assert shown.min() >= 0 and shown.max() <= 1
    assert not np.array_equal(plots[0], plots[-1]), "the curves grow"
    drawn = to_u8(plots[-1])[100:].reshape(-1, 3).astype(np.float32)  # below the words
    # Three photos are too few for a discriminator, so that it has no curve.
    losses = [(title, colour) for loss, title, colour in SHOWN if loss != "critic"]
    for name, colour in (*losses, LIKENESS):
        assert np.abs(drawn - colour).max(axis=1).min() < 16, name


def test_the_generator_uses_it(
    module_vault: SealedVault, done: Tuned, willing: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "open_vault", lambda: module_vault)

    def made(identity: Identity, tuned: bool) -> Candidate:
        painting = Painting("klein", steps=1, tuned=tuned)
        request = Request(identity, (find_look("studio-grey"),), 1, 3, 256, painting=painting)
        (candidate,) = GENERATORS.get("diffusion").generate(request)
        return candidate

    on, off = made(willing, True), made(willing, False)
    assert np.abs(on.image - off.image).mean() > 1e-3
    assert painting(on).by.tuned == "klein" and painting(off).by.tuned == ""
    assert "headshot of ohwx person" in painting(on).prompt
    assert on.provenance.realism is None, "three photos are too few for a discriminator"
    somebody = replace(willing, name="Somebody")
    with MODEL_POOL.open(Painting("klein"), somebody) as opened:
        assert opened.tuned is None, "nobody else wears it"


def test_a_killed_run_goes_on_to_the_bit(
    done: Tuned, vault: SealedVault, tmp_path: Path, willing: Identity
) -> None:
    run = subprocess.run(
        [
            *(sys.executable, killed.__file__),
            *(vault.file, tmp_path / "keys", willing.name, "13"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode < 0, run.stderr
    seen: list[str] = []
    again = tune(willing, TINY, vault, progress=Progress(lambda _, note, __: seen.append(note)))
    assert next(each for each in seen if "error" in each).startswith("Step 11 ")
    assert again == done, "what is learnt, to the byte"


def test_a_stopped_run_is_remembered(vault: SealedVault, willing: Identity) -> None:
    seen: list[str] = []
    stopping = Progress(
        lambda _, note, __: seen.append(note),
        lambda: bool(seen) and seen[-1].startswith("Step 2 "),
    )
    with pytest.raises(Cancelled):
        tune(willing, TINY, vault, progress=stopping)
    held = metadata_of(vault.get(willing.name, "tuning-klein"))
    assert json.loads(held["run"])["step"] == 3


# As short as shows it.
SHORT = replace(TINY, steps=4, judged=2)


class Shortage:
    """Lets memory run out where a painter's network is called.

    runs_out: whether it does at a call; told how many came before it while training or painting.
    """

    def __init__(self, painter: type, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls = {"training": 0, "painting": 0}
        self.runs_out: Callable[[str, int], bool] = lambda _, __: False
        original = painter.predict

        def predict(painter: Any, *about: Any) -> Any:
            doing = "training" if torch.is_grad_enabled() else "painting"
            self.calls[doing] += 1
            if self.runs_out(doing, self.calls[doing]):
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")
            return original(painter, *about)

        monkeypatch.setattr(painter, "predict", predict)


@pytest.fixture
def shortage(monkeypatch: pytest.MonkeyPatch) -> Shortage:
    monkeypatch.setattr(MODEL_POOL, "_opened", None)
    with MODEL_POOL.bare(TINY.model, False) as (opened, _):
        return Shortage(type(opened.painter), monkeypatch)


@pytest.mark.usefixtures("without_tiles")
def test_where_memory_runs_out_once_it_goes_on(
    shortage: Shortage, vault: SealedVault, willing: Identity
) -> None:
    shortage.runs_out = lambda doing, call: call == {"training": 3, "painting": 1}[doing]
    assert tune(willing, SHORT, vault).steps == 4
    # Two passes a step, and the third once more.
    assert shortage.calls["training"] == 2 * 4 + 1


def test_where_memory_runs_out_again_the_run_is_remembered(
    shortage: Shortage, vault: SealedVault, willing: Identity
) -> None:
    shortage.runs_out = lambda doing, call: doing == "training" and call > 2
    with pytest.raises(NotEnoughMemory, match="in step 2 "):
        tune(willing, SHORT, vault)
    held = metadata_of(vault.get(willing.name, "tuning-klein"))
    assert json.loads(held["run"])["step"] == 1


def test_forgotten_with_the_sitter(vault: SealedVault, willing: Identity) -> None:
    for kind in ("tuned-sd15", "realism-sd15", "tuning-sd15"):
        vault.put(willing.name, kind, b"some")
    forget(vault, willing.name)
    assert not vault.kinds(willing.name)
    with pytest.raises(IdentityNotFound):
        tune(willing, TINY, vault)
    assert not vault.kinds(willing.name)


def test_what_can_not_be_is_refused(vault: Vault, willing: Identity, sitter: Identity) -> None:
    with pytest.raises(ConsentWithheld, match="not to tune"):
        tune(sitter, TINY, vault)
    with pytest.raises(InputError, match="steps of 0"):
        tune(willing, replace(TINY, steps=0), vault)


def test_kinds_can_be_stored() -> None:
    from headshots.core.generation.diffusion.families.detect import FAMILIES
    from headshots.core.vault import check_kind

    for family in FAMILIES.values():
        for kind in (lora_kind, realism_kind, run_kind):
            assert check_kind(kind(family)) == kind(family)
