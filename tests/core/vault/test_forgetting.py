"""Forgetting: everything goes, a receipt proves it, and the log tells it without naming anybody."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import zipfile
from contextlib import closing, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from headshots.core import cli, files
from headshots.core.delivery.formats import Delivery
from headshots.core.errors import (
    InputError,
    ReceiptInvalid,
    SitterForgotten,
    StorageFailed,
    VaultDamaged,
)
from headshots.core.files import part_of, write_file
from headshots.core.identity.identity import Identity
from headshots.core.picture import Picture
from headshots.core.portrait.portrait import Portrait
from headshots.core.progress import SILENT
from headshots.core.recipes.actions import files as delivering
from headshots.core.recipes.actions.export import export
from headshots.core.scorecard import Scorecard
from headshots.core.vault import FILE, _opened, open_vault
from headshots.core.vault import shown_files as showing
from headshots.core.vault.erasure import forget, sweep
from headshots.core.vault.receipts import is_of, own_key
from headshots.core.vault.receipts import read as read_with
from headshots.core.vault.sealed import SealedVault
from headshots.core.vault.shown_files import list_shown, write_shown
from headshots.core.vault.vault import Handed

from .test_retention import stored


def read(file: Path) -> dict[str, Any]:
    """The receipt, verified with the key of this test's vault."""
    return read_with(file, own_key(open_vault()) or "")


def of_ada(name: str) -> Picture:
    """A picture of Ada, judged and kept."""
    card = Scorecard(name, "Ada", "dlib", 0.9, 0.8, (), 0.7, "keep", ())
    return Picture(name, Portrait(np.full((320, 256, 3), 0.5, np.float32))).scored(card)


def written(home: Path) -> dict[str, Path]:
    """Files that show Ada: what was delivered, and what wasn't."""
    paths = {name: home / f"{name}.png" for name in ("preview", "sheet", "delivered", "gone")}
    for name, path in paths.items():
        handed = "delivered" if name == "delivered" else ""
        for whom in (["Ada", "Nobody", ""], ["Ada"]):
            write_shown({path: name.encode() * 100}, whom, handed=handed)
    paths["gone"].unlink()
    return paths


@pytest.mark.parametrize("delivered", [False, True])
def test_all_goes_and_delivered_pictures_on_request(
    home: Path, astronaut: Identity, delivered: bool
) -> None:
    stored(astronaut, "Ada")
    open_vault().put("Ada", "lora", bytes(1000))
    paths = written(home)
    assert [each.path for each in open_vault().written("Ada")] == sorted(paths.values())
    gone = forget(open_vault(), "ada", delivered=delivered)
    assert open_vault().sitters() == ()
    assert not paths["preview"].exists() and not paths["sheet"].exists()
    assert paths["delivered"].exists() != delivered
    assert gone.left == (() if delivered else (paths["delivered"],))

    receipt = read(gone.file)
    assert receipt == gone.receipt
    assert {each["kind"] for each in receipt["stored"]} == {"identity", "lora"}
    hashes = {each["sha256"]: each["destroyed"] for each in receipt["files"]}
    assert hashes == {
        sha256(b"preview" * 100).hexdigest(): True,
        sha256(b"sheet" * 100).hexdigest(): True,
        sha256(b"delivered" * 100).hexdigest(): delivered,
    }


def test_a_receipt_names_nobody_and_yet_tells_whose_it_is(home: Path) -> None:
    open_vault().put("Ada Lovelace", "identity", b"1")
    file = forget(open_vault(), "Ada Lovelace").file
    assert "lovelace" not in file.read_text().lower() and "lovelace" not in str(file).lower()
    assert is_of(read(file), "ada  LOVELACE") and not is_of(read(file), "Bea")
    open_vault().put("Ada Lovelace", "identity", b"1")
    again = read(forget(open_vault(), "Ada Lovelace").file)
    assert again["sitter"]["id"] != read(file)["sitter"]["id"]


