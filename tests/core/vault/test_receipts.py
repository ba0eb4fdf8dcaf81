"""Receipts prove something to others: against a key that they had before, by no code of ours."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from headshots.core import cli
from headshots.core.identity.identity import Identity
from headshots.core.settings import settings
from headshots.core.vault import open_vault
from headshots.core.vault.consent import agreed
from headshots.core.vault.erasure import forget

from .test_retention import stored

PAGE = Path(__file__).parents[3] / "docs" / "privacy.md"


@pytest.fixture
def parted(home: Path, astronaut: Identity) -> Path:
    """Ada's export (ada.zip), then her receipt (receipt.json); the master has changed since."""
    stored(astronaut, "Ada  Lovelace")
    stored(astronaut, "Bea")
    assert cli.run(["export", "Ada Lovelace", "--out", str(home / "ada.zip")]) == 0
    receipt = forget(open_vault(), "ada lovelace").file
    forget(open_vault(), "Bea")
    (home / "receipt.json").write_bytes(receipt.read_bytes())
    return home


def signed(receipt: dict[str, Any], key: Ed25519PrivateKey, *, named: bool) -> dict[str, Any]:
    """A receipt of somebody's own making; `named`: it says who signed it."""
    content = {name: value for name, value in receipt.items() if name != "signature"}
    if named:
        content["signer"] = key.public_key().public_bytes_raw().hex()
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return content | {"signature": key.sign(text.encode()).hex()}


FORGERIES: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "self-made": lambda was: signed(was, Ed25519PrivateKey.generate(), named=True),
    "self-made under our key's name": lambda was: signed(
        was, Ed25519PrivateKey.generate(), named=False
    ),
    "altered": lambda was: {**was, "when": "2020-01-01T00:00:00+00:00"},
    "of all zeros": lambda was: {**was, "signer": "00" * 32, "signature": "00" * 64},
    "of a key that is no point": lambda was: {**was, "signer": "ff" * 32},
    "unsigned": lambda was: {name: value for name, value in was.items() if name != "signature"},
}


@pytest.mark.parametrize("how", FORGERIES)
def test_a_receipt_of_somebodys_own_making_does_not_pass(
    parted: Path, how: str, capsys: pytest.CaptureFixture[str]
) -> None:
    forged = parted / "forged.json"
    forged.write_text(json.dumps(FORGERIES[how](json.loads((parted / "receipt.json").read_text()))))
    for against in ([], ["--key", str(parted / "ada.zip")]):
        assert cli.run(["receipt", "verify", str(forged), *against]) in (2, 4)
    assert "Verified" not in capsys.readouterr().out
    assert by_the_documentation(forged, parted / "ada.zip", "Ada Lovelace").returncode != 0


