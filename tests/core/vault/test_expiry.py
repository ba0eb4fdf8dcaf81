"""Nobody expires in silence, nor by a wrong clock."""

from __future__ import annotations

import json
import os
import pty
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from headshots.core import cli
from headshots.core.settings import settings
from headshots.core.vault import FILE, _opened, open_vault
from headshots.core.vault.shown_files import write_shown

RUN = [sys.executable, "-c", "from headshots.core.cli import main; main()"]


def today() -> date:
    """Asked in each test, as a run of the suite may go over midnight."""
    return datetime.now(UTC).date()


@pytest.fixture
def expired(home: Path) -> Iterator[Path]:
    """Ada's last day was yesterday; a delivered picture of hers is there."""
    picture = home / "ada.png"
    open_vault().put("Ada Lovelace", "identity", b"1", until=today() - timedelta(days=1))
    write_shown({picture: b"her face"}, ["Ada Lovelace"], handed="delivered")
    write_shown({home / "sheet.png": b"her face"}, ["Ada Lovelace"])
    _opened.cache_clear()
    yield picture
    settings.cache_clear()


def in_a_terminal(*arguments: str) -> str:
    """What the command line shows there."""
    screen, end = pty.openpty()
    ran = subprocess.Popen([*RUN, *arguments], stdin=end, stdout=end, stderr=end)
    os.close(end)
    shown = b""
    while True:
        try:
            part = os.read(screen, 10_000)
        except OSError:  # Linux's way to say that nobody has the other end any more
            break
        if not part:
            break
        shown += part
    os.close(screen)
    assert ran.wait() == 0, shown
    return shown.decode()


@pytest.mark.skipif(os.name != "posix", reason="terminals are POSIX's")
def test_a_terminal_shows_once_who_expired_and_what_is_left(expired: Path) -> None:
    shown = in_a_terminal("audit")
    assert "vault.expired: 'Ada Lovelace' was forgotten" in shown
    assert "ada.png" in shown and "sheet.png" not in shown
    assert "vault.expired" not in in_a_terminal("audit")
    assert expired.exists()


def test_a_log_is_told_without_a_name_until_somebody_has_seen_it(
    expired: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        assert cli.run(["audit", "--json"]) == 0
        shown = capsys.readouterr()
        assert json.loads(shown.out)
        assert shown.err.startswith("vault.expired: 1 sitter was forgotten")
        assert "Ada" not in shown.err and "ada.png" not in shown.err
    assert cli.run(["retention"]) == 0
    shown = capsys.readouterr()
    assert "'Ada Lovelace' was forgotten" in shown.out and str(expired) in shown.out
    assert shown.err == ""
    assert cli.run(["retention"]) == 0
    shown = capsys.readouterr()
    assert "Ada" not in shown.out and shown.err == ""


def test_whoever_asks_for_one_who_expired_is_told_so(
    expired: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["generate", "ada lovelace", "--out", str(expired.parent / "out")]) == 4
    assert f"was forgotten on {today()}" in capsys.readouterr().err


def test_no_name_lies_in_plain_while_nobody_has_seen_it(expired: Path, home: Path) -> None:
    open_vault()
    assert open_vault().notices()
    with closing(sqlite3.connect(home / "data" / FILE)) as db:
        (sealed,) = db.execute("SELECT sealed FROM notices").fetchone()
    assert b"Ada" not in sealed and b"png" not in sealed
    for file in (home / "data").rglob("*"):
        assert not file.is_file() or b"Lovelace" not in file.read_bytes()


def test_a_wrong_clock_erases_nobody_until_it_is_said_to_be_right(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    open_vault().put("Ada", "identity", b"1", until=today() - timedelta(days=1))
    # The vault was last used long ago, as far as it knows.
    with closing(sqlite3.connect(home / "data" / FILE)) as db:
        db.executescript("DROP TRIGGER audit_is_not_changed; DROP TRIGGER audit_is_not_cut;")
        db.execute("UPDATE audit SET at = '2020-02-01T10:00:00+00:00'")
        db.execute("INSERT OR REPLACE INTO facts VALUES ('day', '2020-02-03')")
        db.commit()
    for command in (["retention"], ["retention", "--json"], ["identities"]):
        _opened.cache_clear()
        cli.run(command)
        shown = capsys.readouterr()
        assert "vault.clock-doubtful: The clock says" in shown.err and "2020-02-03" in shown.err
        assert "Ada" not in shown.err
    assert open_vault().sitters() == ("Ada",)
    _opened.cache_clear()
    assert cli.run(["retention", "--sweep"]) == 0
    shown = capsys.readouterr()
    assert "'Ada' was forgotten" in shown.out and "clock" not in shown.err
    assert open_vault().sitters() == ()


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_a_folder_that_others_can_write_is_told(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    open_vault().put("Ada", "note", b"1")
    (home / "data").chmod(0o770)
    assert cli.run(["retention"]) == 0
    assert "vault.folder-open: Others on this machine can write" in capsys.readouterr().err
    cli.run(["doctor"])
    shown = capsys.readouterr()
    assert "Others can write to" in shown.out + shown.err
    (home / "data").chmod(0o700)
    assert cli.run(["retention"]) == 0
    assert capsys.readouterr().err == ""
