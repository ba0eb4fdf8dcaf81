"""The page for one person: what is in the file, and what isn't."""

from __future__ import annotations

import base64
import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from headshots.core import cli
from headshots.core.delivery.gallery.page import Chosen, gallery_html
from headshots.core.delivery.gallery.sealing import ROUNDS, key_of
from headshots.core.errors import InputError, UnknownName
from headshots.core.images import fit
from headshots.core.photos import read_photo
from headshots.core.photos.writing import encode
from headshots.core.picture import Picture
from headshots.core.portrait.portrait import Portrait

PASSPHRASE = "correct horse battery"


def chosen(path: Path) -> Chosen:
    image = np.clip(fit(read_photo(path).image, 500)[0], 0, 1)
    return Chosen(Picture(path.name, Portrait(image)), encode(image, "jpeg"))


@pytest.fixture(scope="module")
def two(photos: Path) -> list[Chosen]:
    return [chosen(photos / name) for name in ("obama.jpg", "obama2.jpg")]


def payload(html: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="payload">(.*?)</script>', html, re.S)
    assert found is not None
    return json.loads(found[1])


def test_an_open_page_holds_the_files_and_no_names(two: list[Chosen]) -> None:
    html = gallery_html(two, title="</script><b>&", sizes=("full", "linkedin-min"))
    content = payload(html)["open"]
    assert content["title"] == "</script><b>&" and "<b>" not in html
    assert [[f["size"] for f in each["files"]] for each in content["pictures"]] == [
        ["full", "linkedin-min"]
    ] * 2
    assert base64.b64decode(content["pictures"][0]["files"][0]["data"]) == two[0].data
    assert "obama" not in html
    assert not re.search(r"https?://(?!www\.w3\.org)", re.sub(r"[A-Za-z0-9+/=]{200,}", "", html))
    assert "default-src 'none'" in html


def test_a_protected_page_tells_nothing_without_its_passphrase(two: list[Chosen]) -> None:
    html = gallery_html(two, title="Ada Lovelace", sizes=("full",), passphrase=PASSPHRASE)
    assert "Ada Lovelace" not in html and base64.b64encode(two[0].data)[:60].decode() not in html
    parts = payload(html)
    assert set(parts) == {"iterations", "salt", "nonce", "sealed"}
    assert parts["iterations"] == ROUNDS >= 600_000
    salt, nonce, data = (base64.b64decode(parts[name]) for name in ("salt", "nonce", "sealed"))
    plain = json.loads(AESGCM(key_of(PASSPHRASE, salt, ROUNDS)).decrypt(nonce, data, None))
    assert plain["title"] == "Ada Lovelace"
    with pytest.raises(InvalidTag):
        AESGCM(key_of("correct horse batters", salt, ROUNDS)).decrypt(nonce, data, None)
    again = payload(gallery_html(two, title="Ada Lovelace", sizes=("full",), passphrase=PASSPHRASE))
    assert again["salt"] != parts["salt"] and again["nonce"] != parts["nonce"]


def test_nobody_else_comes_into_it(two: list[Chosen], photos: Path) -> None:
    with pytest.raises(InputError, match=r"biden.jpg shows somebody else than obama.jpg"):
        gallery_html([*two, chosen(photos / "biden.jpg")], title="")
    with pytest.raises(InputError, match="No picture"):
        gallery_html([], title="")
    with pytest.raises(InputError, match="5 characters"):
        gallery_html(two, title="", sizes=("full",), passphrase="short")
    with pytest.raises(UnknownName):
        gallery_html(two, title="", sizes=("poster",))


def test_the_command_writes_it_for_its_owner_alone(
    two: list[Chosen], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    files = []
    for number, each in enumerate(two):
        files.append(tmp_path / f"{number}.jpg")
        files[-1].write_bytes(each.data)
    page = tmp_path / "ada.html"
    arguments = ["gallery", *map(str, files), "--out", str(page), "--size", "full", "--protect"]
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSPHRASE}\n"))
    assert cli.run([*arguments, "--title", "Ada Lovelace"]) == 0
    assert page.stat().st_mode & 0o777 == 0o600
    assert "Ada Lovelace" not in page.read_text("utf-8")
    assert "passphrase another way" in capsys.readouterr().out
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert cli.run(arguments) == 2
    assert cli.run([*arguments[:3], "--out", str(tmp_path / "a.pdf")]) == 2
    assert cli.run([*arguments[:3], "--sitter", "Nobody", "--out", str(page)]) == 4