def test_it_is_said_what_was_verified_against_what(
    parted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    receipt, export = str(parted / "receipt.json"), parted / "ada.zip"
    with zipfile.ZipFile(export) as archive:
        (parted / "key.pem").write_bytes(archive.read("receipt-key.pem"))
        (parted / "consent.json").write_bytes(archive.read("consent.json"))
    consent = json.loads((parted / "consent.json").read_text())
    key = consent["receipt_key"]
    assert cli.run(["receipt", "verify", receipt, "--name", "ada lovelace"]) == 0
    assert "Verified with the key of this machine's vault" in capsys.readouterr().out
    for told in (str(export), str(parted / "key.pem"), str(parted / "consent.json"), key):
        assert cli.run(["receipt", "verify", receipt, "--key", told]) == 0
        assert f"Verified with the key that was given ({told})" in capsys.readouterr().out
    assert cli.run(["receipt", "verify", receipt, "--key", told, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["signer"] == key


@pytest.mark.parametrize(
    "told", ["nothing.zip", "", "ab" * 31, "zz" * 32, "receipt.json", "photo.png", "empty.zip"]
)
def test_what_holds_no_key_is_refused(
    parted: Path, photos: Path, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nor is the key taken that the receipt itself names."""
    (parted / "photo.png").write_bytes((photos / "astronaut.png").read_bytes())
    with zipfile.ZipFile(parted / "empty.zip", "w") as archive:
        archive.writestr("other.txt", b"")
    given = str(parted / told) if "." in told else told
    ran = cli.run(["receipt", "verify", str(parted / "receipt.json"), "--key", given])
    err = capsys.readouterr().err
    assert ran == 2 and "Traceback" not in err and err.startswith("input.")


def test_another_machine_verifies_it_and_makes_no_vault(
    parted: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    elsewhere = tmp_path / "elsewhere"
    monkeypatch.setenv("HEADSHOTS_DATA_DIR", str(elsewhere / "data"))
    monkeypatch.setenv("HEADSHOTS_CONFIG_DIR", str(elsewhere / "config"))
    settings.cache_clear()
    receipt = str(parted / "receipt.json")
    assert cli.run(["receipt", "verify", receipt, "--key", str(parted / "ada.zip")]) == 0
    assert cli.run(["receipt", "verify", receipt]) == 2
    assert "--key" in capsys.readouterr().err
    assert not elsewhere.exists()


def test_another_vault_does_not_vouch_for_it(
    parted: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("HEADSHOTS_DATA_DIR", str(tmp_path / "elsewhere" / "data"))
    monkeypatch.setenv("HEADSHOTS_CONFIG_DIR", str(tmp_path / "elsewhere" / "config"))
    settings.cache_clear()
    open_vault().put("Cleo", "identity", b"1")
    assert cli.run(["receipt", "verify", str(parted / "receipt.json")]) == 4
    assert "another key" in capsys.readouterr().err


def by_the_documentation(
    receipt: Path, export: Path, name: str
) -> subprocess.CompletedProcess[str]:
    """Run the program that docs/privacy.md prints, which uses nothing of ours."""
    (program,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert "headshots" not in program.replace("headshots receipt 1", "")
    return subprocess.run(
        [sys.executable, "-I", "-c", program, receipt, export, name],
        capture_output=True,
        text=True,
        cwd=receipt.parent,
    )


def test_a_third_party_verifies_one_with_what_the_documentation_says(parted: Path) -> None:
    ran = by_the_documentation(parted / "receipt.json", parted / "ada.zip", "Ada Lovelace")
    assert ran.returncode == 0, ran.stderr
    for other in ("Bea", "Ada"):
        assert by_the_documentation(parted / "receipt.json", parted / "ada.zip", other).returncode


@pytest.mark.parametrize("name", ["Ada", "  ZOË  Müller ", "Straße", "ﬁona", "İpek", "王 小明"])
def test_names_are_told_by_the_documentation_as_they_are_by_us(
    home: Path, astronaut: Identity, name: str
) -> None:
    stored(astronaut, name)
    assert cli.run(["export", name, "--out", str(home / "export.zip")]) == 0
    receipt = forget(open_vault(), name).file
    for spelt in (name, name.upper(), name.lower()):
        ours = cli.run(["receipt", "verify", str(receipt), "--name", spelt])
        theirs = by_the_documentation(receipt, home / "export.zip", spelt).returncode
        assert bool(ours) == bool(theirs), spelt
    assert by_the_documentation(receipt, home / "export.zip", name).returncode == 0


def test_an_exported_consent_is_a_consent_again(parted: Path) -> None:
    with zipfile.ZipFile(parted / "ada.zip") as archive:
        record = archive.read("consent.json").decode()
    assert agreed("Ada Lovelace", record, days=30).who == "Ada Lovelace"


def test_the_person_is_told_the_key_when_they_are_enrolled(
    home: Path, photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = ["enroll", "Ada", str(photos / "astronaut.png"), "--consent", "yes", "--json"]
    assert cli.run(told) == 0
    consent = json.loads(capsys.readouterr().out)["consent"]
    receipt = str(forget(open_vault(), "Ada").file)
    assert cli.run(["receipt", "verify", receipt, "--key", consent["receipt_key"]]) == 0
