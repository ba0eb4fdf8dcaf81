"""A card culled: real photos, real models, real files read back."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from headshots.core import cli
from headshots.core.culling.cull import read_card, write_verdicts
from headshots.core.culling.journal import FOLDER

from ...shoot_card import BLINK, FOCUS, GOOD, MOTION, WALL, Card
from .test_sidecar import OURS, XMP, facts, keywords


def files(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def culled(folder: Path, capsys: pytest.CaptureFixture[str], *options: str) -> Any:
    assert cli.run(["cull", str(folder), *options, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_card_is_culled_and_taken_back(
    card: Path, made_card: Card, capsys: pytest.CaptureFixture[str]
) -> None:
    before = files(card)
    assert culled(card, capsys, "--dry-run", "--workers", "1")["frames"]
    assert files(card) == before

    frames = {each["frame"].split("/")[1]: each for each in culled(card, capsys)["frames"]}
    kinds = {each.name: each.kind for each in made_card.truth}
    assert set(frames) == set(kinds)  # a RAW file and its JPEG are one
    for name, kind in kinds.items():
        said = frames[name]
        assert (said["rank"] == 1) == (kind == GOOD), said
        if kind == WALL:
            assert not said["sidecars"] and said["reason"] == "No face was found"
            continue
        assert {BLINK: 1, FOCUS: 1, MOTION: 1, GOOD: 4}[kind] == said["rating"], said
        assert ("eyes closed" in said["reason"].split(";")[0]) == (kind == BLINK), said
    best = facts((card / "100EOSR5" / "IMG_0003.xmp").read_bytes())
    assert best[f"{XMP}Rating"] == "4" and best[f"{XMP}Label"] == "Green"
    assert str(best[f"{OURS}Reason"]).startswith("Best of 4: sharpest eyes, eyes open")
    assert keywords(best) == ["team day", "Müller & Söhne", "cull: best"]

    after = files(card)
    assert {name: after[name] for name in before if not name.endswith(".xmp")} == {
        name: digest for name, digest in before.items() if not name.endswith(".xmp")
    }
    assert culled(card, capsys, "--undo")["sidecars"]
    assert files(card) == before


def test_faces_are_known_in_memory_alone(card: Path, data_dir: Path) -> None:
    stored = files(data_dir)
    read = read_card(card, workers=1)
    write_verdicts(read)
    assert files(data_dir) == stored
    embeddings = [each.embedding for each in read.measures if each.faces]
    assert embeddings and all(len(each) > 100 for each in embeddings)
    for path in (card / FOLDER).iterdir():
        record = json.loads(path.read_text())
        assert set(record) == {"sidecar", "before", "states", "written"}
        assert set(record["written"]) == {
            *("rating", "label", "keywords", "former_rating", "former_label")
        }
    written = [path for path in card.rglob("*") if path.suffix in (".xmp", ".json")]
    for embedding in embeddings:
        raw = embedding.tobytes()
        forms = [
            raw[:12],
            base64.b64encode(raw)[:16],
            *(b"%.4f" % value for value in embedding[:9]),
        ]
        assert not [path for path in written for each in forms if each in path.read_bytes()]


def test_an_unreadable_photo_is_named_and_the_others_are_culled(
    card: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (card / "100EOSR5" / "IMG_0005.JPG").write_bytes(b"\xff\xd8\xff" + bytes(50))
    frames = culled(card, capsys, "--dry-run")["frames"]
    (damaged,) = (each for each in frames if each["frame"].endswith("IMG_0005"))
    assert "damaged" in damaged["reason"] and not damaged["sidecars"]
    assert sum(each["rank"] == 1 for each in frames) == 2


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    assert cli.run(["cull", str(tmp_path / "nowhere")]) == 2
    assert cli.run(["cull", str(tmp_path)]) == 3


def test_an_undo_is_never_a_dry_run(tmp_path: Path) -> None:
    assert cli.run(["cull", str(tmp_path), "--undo", "--dry-run"]) == 2


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="kills processes")
def test_killed_amid_it_and_run_again_nothing_is_lost(
    card: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = files(card)
    command = "import sys; from headshots.core import cli; sys.exit(cli.run(sys.argv[1:]))"
    arguments = [sys.executable, "-c", command, "cull", str(card)]
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    workers = psutil.Process(process.pid)
    started: list[psutil.Process] = []
    while process.poll() is None and not list((card / "100EOSR5").glob("IMG_000[24].xmp")):
        started = workers.children(recursive=True) or started
        time.sleep(0.001)
    process.kill()
    process.wait()
    psutil.wait_procs(started, timeout=10)
    assert not [each for each in started if each.is_running() and each.status() != "zombie"]
    assert not [name for name in files(card) if name.endswith(".part")]
    assert {name: files(card)[name] for name in before if name.endswith(("JPG", "DNG"))} == {
        name: digest for name, digest in before.items() if name.endswith(("JPG", "DNG"))
    }
    assert all(each["sidecars"] or not each["stack"] for each in culled(card, capsys)["frames"])
    culled(card, capsys, "--undo")
    assert files(card) == before
