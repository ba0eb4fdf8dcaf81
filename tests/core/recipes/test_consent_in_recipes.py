"""Consent in the steps: no enrolment without it, and no use that it doesn't cover."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from headshots.core import cli
from headshots.core.errors import (
    ConsentExpired,
    ConsentMissing,
    ConsentUnclear,
    ConsentWithheld,
    SitterForgotten,
)
from headshots.core.generation import Request, find_look
from headshots.core.identity.codec import from_bytes, to_bytes
from headshots.core.identity.enrollment import enrol
from headshots.core.identity.identity import Identity
from headshots.core.identity.stored import KIND
from headshots.core.images import Image
from headshots.core.picture import Picture
from headshots.core.portrait.portrait import Portrait
from headshots.core.progress import SILENT
from headshots.core.provenance import UNKNOWN, Provenance
from headshots.core.recipes.actions.files import deliver_pictures
from headshots.core.recipes.actions.generate import studio
from headshots.core.recipes.actions.sitters import enrol_sitter, save_sitter
from headshots.core.refinement.guard import refine
from headshots.core.settings import settings
from headshots.core.vault import open_vault
from headshots.core.vault.consent import agreed

PICTURE: Image = np.full((40, 32, 3), 0.5, np.float32)


def consenting(sitter: Identity, said: str) -> Identity:
    return replace(sitter, consent=agreed(sitter.name, said, days=30))


def deliver(folder: Path, provenance: Provenance, sitter: str = "") -> None:
    picture = Picture("p", Portrait(PICTURE), provenance, sitter)
    deliver_pictures(SILENT, [picture], "", str(folder), "full", "png")


def test_nobody_is_enrolled_without_consent() -> None:
    with pytest.raises(ConsentMissing, match="'Ada'"):
        enrol_sitter(SILENT, None, [PICTURE], "Ada", "", "only")
    with pytest.raises(ConsentUnclear):
        enrol_sitter(SILENT, None, [PICTURE], "Ada", "no", "only")


def test_another_persons_consent_is_refused() -> None:
    with pytest.raises(ConsentUnclear, match="'Bea'"):
        enrol("Ada", [], consent=agreed("Bea", "yes", days=30), analyser=None)  # type: ignore[arg-type]


def test_consent_is_kept_with_the_identity(sitter: Identity) -> None:
    assert sitter.consent is not None
    assert from_bytes(to_bytes(sitter)).consent == sitter.consent
    before = replace(sitter, consent=None)  # enrolled before consent was recorded
    assert from_bytes(to_bytes(before)).consent is None


def test_who_was_stored_before_consent_was_recorded_is_listed_and_forgotten_and_no_more(
    sitter: Identity,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for folder in ("CONFIG", "DATA"):
        monkeypatch.setenv(f"HEADSHOTS_{folder}_DIR", str(tmp_path / folder.lower()))
    settings.cache_clear()
    open_vault().put("Ada", KIND, to_bytes(replace(sitter, name="Ada", consent=None)))
    assert cli.run(["identities"]) == 0
    assert "Ada" in capsys.readouterr().out
    assert cli.run(["generate", "Ada", "--out", str(tmp_path / "out")]) == 11
    assert "consent.missing" in capsys.readouterr().err
    assert not list((tmp_path / "out").glob("*"))
    assert cli.run(["forget", "Ada", "--yes"]) == 0
    assert open_vault().sitters() == ()
    monkeypatch.undo()
    settings.cache_clear()


def test_no_picture_is_made_without_consent(sitter: Identity) -> None:
    looks = (find_look("studio-grey"),)
    for said in ("yes to deliver", "yes to tune"):
        with pytest.raises(ConsentWithheld, match="not to generate"):
            Request(consenting(sitter, said), looks, 1, 1)
        with pytest.raises(ConsentWithheld, match="not to generate"):
            refine(Portrait(PICTURE), consenting(sitter, said), refiners=["retouch"])
    with pytest.raises(ConsentMissing):
        Request(replace(sitter, consent=None), looks, 1, 1)
    assert sitter.consent is not None
    over = replace(sitter, consent=replace(sitter.consent, until="2020-01-01"))
    with pytest.raises(ConsentExpired):
        Request(over, looks, 1, 1)


def test_no_picture_is_delivered_without_consent(sitter: Identity, tmp_path: Path) -> None:
    look = (find_look("studio-grey"),)
    (made,), *_ = studio(
        SILENT, consenting(sitter, "yes to generate"), look, 1, 1, 256, False, False, "studio", None
    )
    with pytest.raises(ConsentWithheld):
        deliver(tmp_path, made.provenance)
    assert not list(tmp_path.iterdir())
    deliver(tmp_path, made.provenance.model_copy(update={"deliverable": True}))
    assert list(tmp_path.iterdir())


def test_a_picture_of_a_stored_sitter_asks_their_consent(sitter: Identity, tmp_path: Path) -> None:
    stored = consenting(replace(sitter, name="Kept to himself"), "yes to generate")
    save_sitter(SILENT, stored, True)
    try:
        with pytest.raises(ConsentWithheld, match="Kept to himself"):
            deliver(tmp_path, UNKNOWN, stored.name)
        assert not list(tmp_path.iterdir())
    finally:
        open_vault().forget(stored.name)
    with pytest.raises(SitterForgotten):
        deliver(tmp_path, UNKNOWN, stored.name)
    assert not list(tmp_path.iterdir())
