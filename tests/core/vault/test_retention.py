"""Days: until when sitters are kept, and that they are forgotten when these are over."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from headshots.core import cli
from headshots.core.errors import ConsentError, ConsentMissing, IdentityNotFound, InputError
from headshots.core.identity.codec import from_bytes
from headshots.core.identity.identity import Identity
from headshots.core.identity.stored import KIND
from headshots.core.progress import SILENT
from headshots.core.recipes.actions.retention import clock, clocks, keep
from headshots.core.recipes.actions.sitters import save_sitter
from headshots.core.settings import settings
from headshots.core.vault import open_vault
from headshots.core.vault.consent import agreed
from headshots.core.vault.policy import choose_retention_days, retention_days
from headshots.core.vault.receipts import is_of, own_key, read
from headshots.core.vault.shown_files import list_shown


def today() -> date:
    """Asked in each test, as a run of the suite may go over midnight."""
    return datetime.now(UTC).date()


def named(identity: Identity, name: str, days: int = 30) -> Identity:
    return replace(identity, name=name, consent=agreed(name, "yes", days=days))


def stored(identity: Identity, name: str, days: int = 30) -> None:
    save_sitter(SILENT, named(identity, name, days), False)


def overdue(home: Path, days: int = 1) -> None:
    """As if every sitter's last day had been so many days ago."""
    with closing(sqlite3.connect(home / "data" / "vault.sqlite3")) as db, db:
        last = (today() - timedelta(days=days)).isoformat()
        db.execute("UPDATE sitters SET until = ?", (last,))


def test_a_sitter_is_kept_until_the_day_they_agreed_to(home: Path, astronaut: Identity) -> None:
    stored(astronaut, "Ada", days=12)
    assert clock("Ada").until == today() + timedelta(days=12)
    assert clock("ada").days_left == 12
    open_vault().put("Bea", "note", b"1")
    assert clock("Bea").days_left == retention_days() == 30
    assert [each.name for each in clocks()] == ["Ada", "Bea"]


def test_for_less_by_wish_for_longer_by_consent_alone(home: Path, astronaut: Identity) -> None:
    stored(astronaut, "Ada")
    assert keep("Ada", 5).days_left == 5
    consent = from_bytes(open_vault().get("Ada", KIND)).consent
    assert consent and consent.days_left() == 5
    with pytest.raises(ConsentMissing, match="kept until"):
        keep("Ada", 6)
    with pytest.raises(ConsentError):
        keep("Ada", 6, "no")
    assert keep("Ada", 20, "yes, by phone").days_left == 20
    consent = from_bytes(open_vault().get("Ada", KIND)).consent
    assert consent and consent.how == "by phone" and consent.days_left() == 20
    for days in (-1, 31):
        with pytest.raises(InputError, match="30"):
            keep("Ada", days, "yes")


def test_the_last_day_is_still_the_sitters(home: Path, astronaut: Identity) -> None:
    stored(astronaut, "Ada")
    overdue(home, days=0)
    assert open_vault().sweep(today()) == ()
    assert clock("Ada").days_left == 0


def test_whose_day_is_over_is_forgotten_when_the_vault_is_opened(
    home: Path, astronaut: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored(astronaut, "Ada")
    preview = home / "preview.png"
    preview.write_bytes(b"a preview")
    list_shown([preview], ["Ada"])
    overdue(home)
    settings.cache_clear()
    monkeypatch.setenv("HEADSHOTS_MASTER", "auto")  # another process, as far as that goes
    with pytest.raises(IdentityNotFound):
        open_vault().get("Ada", KIND)
    assert not preview.exists()
    (receipt,) = (home / "data" / "receipts").iterdir()
    told = read(receipt, own_key(open_vault()) or "")
    assert told["why"] == "expiry" and is_of(told, "ADA")
    assert [entry.event for entry in open_vault().audit()][-1] == "expired"


def test_a_sweep_takes_those_alone_whose_day_is_over(home: Path) -> None:
    vault = open_vault()
    for name, days in {"Ada": -1, "Bea": 0, "Cleo": 1, "Dora": -40}.items():
        vault.put(name, "identity", b"1", until=today() + timedelta(days=days))
    assert {gone.name for gone in vault.sweep(today())} == {"Ada", "Dora"}
    assert vault.sitters() == ("Bea", "Cleo")
    assert vault.get("Cleo", "identity") == b"1"


def test_on_the_command_line(
    home: Path, astronaut: Identity, capsys: pytest.CaptureFixture[str]
) -> None:
    stored(astronaut, "Ada")
    last = (today() + timedelta(days=30)).isoformat()
    for command in (["identities"], ["retention"], ["retention", "ada"]):
        assert cli.run(command) == 0
        assert f"{last}\t30" in capsys.readouterr().out
    assert cli.run(["retention", "Ada", "--days", "3"]) == 0
    assert (today() + timedelta(days=3)).isoformat() in capsys.readouterr().out
    assert cli.run(["retention", "Ada", "--days", "9"]) == 11
    assert "consent.missing" in capsys.readouterr().err
    assert cli.run(["retention", "Ada", "--consent", "yes"]) == 0
    assert last in capsys.readouterr().out
    assert cli.run(["retention", "--consent", "yes"]) == 2


def test_the_policy_is_shown_and_changed(
    home: Path, astronaut: Identity, capsys: pytest.CaptureFixture[str]
) -> None:
    stored(astronaut, "Ada")
    assert cli.run(["retention"]) == 0
    assert "for 30 days at most" in capsys.readouterr().out
    assert cli.run(["retention", "--days", "9"]) == 0
    assert "for 9 days at most" in capsys.readouterr().out
    assert clock("Ada").days_left == 30  # as she agreed to
    open_vault().put("Bea", "note", b"1")
    assert clock("Bea").days_left == retention_days() == 9
    with pytest.raises(InputError, match="between 0 and 9"):
        keep("Ada", 10, "yes")
    last = open_vault().audit()[-2]
    assert (last.event, last.sitter, last.detail) == ("policy", "", "30 days, now 9")
    for days in ("0", "366", "-1"):
        assert cli.run(["retention", "--days", days]) == 2
        assert "between 1 and 365" in capsys.readouterr().err


def test_a_setting_goes_before_the_policy(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    choose_retention_days(open_vault(), 9)
    monkeypatch.setenv("HEADSHOTS_RETENTION_DAYS", "12")
    settings.cache_clear()
    assert retention_days() == 12
    open_vault().put("Ada", "note", b"1")
    assert clock("Ada").days_left == 12
    with pytest.raises(InputError, match="set to 12"):
        choose_retention_days(open_vault(), 9)


def test_renewed_consent_is_in_the_log(home: Path, astronaut: Identity) -> None:
    stored(astronaut, "Ada", days=5)
    keep("Ada", 20, "yes to generate, by phone")
    entry = open_vault().audit()[-1]
    last = today() + timedelta(days=20)
    assert (entry.event, entry.detail) == ("renewed", f"to generate, until {last}")


def test_the_policy_is_between_a_day_and_a_year(monkeypatch: pytest.MonkeyPatch) -> None:
    for days in ("0", "366"):
        monkeypatch.setenv("HEADSHOTS_RETENTION_DAYS", days)
        settings.cache_clear()
        with pytest.raises(InputError, match="RETENTION_DAYS"):
            settings()
    monkeypatch.undo()
    settings.cache_clear()
