"""What every vault must do; a new one joins by adding itself to `VAULTS`."""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Callable
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headshots.core.errors import (
    ClockDoubtful,
    HeadshotsError,
    IdentityExists,
    IdentityNotFound,
    InputError,
    SitterChanged,
    SitterForgotten,
)
from headshots.core.vault import Vault
from headshots.core.vault.sealed import SealedVault
from headshots.core.vault.vault import ErasureNotice, Shown, Stored, Written

VAULTS: dict[str, Callable[[Path], Vault]] = {
    "sealed": lambda folder: SealedVault(folder / "vault.sqlite3", folder / "keys", "file"),
}

PEOPLE = (
    "Ada Lovelace",
    "Łukasz Żółć",
    "O'Brien-Smith, Jr.",
    "山田 太郎",
    "محمد",
    "नरेन्द्र",
    "José",
    "CON",
    "nul.txt",
    "..",
    "../../etc/passwd",
    "C:\\Users\\x",
    "a" * 200,
    "名" * 200,
    "👩🏽‍🚀",
    "-rf *",
)


@pytest.fixture(params=sorted(VAULTS))
def vault(request: pytest.FixtureRequest, tmp_path: Path) -> Vault:
    return VAULTS[request.param](tmp_path)


def replace(vault: Vault, sitter: str, data: bytes, until: date | None = None) -> None:
    """As one who reads the sitter's identity and writes another."""
    version = vault.read(sitter, "identity").version
    vault.put(sitter, "identity", data, version=version, until=until)


def listed(vault: Vault, sitter: str, path: Path, *, delivered: bool) -> None:
    """As one who writes a file lists it."""
    with vault.showing([sitter], [path], handed="delivered" if delivered else ""):
        pass


@pytest.mark.parametrize("name", PEOPLE)
def test_any_persons_name_is_kept(vault: Vault, name: str) -> None:
    vault.put(name, "identity", b"bytes")
    assert vault.get(name, "identity") == b"bytes"
    assert vault.sitters() == (name,)
    vault.forget(name)
    assert vault.sitters() == ()


def test_sitters_are_apart(vault: Vault) -> None:
    for name in PEOPLE:
        vault.put(name, "identity", name.encode())
    assert len(vault.sitters()) == len(PEOPLE)
    assert all(vault.get(name, "identity") == name.encode() for name in PEOPLE)


@pytest.mark.parametrize(
    "other",
    ["ADA LOVELACE", "ada  lovelace ", unicodedata.normalize("NFD", "Ada Lovelace")],
)
def test_the_same_sitter_written_otherwise(vault: Vault, other: str) -> None:
    vault.put("Ada Lovelace", "identity", b"1")
    replace(vault, other, b"2")
    assert vault.get("Ada Lovelace", "identity") == b"2"
    assert vault.sitters() == ("Ada Lovelace",)


def test_composition_does_not_matter(vault: Vault) -> None:
    vault.put(unicodedata.normalize("NFC", "José Ångström"), "identity", b"1")
    assert vault.get(unicodedata.normalize("NFD", "JOSÉ ångström"), "identity") == b"1"


def test_the_last_bytes_count(vault: Vault) -> None:
    vault.put("Ada", "identity", b"long" * 1000)
    first = vault.fingerprint("Ada", "identity")
    replace(vault, "Ada", b"")
    assert vault.get("Ada", "identity") == b""
    assert vault.fingerprint("Ada", "identity") != first


def test_who_read_nothing_overwrites_nothing(vault: Vault) -> None:
    vault.put("Ada", "identity", b"1")
    with pytest.raises(IdentityExists, match="ada"):
        vault.put("ada", "identity", b"2")
    assert vault.get("Ada", "identity") == b"1"


def test_what_is_written_replaces_what_was_read_and_nothing_else(vault: Vault) -> None:
    nothing = vault.read("Ada", "identity")
    assert nothing.data is None
    first = vault.put("Ada", "identity", b"1", version=nothing.version)
    assert vault.read("ADA", "identity") == Stored(b"1", first)
    second = vault.put("Ada", "identity", b"1", version=first)
    assert second != first  # the same bytes, written anew
    for late in (nothing.version, first):
        with pytest.raises(SitterChanged, match="Ada"):
            vault.put("Ada", "identity", b"3", version=late)
    assert vault.read("Ada", "identity") == Stored(b"1", second)


def test_what_is_made_of_a_sitter_is_not_kept_of_one_who_is_gone(vault: Vault) -> None:
    before = [vault.read("Ada", "identity").version, vault.put("Ada", "identity", b"first")]
    before.append(vault.read("Ada", "tuned").version)
    before.append(vault.put("Ada", "tuned", b"learnt", version=before[-1]))
    before.append(vault.read("Ada", "other").version)
    vault.forget("Ada")
    between = vault.read("Ada", "tuned").version
    for anew in (False, True):
        for late in before:
            for kind in ("identity", "tuned", "other"):
                with pytest.raises(SitterForgotten, match="Ada"):
                    vault.put("Ada", kind, b"learnt", version=late)
        if not anew:
            assert vault.sitters() == ()
            vault.put("Ada", "identity", b"anew", version=between)
    assert vault.kinds("Ada") == ("identity",) and vault.get("Ada", "identity") == b"anew"


