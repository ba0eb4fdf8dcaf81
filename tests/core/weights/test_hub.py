"""Published models, against a server on this machine that answers as the hub does."""

from __future__ import annotations

import functools
import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from headshots.core import cli
from headshots.core.errors import Cancelled, DownloadFailed, UnknownName
from headshots.core.progress import Progress
from headshots.core.settings import settings
from headshots.core.weights import hub as hub_module
from headshots.core.weights.hub import PUBLISHED, pull

MODEL = "sdxl-base"
WEIGHTS = bytes(range(256)) * 4000


@dataclass
class Hub:
    """files: by path, their content. spoilt: paths that come with another content."""

    files: dict[str, bytes] = field(
        default_factory=lambda: {
            "README.md": b"---\nlicense: openrail++\n---\n",
            "model_index.json": b'{"_class_name": "StableDiffusionXLPipeline"}',
            "sd_xl_base_1.0.safetensors": b"the same again in one file",
            "unet/config.json": b"{}",
            "unet/diffusion_pytorch_model.safetensors": b"in 32 bits",
            "unet/diffusion_pytorch_model.fp16.safetensors": WEIGHTS,
            "unet/model.onnx": b"for others",
            "vae/diffusion_pytorch_model.bin": b"pickled",
            "tokenizer/merges.txt": b"a b\n",
            "safety_checker/model.fp16.safetensors": b"not used",
        }
    )
    spoilt: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    url: str = ""


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, hub: Hub, *rest: object) -> None:
        self.hub = hub
        super().__init__(*rest)  # pyright: ignore

    def do_GET(self) -> None:
        repository, path = PUBLISHED[MODEL].repository, self.path.partition("?")[0]
        self.hub.asked.append(path)
        if path == f"/api/models/{repository}/revision/main":
            body = json.dumps({"sha": "c0ffee"}).encode()
        elif path == f"/api/models/{repository}/tree/c0ffee":
            body = json.dumps([*self._listed(), {"type": "directory", "path": "unet"}]).encode()
        else:
            name = path.removeprefix(f"/{repository}/resolve/c0ffee/")
            body = self.hub.files[name]
            body = body[::-1] if name in self.hub.spoilt else body
        start = int((self.headers.get("Range") or "bytes=0-")[6:-1])
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        self.wfile.write(body[start:])

    def _listed(self) -> Iterator[dict[str, object]]:
        for path, content in self.hub.files.items():
            blob = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
            large = {"lfs": {"oid": hashlib.sha256(content).hexdigest(), "size": len(content)}}
            yield {
                "type": "file",
                "path": path,
                "size": len(content),
                "oid": blob,
                **(large if path.endswith(".safetensors") else {}),
            }

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def hub() -> Iterator[Hub]:
    about = Hub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Handler, about))
    about.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield about
    server.shutdown()
    server.server_close()


def left(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_model_comes_whole_in_one_variant(hub: Hub, tmp_path: Path) -> None:
    shares: list[float] = []
    watched = Progress(lambda share, note, preview: shares.append(share))
    folder = pull(MODEL, tmp_path, watched, hub.url)
    assert folder == tmp_path / MODEL
    assert left(tmp_path) == {
        f"{MODEL}/README.md",
        f"{MODEL}/model_index.json",
        f"{MODEL}/unet/config.json",
        f"{MODEL}/unet/diffusion_pytorch_model.fp16.safetensors",
        f"{MODEL}/tokenizer/merges.txt",
    }
    assert (folder / "unet/diffusion_pytorch_model.fp16.safetensors").read_bytes() == WEIGHTS
    assert shares == sorted(shares) and shares[-1] == 1
    asked = len(hub.asked)
    assert pull(MODEL, tmp_path, hub=hub.url) == folder and len(hub.asked) == asked


@pytest.mark.parametrize(
    "spoilt", ["unet/diffusion_pytorch_model.fp16.safetensors", "tokenizer/merges.txt"]
)
def test_what_is_not_what_was_promised_is_refused(hub: Hub, tmp_path: Path, spoilt: str) -> None:
    hub.spoilt.add(spoilt)
    with pytest.raises(DownloadFailed, match="hash differs"):
        pull(MODEL, tmp_path, hub=hub.url)
    assert not (tmp_path / MODEL).exists() and not any(spoilt in path for path in left(tmp_path))
    hub.spoilt.clear()
    assert pull(MODEL, tmp_path, hub=hub.url).is_dir()


def test_when_stopped_it_goes_on_later(hub: Hub, tmp_path: Path) -> None:
    stop = Progress(stopped=lambda: any("unet/diffusion" in path for path in hub.asked))
    with pytest.raises(Cancelled):
        pull(MODEL, tmp_path, stop, hub.url)
    hub.asked.clear()
    pull(MODEL, tmp_path, hub=hub.url)
    assert not any("README" in path for path in hub.asked)


def test_it_says_who_is_not_there(hub: Hub, tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="sdxl-base"):
        pull("sdxl-bsae", tmp_path, hub=hub.url)
    with pytest.raises(DownloadFailed):
        pull(MODEL, tmp_path, hub="http://127.0.0.1:9")


def test_by_command_it_shows_how_far_it_is_and_gives_the_licence(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(hub_module, "HUB", hub.url)
    monkeypatch.setenv("HEADSHOTS_MODELS_DIR", str(tmp_path))
    settings.cache_clear()
    try:
        hub.spoilt.add("unet/diffusion_pytorch_model.fp16.safetensors")
        assert cli.run(["models", "pull", MODEL]) != 0
        assert "hash differs" in capsys.readouterr().err and not (tmp_path / MODEL).exists()
        hub.spoilt.clear()
        assert cli.run(["models", "pull", MODEL, "--json"]) == 0
        said = capsys.readouterr()
        assert json.loads(said.out)["path"] == str(tmp_path / MODEL)
        assert json.loads(said.out)["licence"] == "OpenRAIL++-M"
        assert f"{MODEL} is in place" in said.err, "progress goes to where results don't"
    finally:
        settings.cache_clear()
