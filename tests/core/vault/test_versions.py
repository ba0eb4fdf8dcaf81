"""What is written goes over what was read: nobody comes back, and nothing newer is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from headshots.core.errors import ConsentMissing, SitterChanged, SitterForgotten
from headshots.core.generation.diffusion.tuning.stored import Writer
from headshots.core.identity.codec import to_bytes
from headshots.core.identity.identity import Identity
from headshots.core.identity.stored import KIND, stored_sitter
from headshots.core.progress import SILENT
from headshots.core.recipes.actions import retention as keeping
from headshots.core.recipes.actions.retention import clock, keep
from headshots.core.recipes.actions.sitters import (
    fingerprint_of_enrolment,
    load_sitter,
    save_sitter,
    store,
)
from headshots.core.vault import open_vault
from headshots.core.vault.consent import agreed
from headshots.core.vault.erasure import forget
from headshots.core.vault.shown_files import begin_anew

from .test_retention import named, stored


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Has something happen once, between the reading and the writing of `keep`."""

    def arrange(happens: Callable[[], object]) -> None:
        waiting = [happens]

        def write(identity: Identity) -> bytes:
            if waiting:
                waiting.pop()()
            return to_bytes(identity)

        monkeypatch.setattr(keeping, "to_bytes", write)

    return arrange


def test_changing_a_day_brings_nobody_back(
    home: Path, astronaut: Identity, meanwhile: Callable[[Callable[[], object]], None]
) -> None:
    stored(astronaut, "Ada")
    meanwhile(lambda: forget(open_vault(), "Ada"))
    with pytest.raises(SitterForgotten, match="Ada"):
        keep("Ada", 5)
    assert open_vault().sitters() == ()


def test_changing_a_day_keeps_a_newer_consent(
    home: Path, astronaut: Identity, meanwhile: Callable[[Callable[[], object]], None]
) -> None:
    stored(astronaut, "Ada")
    narrower = replace(
        named(astronaut, "Ada"), consent=agreed("Ada", "yes to generate, by phone", days=20)
    )
    meanwhile(lambda: store(narrower, replace=True))
    assert keep("Ada", 5).days_left == 5
    consent = stored_sitter("Ada", "manage").consent
    assert consent and consent.uses == ("generate",) and consent.how == "by phone"
    assert consent.days_left() == 5


def test_a_loaded_sitter_is_not_saved_once_they_are_forgotten(
    home: Path, astronaut: Identity
) -> None:
    stored(astronaut, "Ada")
    loaded, _ = load_sitter(SILENT, "Ada")
    forget(open_vault(), "Ada")
    with pytest.raises(SitterForgotten, match="Ada"):
        save_sitter(SILENT, loaded, True)
    assert open_vault().sitters() == ()
    stored(astronaut, "ada")  # enrolled anew
    with pytest.raises(SitterForgotten, match="Ada"):
        save_sitter(SILENT, loaded, True)
    assert open_vault().sitters() == ("ada",)


def test_a_loaded_sitter_does_not_replace_what_was_stored_since(
    home: Path, astronaut: Identity
) -> None:
    stored(astronaut, "Ada")
    loaded, _ = load_sitter(SILENT, "Ada")
    (saved,) = save_sitter(SILENT, replace(loaded, created="2026-01-01T00:00:00+00:00"), True)
    (again,) = save_sitter(SILENT, replace(saved, created="2026-01-02T00:00:00+00:00"), True)
    keep("Ada", 3)
    for late in (loaded, again):
        with pytest.raises(SitterChanged, match="Ada"):
            save_sitter(SILENT, late, True)
    assert clock("Ada").days_left == 3


def test_an_enrolment_from_before_a_forgetting_is_not_saved_after_it(
    home: Path, astronaut: Identity
) -> None:
    """A host keeps the enrolled sitter in its cache, and saves them a second time."""
    enrolled = replace(named(astronaut, "Ada"), version=begin_anew("Ada", KIND))
    before = fingerprint_of_enrolment(name="Ada")
    save_sitter(SILENT, enrolled, False)
    assert fingerprint_of_enrolment(name="Ada") == before
    forget(open_vault(), "Ada")
    with pytest.raises(SitterForgotten, match="Ada"):
        save_sitter(SILENT, enrolled, False)
    assert open_vault().sitters() == ()
    assert fingerprint_of_enrolment(name="Ada") != before  # so that the host enrols anew
    save_sitter(SILENT, replace(enrolled, version=begin_anew("Ada", KIND)), False)
    assert open_vault().sitters() == ("Ada",)


def test_what_a_tuning_learnt_of_one_who_is_forgotten_is_not_kept_with_one_enrolled_anew(
    home: Path, astronaut: Identity
) -> None:
    stored(astronaut, "Ada")
    loaded = stored_sitter("Ada", "manage")
    writer = Writer(open_vault(), loaded, "tuned-klein")
    writer.write(b"first")
    writer.write(b"second")
    assert open_vault().get("Ada", "tuned-klein") == b"second"
    forget(open_vault(), "Ada")
    with pytest.raises(SitterForgotten):
        writer.write(b"of the photos that were forgotten")
    stored(astronaut, "Ada")
    with pytest.raises(SitterForgotten):
        writer.write(b"of the photos that were forgotten")
    with pytest.raises(SitterForgotten):
        Writer(open_vault(), loaded, "tuned-klein")
    assert open_vault().kinds("Ada") == ("identity",)


def test_two_who_change_one_sitters_day_at_once_lose_nothing(
    home: Path, astronaut: Identity
) -> None:
    stored(astronaut, "Ada", days=30)

    def shorten(days: int) -> None:
        with suppress(ConsentMissing):  # another has made it less already
            keep("Ada", days)

    threads = [threading.Thread(target=shorten, args=(days,)) for days in (9, 7, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    consent = stored_sitter("Ada", "manage").consent
    assert consent and consent.last_day == open_vault().until("Ada")
    assert consent.days_left() == 5