@pytest.mark.parametrize("field", ["when", "why", "key", "stored", "files", "sitter", "signer"])
def test_an_altered_receipt_is_told(home: Path, field: str) -> None:
    open_vault().put("Ada", "identity", b"1")
    file = forget(open_vault(), "Ada").file
    receipt = json.loads(file.read_text())
    receipt[field] = "0" * 64 if field in ("key", "signer") else ["other"]
    file.write_text(json.dumps(receipt))
    with pytest.raises((ReceiptInvalid, InputError)):
        read(file)


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"format": "headshots receipt 1"}', "[" * 9999]
)
def test_what_is_no_receipt(tmp_path: Path, content: str) -> None:
    (tmp_path / "r.json").write_text(content)
    with pytest.raises(InputError, match="receipt"):
        read(tmp_path / "r.json")
    with pytest.raises(InputError):
        read(tmp_path / "nothing.json")


def test_receipts_are_verified_after_a_restart(home: Path) -> None:
    open_vault().put("Ada", "identity", b"1")
    open_vault().put("Bea", "identity", b"1")
    file = forget(open_vault(), "Ada").file
    forget(open_vault(), "Bea")  # the master key has changed since
    program = "from headshots.core.cli import main; main()"
    ran = subprocess.run(
        [sys.executable, "-c", program, "receipt", "verify", str(file)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Verified with the key of this machine's vault" in ran.stdout
    assert is_of(read(file), "Ada")


def test_on_the_command_line(
    home: Path, astronaut: Identity, capsys: pytest.CaptureFixture[str]
) -> None:
    stored(astronaut, "Ada")
    paths = written(home)
    assert cli.run(["forget", "Ada", "--yes", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["left"] == [str(paths["delivered"])]
    assert cli.run(["receipt", "verify", told["receipt"], "--name", "ada"]) == 0
    said = capsys.readouterr().out
    assert "Destroyed: their key, 1 stored items, 2 files." in said
    assert cli.run(["receipt", "verify", told["receipt"], "--name", "Bea"]) == 4
    assert "vault.receipt-invalid" in capsys.readouterr().err
    assert cli.run(["audit"]) == 0
    log = capsys.readouterr().out
    assert "forgotten" in log and "delivered" in log and "Ada" not in log


def test_a_file_that_cannot_be_removed_is_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_vault().put("Ada", "identity", b"1")
    preview = written(home)["preview"]

    unlink = Path.unlink

    def refuse(path: Path, missing_ok: bool = False) -> None:
        if path == preview:
            raise PermissionError(13, "Permission denied")
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(StorageFailed, match=r"preview\.png"):
        forget(open_vault(), "Ada")
    assert preview.exists() and not preview.with_name("sheet.png").exists()
    (receipt,) = (home / "data" / "receipts").iterdir()
    assert sum(file["destroyed"] for file in read(receipt)["files"]) == 1
    assert open_vault().sitters() == ()


@pytest.mark.skipif(os.name != "posix", reason="processes are forked")
@pytest.mark.parametrize(
    "before", ["_ended", "_removed", "_write", "SealedVault.ended", "SealedVault.unended"]
)
@pytest.mark.parametrize("delivered", [False, True])
def test_what_a_killed_process_began_is_ended_at_the_next_start(
    home: Path, monkeypatch: pytest.MonkeyPatch, before: str, delivered: bool
) -> None:
    """It dies once the key is destroyed, before a step of what follows."""
    open_vault().put("Ada", "identity", b"1")
    paths = written(home)
    if not (pid := os.fork()):
        monkeypatch.setattr(f"headshots.core.vault.erasure.{before}", lambda *_, **__: _die())
        with suppress(BaseException):
            forget(open_vault(), "Ada", delivered=delivered)
            sweep(open_vault())
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL
    if before != "SealedVault.unended":
        assert len(SealedVault(home / "data" / FILE, home / "config" / "keys").unended()) == 1
    _opened.cache_clear()
    assert open_vault().sitters() == () and open_vault().unended() == ()
    assert {name for name, path in paths.items() if path.exists()} == (
        set() if delivered else {"delivered"}
    )
    (file,) = (home / "data" / "receipts").iterdir()
    receipt = read(file)
    assert is_of(receipt, "Ada") and receipt["why"] == "request"
    hashes = {each["sha256"]: each["destroyed"] for each in receipt["files"]}
    assert hashes == {
        sha256(name.encode() * 100).hexdigest(): name != "delivered" or delivered
        for name in ("preview", "sheet", "delivered")
    }


def test_what_is_written_is_listed_before_it_is_there(
    home: Path, astronaut: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever is killed right after a file was written leaves none that isn't known."""
    stored(astronaut, "Ada")
    listed: dict[str, bool] = {}

    def write(path: Path, data: bytes, *, mode: int) -> None:
        listed.update({path.name: path in {each.path for each in open_vault().written("Ada")}})
        write_file(path, data, mode=mode)

    monkeypatch.setattr(showing, "write_file", write)
    out = str(home / "out")
    delivering.contact_sheet(SILENT, [of_ada("one")], out, "Sheet")
    delivering.deliver_pictures(SILENT, [of_ada("one")], "", out, "full", "png")
    assert listed == {"contact-sheet.png": True, "contact-sheet.html": True, "one.png": True}
    assert {each.path.name for each in open_vault().written("Ada") if each.delivered} == {"one.png"}


def test_who_is_forgotten_between_two_pictures_gets_no_more(
    home: Path, astronaut: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored(astronaut, "Ada")
    deliver, out = delivering.deliver, home / "out"

    def delivered(*given: Any, **named: Any) -> Delivery:
        done = deliver(*given, **named)
        assert done.path.exists()
        forget(open_vault(), "Ada", delivered=True)
        return done

    monkeypatch.setattr(delivering, "deliver", delivered)
    with pytest.raises(SitterForgotten):
        pictures = [of_ada("a"), of_ada("b")]
        delivering.deliver_pictures(SILENT, pictures, "", str(out), "full", "png")
    assert list(out.iterdir()) == []


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.skipif(os.name != "posix", reason="processes are forked")
def test_what_a_killed_process_began_to_write_goes_too(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It dies once the bytes are on the disk, before they have the name that is listed."""
    open_vault().put("Ada", "identity", b"1")
    (out := home / "out").mkdir()
    if not (pid := os.fork()):
        monkeypatch.setattr(files, "_UNNAMED", None)  # as where a file has its name at once
        monkeypatch.setattr(os, "fsync", lambda _: _die())
        with suppress(BaseException):
            write_shown({out / "ada.png": b"her face"}, ["Ada"], handed="delivered")
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL
    (part,) = out.iterdir()
    assert part.read_bytes() == b"her face" and part.suffix == ".part"
    gone = forget(open_vault(), "Ada")
    assert list(out.iterdir()) == [] and gone.left == ()
    (file,) = gone.receipt["files"]
    assert file["sha256"] == sha256(b"her face").hexdigest() and file["destroyed"]


@pytest.mark.skipif(os.name != "posix", reason="processes are forked")
@pytest.mark.parametrize("handed", ["", "delivered", "exported"])
def test_what_a_killed_process_began_to_write_goes_at_the_next_start(
    home: Path, astronaut: Identity, monkeypatch: pytest.MonkeyPatch, handed: Handed
) -> None:
    """Nobody is forgotten for that: the sitter stays, and so does what was there before."""
    stored(astronaut, "Ada")
    (out := home / "out").mkdir()
    write_shown({out / "ada.zip": b"before"}, ["Ada"], handed=handed)
    if not (pid := os.fork()):
        monkeypatch.setattr(files, "_UNNAMED", None)  # as where a file has its name at once
        monkeypatch.setattr(os, "fsync", lambda _: _die())
        with suppress(BaseException):
            if handed == "exported":
                export("Ada", out / "ada.zip")
            else:
                write_shown({out / "ada.zip": b"her face"}, ["Ada"], handed=handed)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL
    assert len(list(out.iterdir())) == 2
    _opened.cache_clear()
    assert open_vault().sitters() == ("Ada",)
    assert [path.name for path in out.iterdir()] == ["ada.zip"]
    (file,) = open_vault().written("Ada")
    assert file.delivered == bool(handed)


@pytest.mark.skipif(os.name != "posix", reason="processes are forked")
def test_what_is_being_written_is_left_by_who_starts_meanwhile(home: Path) -> None:
    open_vault().put("Ada", "identity", b"1")
    picture, told, go = home / "ada.png", os.pipe(), os.pipe()
    part = part_of(picture)
    if not (pid := os.fork()):
        _opened.cache_clear()
        with open_vault().showing(["Ada"], [picture]):
            part.write_bytes(b"her face")
            os.write(told[1], b"1")
            os.read(go[0], 1)
            part.replace(picture)
        os._exit(0)
    os.read(told[0], 1)
    _opened.cache_clear()
    open_vault()
    assert part.exists()
    os.write(go[1], b"1")
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    _opened.cache_clear()
    open_vault()
    assert picture.read_bytes() == b"her face"


@pytest.mark.skipif(os.name != "posix", reason="processes are forked")
def test_another_process_writes_nothing_of_one_who_is_forgotten(home: Path) -> None:
    """Its job has Ada's data already; then she is forgotten, and it comes to write."""
    open_vault().put("Ada", "identity", b"1")
    picture, told, go = home / "ada.png", os.pipe(), os.pipe()
    if not (pid := os.fork()):
        _opened.cache_clear()
        open_vault().get("Ada", "identity")
        os.write(told[1], b"1")
        os.read(go[0], 1)
        said = b"written"
        for write in (
            lambda: write_shown({picture: b"her face"}, ["Ada"], handed="delivered"),
            lambda: list_shown([home / "preview.png"], ["ADA"]),
        ):
            (home / "preview.png").write_bytes(b"by another program")
            try:
                write()
            except SitterForgotten:
                said = b"refused"
        open_vault().met_anew("Ada")  # enrolled anew, and not stored
        write_shown({home / "anew.png": b"a face"}, ["Ada"])
        os.write(told[1], said)
        os._exit(0)
    os.read(told[0], 1)
    forget(open_vault(), "Ada")
    os.write(go[1], b"1")
    assert os.read(told[0], 10) == b"refused"
    os.waitpid(pid, 0)
    assert not picture.exists() and not (home / "preview.png").exists()
    assert (home / "anew.png").exists()


@pytest.mark.skipif(os.name != "posix", reason="processes are forked")
def test_a_forgetting_waits_for_what_is_being_written(home: Path) -> None:
    """Another process is amid it; what it writes is there when files are removed."""
    open_vault().put("Ada", "identity", b"1")
    picture, told = home / "ada.png", os.pipe()
    if not (pid := os.fork()):
        _opened.cache_clear()
        with open_vault().showing(["Ada"], [picture]):
            os.write(told[1], b"1")
            time.sleep(0.5)
            picture.write_bytes(b"her face")
        os._exit(0)
    os.read(told[0], 1)
    gone = forget(open_vault(), "Ada")
    assert not picture.exists() and len(gone.receipt["files"]) == 1
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def test_a_list_of_what_is_to_be_removed_that_was_altered_is_told_once(home: Path) -> None:
    open_vault().put("Ada", "identity", b"1")
    written(home)
    open_vault().forget("Ada")
    with closing(sqlite3.connect(home / "data" / FILE)) as db, db:
        (sealed,) = db.execute("SELECT sealed FROM pending_erasures").fetchone()
        assert b"preview" not in sealed and b"Ada" not in sealed
        db.execute("UPDATE pending_erasures SET sealed = x'00'")
    with pytest.raises(VaultDamaged, match="still to be removed"):
        sweep(open_vault())
    assert sweep(open_vault()) == []


def test_another_forgetting_keeps_what_is_still_to_be_done(home: Path) -> None:
    vault = open_vault()
    vault.put("Ada", "identity", b"1")
    vault.put("Bea", "identity", b"1")
    paths = written(home)
    vault.forget("Ada")
    forget(vault, "Bea")  # the master changes meanwhile
    (gone,) = sweep(vault)
    assert gone.name == "Ada" and not paths["preview"].exists()


def test_the_person_gets_all_their_data(home: Path, astronaut: Identity) -> None:
    stored(astronaut, "Ada Lovelace")
    paths = written(home)
    write_shown({paths["delivered"]: b"1"}, ["Ada Lovelace"], handed="delivered")
    export("ada lovelace", home / "ada.zip")
    assert (home / "ada.zip").stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(home / "ada.zip") as archive:
        names = archive.namelist()
        (photo,) = [name for name in names if name.startswith("photos/")]
        assert archive.read(photo) == astronaut.photos[0].data
        assert json.loads(archive.read("consent.json"))["who"] == "Ada Lovelace"
        kept = json.loads(archive.read("kept.json"))
        assert kept["written"] == [str(paths["delivered"])]
        assert [entry["event"] for entry in kept["log"]] == ["stored", "delivered"]
        measured = json.loads(archive.read("sitter.json"))
        assert len(measured["photos"][0]["landmarks"]) == 478
    assert cli.run(["export", "Ada Lovelace", "--out", str(home / "again.zip")]) == 0
    assert (home / "again.zip").exists()
    assert [entry.event for entry in open_vault().audit()][-2:] == ["exported", "exported"]
    left = forget(open_vault(), "Ada Lovelace").left
    assert left == (home / "ada.zip", home / "again.zip", paths["delivered"])


AUDIT = "DROP TRIGGER audit_is_not_changed; DROP TRIGGER audit_is_not_cut; "


@pytest.mark.parametrize(
    ("how", "where"),
    {
        "changed": ("UPDATE audit SET event = 'nothing' WHERE number = 2", "at entry 2"),
        "another sitter": ("UPDATE audit SET sitter = x'00' WHERE number = 2", "at entry 2"),
        "removed": ("DELETE FROM audit WHERE number = 2", "at entry 2"),
        "cut off": ("DELETE FROM audit WHERE number > 2", "after entry 2"),
        "emptied": ("DELETE FROM audit", "after entry 0"),
        "emptied with its end": (
            "DELETE FROM audit; DELETE FROM facts WHERE name = 'audit'",
            "at its end",
        ),
        "added": (
            "INSERT INTO audit SELECT number + 9, at, event, sitter, detail, link FROM audit "
            "WHERE number = 3",
            "at entry 4",
        ),
        "head altered": ("UPDATE facts SET value = x'00' WHERE name = 'audit'", "at its end"),
    }.values(),
)
def test_an_altered_log_is_told(home: Path, how: str, where: str) -> None:
    vault = open_vault()
    for name in ("Ada", "Bea", "Cleo"):
        vault.put(name, "identity", b"1")
    assert [entry.sitter for entry in vault.audit()] == ["Ada", "Bea", "Cleo"]
    with closing(sqlite3.connect(home / "data" / "vault.sqlite3")) as db:
        db.executescript(AUDIT + how)
    with pytest.raises(VaultDamaged, match=f"altered {where}"):
        vault.audit()


def test_the_log_is_only_added_to(home: Path) -> None:
    open_vault().put("Ada", "identity", b"1")
    with closing(sqlite3.connect(home / "data" / "vault.sqlite3")) as db:
        for statement in ("UPDATE audit SET event = 'x'", "DELETE FROM audit"):
            with pytest.raises(sqlite3.IntegrityError, match="only added to"):
                db.execute(statement)


def test_the_log_holds_nothing_of_a_person(home: Path, astronaut: Identity) -> None:
    stored(astronaut, "Ada Lovelace")
    forget(open_vault(), "Ada Lovelace")
    with closing(sqlite3.connect(home / "data" / "vault.sqlite3")) as db:
        text = repr(db.execute("SELECT * FROM audit").fetchall())
    assert "Ada" not in text and "obama" not in text.lower()
    assert [entry.event for entry in open_vault().audit()] == ["stored", "forgotten"]
