"""Photos of strangers: the manifest keeps its rules, and git brings the files that it names."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from .__main__ import collect
from .manifest import SPLITS, Person, Photo, people

ROOT = Path(__file__).parents[3]
LOOKED_AT = {"serengil/deepface", "vladmandic/human", "ageitgey/face_recognition"}
FILES = {"faces/one.jpg": b"one", "faces/two.jpg": b"two", "other/left.jpg": b"left alone"}


@pytest.fixture
def upstream(tmp_path: Path) -> tuple[Path, str]:
    """A folder that stands in for GitHub, with the repository owner/faces, and its commit."""
    host = tmp_path / "host"
    repository = host / "owner" / "faces"
    for path, data in FILES.items():
        (repository / path).parent.mkdir(parents=True, exist_ok=True)
        (repository / path).write_bytes(data)
    _git(repository, "init", "--quiet")
    _git(repository, "config", "user.name", "Somebody")
    _git(repository, "config", "user.email", "somebody@localhost")
    # As GitHub does: clones without files, and a single commit by its hash.
    _git(repository, "config", "uploadpack.allowFilter", "true")
    _git(repository, "config", "uploadpack.allowAnySHA1InWant", "true")
    _git(repository, "add", ".")
    _git(repository, "commit", "--quiet", "-m", "Faces")
    return host, _git(repository, "rev-parse", "HEAD").strip()


def person(commit: str, *files: str, **changes: str) -> Person:
    photos = tuple(
        Photo(file, changes.get("sha256") or hashlib.sha256(FILES.get(file, b"")).hexdigest())
        for file in files
    )
    id = changes.get("id", "x1")
    return Person(id, changes.get("repository", "owner/faces"), commit, "development", photos)


def test_git_fetches_only_the_photos_of_the_manifest(
    upstream: tuple[Path, str], tmp_path: Path
) -> None:
    host, commit = upstream
    wanted = [person(commit, "faces/one.jpg", "faces/two.jpg")]
    out = tmp_path / "out"
    assert collect(wanted, out, {}, f"{host.as_uri()}/") == []
    assert {path.name: path.read_bytes() for path in (out / "x1").iterdir()} == {
        "one.jpg": b"one",
        "two.jpg": b"two",
    }
    assert [path.name for path in out.iterdir()] == ["x1"]


def test_photos_that_lie_there_are_not_fetched_again(
    upstream: tuple[Path, str], tmp_path: Path
) -> None:
    host, commit = upstream
    wanted = [person(commit, "faces/one.jpg")]
    clones = {"owner/faces": host / "owner" / "faces"}
    assert collect(wanted, tmp_path / "out", clones) == []
    nowhere = f"{(tmp_path / 'nowhere').as_uri()}/"
    assert collect(wanted, tmp_path / "out", {}, nowhere) == []
    (tmp_path / "out" / "x1" / "one.jpg").write_bytes(b"damaged")
    (fault,) = collect(wanted, tmp_path / "out", {}, nowhere)
    assert "can't be fetched" in fault and "--clone owner/faces=PATH" in fault


def test_bare_clones_are_read_and_what_is_missing_is_said(
    upstream: tuple[Path, str], tmp_path: Path
) -> None:
    host, commit = upstream
    bare = tmp_path / "bare"
    _git(tmp_path, "clone", "--quiet", "--bare", str(host / "owner" / "faces"), str(bare))
    wanted = [
        person(commit, "faces/one.jpg", "faces/none.jpg"),
        person(commit, "faces/two.jpg", sha256="0" * 64),
        person(commit, "faces/one.jpg", id="x2", repository="owner/gone"),
    ]
    clones = {"owner/faces": bare, "owner/gone": tmp_path / "gone"}
    none, other, gone = collect(wanted, tmp_path / "out", clones)
    assert none.startswith("x1: faces/none.jpg can't be read")
    assert "faces/two.jpg of owner/faces is not the photo of the manifest" in other
    assert f"{tmp_path / 'gone'} is no clone of owner/gone" in gone
    assert [path.name for path in (tmp_path / "out" / "x1").iterdir()] == ["one.jpg"]


def test_the_command_says_in_words_what_is_missing(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.people", "--out", str(tmp_path / "out"),
         *(f"--clone={each.repository}={tmp_path / 'none'}" for each in people())],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )  # fmt: skip
    assert ran.returncode == 1
    assert "is no clone of serengil/deepface" in ran.stderr and "Traceback" not in ran.stderr
    assert re.search(r"\d+ people, 0 of \d+ photos", ran.stdout)


def test_the_manifest_keeps_its_own_rules() -> None:
    everybody = people()
    strangers = [each for each in everybody if not each.tests]
    assert len(strangers) >= 40
    assert len({each.id for each in everybody}) == len(everybody)
    files = [(each.repository, photo.path) for each in everybody for photo in each.photos]
    assert len(set(files)) == len(files)
    hashes = [photo.sha256 for each in everybody for photo in each.photos]
    assert len(set(hashes)) == len(hashes)
    for each in everybody:
        assert re.fullmatch(r"[a-z]\d+", each.id) and each.split in SPLITS
        assert re.fullmatch("[0-9a-f]{40}", each.commit) and each.photos
        assert len({photo.name for photo in each.photos}) == len(each.photos)
        held = each.repository not in LOOKED_AT and each.photos[0].sha256[0] in "012345"
        assert each.split == ("held-out" if held else "development"), each.id


def _git(folder: Path, *arguments: str) -> str:
    run = subprocess.run(
        ["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True
    )
    return run.stdout