def test_only_one_of_many_at_once_is_first(vault: Vault) -> None:
    won: list[int] = []

    def put(number: int) -> None:
        try:
            vault.put("Ada", "identity", bytes([number]) * 100_000)
            won.append(number)
        except IdentityExists:
            pass

    threads = [threading.Thread(target=put, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert vault.get("Ada", "identity") == bytes(won) * 100_000


def test_kinds_are_apart(vault: Vault) -> None:
    vault.put("Ada", "identity", b"1")
    vault.put("Ada", "consent", b"2")
    assert vault.kinds("ADA") == ("consent", "identity")
    assert vault.get("Ada", "consent") == b"2"
    assert vault.kinds("Bea") == ()


def test_what_is_not_there(vault: Vault) -> None:
    for missing in (vault.get, vault.fingerprint):
        with pytest.raises(IdentityNotFound, match="Ada"):
            missing("Ada", "identity")
    with pytest.raises(IdentityNotFound, match="Ada"):
        vault.forget("Ada")
    assert vault.sitters() == ()


def test_forgetting_removes_all_of_one_and_none_of_others(vault: Vault) -> None:
    vault.put("Ada", "identity", b"1")
    vault.put("Ada", "consent", b"2")
    vault.put("Bea", "identity", b"3")
    vault.forget("ada")
    assert vault.sitters() == ("Bea",)
    assert vault.kinds("Ada") == ()
    with pytest.raises(IdentityNotFound):
        vault.get("Ada", "identity")
    vault.put("ADA", "identity", b"4")  # and the new one is written in the new way
    assert vault.sitters() == ("ADA", "Bea")


def test_a_sitter_is_kept_until_a_day(vault: Vault) -> None:
    day = date(2031, 1, 1)
    vault.put("Ada", "identity", b"1", until=day)
    vault.put("Bea", "identity", b"1")
    assert vault.until("ADA") == day
    replace(vault, "Ada", b"2")
    assert vault.until("Ada") == day
    replace(vault, "Ada", b"2", until=day - timedelta(days=1))
    assert vault.until("Ada") == day - timedelta(days=1)
    with pytest.raises(IdentityNotFound):
        vault.until("Cleo")
    assert [gone.name for gone in vault.sweep(date(2030, 12, 31), sure=True)] == ["Bea"]
    assert [gone.name for gone in vault.sweep(day, sure=True)] == ["Ada"]
    assert vault.sweep(day) == () and vault.sitters() == ()


def test_a_doubtful_clock_erases_nobody(vault: Vault) -> None:
    today = date.today()
    vault.put("Ada", "identity", b"1", until=today + timedelta(days=20))
    vault.put("Bea", "identity", b"1", until=today - timedelta(days=2))
    for doubtful in (today + timedelta(days=62), date(2099, 1, 1)):
        with pytest.raises(ClockDoubtful, match="--sweep"):
            vault.sweep(doubtful)
    assert vault.sitters() == ("Ada", "Bea")
    assert [gone.name for gone in vault.sweep(today)] == ["Bea"]
    # Day by day, or within two months, it is believed; also of what was done under a wrong one.
    assert vault.sweep(today + timedelta(days=15)) == ()
    assert [gone.name for gone in vault.sweep(today + timedelta(days=70))] == ["Ada"]
    vault.put("Cleo", "identity", b"1", until=today - timedelta(days=9))
    with pytest.raises(ClockDoubtful, match="before"):  # it went backwards
        vault.sweep(today - timedelta(days=3))
    assert [gone.name for gone in vault.sweep(today - timedelta(days=3), sure=True)] == ["Cleo"]
    vault.put("Dora", "identity", b"1", until=today - timedelta(days=3))
    assert [gone.name for gone in vault.sweep(today)] == ["Dora"]


def test_what_nobody_has_seen_is_kept_until_somebody_has(vault: Vault, tmp_path: Path) -> None:
    vault.put("Ada", "identity", b"1")
    vault.put("Bea", "identity", b"1")
    ada = vault.forget("Ada")
    notice = ErasureNotice(ada.id, "Ada", "2026-01-31", "expiry", (tmp_path / "Zoë \udcff.png",))
    vault.ended(ada, notice)
    vault.ended(ada, notice)  # another process was at it as well
    assert vault.notices() == (notice,)
    bea = vault.forget("Bea")  # which changes the master
    vault.ended(bea)
    assert vault.notices() == (notice,)
    with pytest.raises(IdentityNotFound, match="forgotten on 2026-01-31"):
        vault.get("ADA", "identity")
    vault.acknowledge([notice.id])
    vault.ended(ada, notice)
    assert vault.notices() == ()
    with pytest.raises(IdentityNotFound, match="No sitter called"):
        vault.get("ADA", "identity")


def test_files_that_show_a_sitter_are_remembered(vault: Vault, tmp_path: Path) -> None:
    vault.put("Ada", "identity", b"1")
    a, b = tmp_path / "a.png", tmp_path / "Zoë \udcff.png"
    for path in (b, a, a):
        listed(vault, "ada", path, delivered=path == b)
    assert vault.written("Ada") == (Written(b, True), Written(a, False))
    listed(vault, "Bea", a, delivered=True)  # of whom nothing is stored
    with pytest.raises(IdentityNotFound):
        vault.written("Bea")
    listed(vault, "ada", b, delivered=True)
    with pytest.raises(KeyError), vault.showing(["Ada"], [b]):
        raise KeyError  # what was delivered before is still there
    assert vault.written("Ada") == (Written(b, True), Written(a, False))
    vault.forget("Ada")
    with pytest.raises(SitterForgotten), vault.showing(["Bea", "ADA"], [b]):
        pytest.fail("the block began")


def test_forgetting_tells_what_there_was(vault: Vault, tmp_path: Path) -> None:
    vault.put("Ada", "identity", bytes(500))
    vault.put("Ada", "lora", bytes(900))
    file = tmp_path / "a.png"
    file.write_bytes(b"Ada")
    listed(vault, "Ada", file, delivered=True)
    listed(vault, "Ada", tmp_path / "gone.png", delivered=False)
    gone = vault.forget("ADA")
    assert gone.name == "Ada"
    assert gone.files == (Shown(file, True, sha256(b"Ada").hexdigest(), 3),)
    assert {blob.kind for blob in gone.blobs} == {"identity", "lora"}
    assert all(len(blob.sha256) == 64 and blob.size >= 500 for blob in gone.blobs)


def test_what_is_still_to_be_done_is_kept_until_it_is_done(vault: Vault, tmp_path: Path) -> None:
    file = tmp_path / "Zoë \udcff.png"
    file.write_bytes(b"Ada")
    vault.put("Ada", "identity", b"1")
    vault.put("Bea", "identity", b"1")
    vault.put("Cleo", "identity", b"1")
    listed(vault, "Ada", file, delivered=True)
    ada = vault.forget("Ada", delivered=True)
    assert (ada.why, ada.delivered) == ("request", True)
    (bea, cleo) = vault.sweep(date.today() + timedelta(days=400), sure=True)
    assert (bea.why, bea.delivered) == ("expiry", False)
    assert set(vault.unended()) == {ada, bea, cleo}
    for each in (bea, cleo, bea):
        vault.ended(each)
    assert vault.unended() == (ada,)
    vault.ended(ada)
    assert vault.unended() == ()


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "a\0b", "\ud800", "a" * 201, "\u2028"])
def test_what_is_no_name(vault: Vault, name: str) -> None:
    for use in (
        lambda: vault.put(name, "identity", b""),
        lambda: vault.get(name, "identity"),
        lambda: vault.kinds(name),
        lambda: vault.forget(name),
    ):
        with pytest.raises(InputError):
            use()


