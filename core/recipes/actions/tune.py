"""The step that tunes a model to a stored sitter."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import InputError
from ...generation.diffusion.models.libraries import require_packages
from ...generation.diffusion.models.model_pool import chosen_model
from ...generation.diffusion.tuning.stored import photos_of, tuned_to
from ...identity.identity import Identity
from ...identity.stored import stored_sitter
from ...photos import Photo
from ...progress import Progress
from ...vault import open_vault
from ...vault.shown_files import write_shown

if TYPE_CHECKING:
    from ...generation.diffusion.tuning.tuner import Tuned


def tune_sitter(
    progress: Progress,
    identity: Identity,
    model: str,
    steps: int,
    rank: int,
    others: list[Photo] | None,
    seed: int,
    accept_licence: bool,
) -> tuple[Identity, str]:
    """HeadshotsTuneSitter."""
    if photos_of(stored_sitter(identity.name, "tune")) != photos_of(identity):
        raise InputError(
            f"The stored photos of {identity.name!r} differ from those that were given",
            "Save the sitter first, or load the one that is stored.",
        )
    require_packages()
    from ...generation.diffusion.tuning.tuner import Tuning, tune

    tuning = Tuning(model.strip(), steps=steps, rank=rank, seed=seed, accept_licence=accept_licence)
    tuned = tune(identity, tuning, open_vault(), others or (), progress)
    return identity, "\n".join(_report(identity.name, tuned))


def write_lora(name: str, model: str, file: Path) -> str:
    """Write a sitter's LoRA for `model` to `file`; erasing the sitter removes the file.

    Returns:
        What was done, in words; nothing is written if there is no such LoRA.

    Raises:
        WriteFailed: it can't be written.
    """
    identity, vault = stored_sitter(name, "tune"), open_vault()
    tuned = tuned_to(identity, chosen_model(model, accept_licence=True).family, vault)
    if tuned is None:
        return f"Nothing was written to {file}, as no such model is tuned to {identity.name}"
    write_shown({file: tuned.lora}, [identity.name])
    return f"The LoRA is in {file}"


def _report(name: str, tuned: Tuned) -> list[str]:
    if not tuned.lora:
        return [
            f"Nothing was kept: {tuned.steps} steps did not improve likeness on the held-out photo",
            "Enrol more and sharper photos, or try another model",
        ]
    return [
        f"{tuned.model} is tuned to {name}, by what was learnt in {tuned.learnt} of "
        f"{tuned.steps} steps",
        f"Likeness of a photo that wasn't shown, painted again: {tuned.before:.3f} before, "
        f"{tuned.after:.3f} after",
        f"Error on the photos: {tuned.error_before:.3f} before, {tuned.error_after:.3f} after",
        "No network learnt to tell photos from what the model makes, so nothing is said of it"
        if tuned.auc_before is None or tuned.auc_after is None
        else "Photos are told from the same ones painted again in "
        f"{tuned.auc_before:.0%} of cases before, {tuned.auc_after:.0%} after (50% is chance)",
    ]