@pytest.mark.parametrize("kind", ["", "..", "a/b", "A", "a.b", "-a", "a" * 41, "é", "a\n"])
def test_what_is_no_kind(vault: Vault, kind: str) -> None:
    with pytest.raises(InputError):
        vault.put("Ada", kind, b"")


@pytest.mark.parametrize("make", VAULTS.values(), ids=VAULTS)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(max_size=210), data=st.binary(max_size=300))
def test_any_text_is_a_name_or_a_named_error(
    tmp_path: Path, make: Callable[[Path], Vault], name: str, data: bytes
) -> None:
    vault = make(tmp_path)
    try:
        vault.put(name, "identity", data)
    except HeadshotsError:
        return
    assert vault.get(name, "identity") == data
    assert len(vault.sitters()) == 1
    vault.forget(name)
    assert vault.sitters() == ()


def test_one_kind_is_removed_and_the_rest_stays(vault: Vault) -> None:
    vault.put("Ada", "identity", b"who")
    vault.put("Ada", "tuning-klein", b"how far")
    vault.remove("ADA", "tuning-klein")
    assert vault.kinds("Ada") == ("identity",) and vault.get("Ada", "identity") == b"who"
    with pytest.raises(IdentityNotFound):
        vault.get("Ada", "tuning-klein")
    for name, kind in (("Ada", "tuning-klein"), ("Somebody", "identity")):
        with pytest.raises(IdentityNotFound):
            vault.remove(name, kind)
    with pytest.raises(InputError, match="all that is stored"):
        vault.remove("Ada", "identity")
    assert vault.get("Ada", "identity") == b"who"
