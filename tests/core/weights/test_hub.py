"""Published models, against a server on this machine that answers as the hub does."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

import pytest

from headshots.core import cli
from headshots.core.errors import Cancelled, DownloadFailed, ExtraMissing, UnknownName
from headshots.core.progress import Progress
from headshots.core.settings import settings
from headshots.core.weights import hub as hub_module
from headshots.core.weights.hub import PUBLISHED, pull

MODEL = "sdxl-base"
REVISION = "462165984030d82259a11f4367a4eed129e94a7b"
WEIGHTS = bytes(range(256)) * 4000


@dataclass
class Hub:
    """files: by path, their content. spoilt: paths that come with another content. gone: that
    don't come.
    """

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
            "tokenizer/a name #1.txt": b"",
            "../outside.json": b"{}",
            "safety_checker/model.fp16.safetensors": b"not used",
        }
    )
    spoilt: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    ranges: list[str | None] = field(default_factory=list)
    url: str = ""


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, hub: Hub, *rest: object) -> None:
        self.hub = hub
        super().__init__(*rest)  # pyright: ignore

    def do_GET(self) -> None:
        repository, (path, _, query) = PUBLISHED[MODEL].repository, self.path.partition("?")
        self.hub.asked.append(path)
        self.hub.headers.append({name.lower(): value for name, value in self.headers.items()})
        self.hub.ranges.append(self.headers.get("Range"))
        if path == f"/api/models/{repository}/revision/main":
            assert query == "blobs=true"
            self._send(json.dumps(self._about(repository)).encode(), "application/json")
            return
        name = unquote(path.removeprefix(f"/{repository}/resolve/{REVISION}/"))
        if name not in self.hub.files or name in self.hub.gone:
            self.send_response(404)
            self.send_header("X-Error-Code", "EntryNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        body = self.hub.files[name]
        self._send(body[::-1] if name in self.hub.spoilt else body, "application/octet-stream")

    def _send(self, body: bytes, kind: str) -> None:
        start = int((self.headers.get("Range") or "bytes=0-")[6:-1])
        self.send_response(206 if start else 200)
        self.send_header("X-Repo-Commit", REVISION)
        self.send_header("Content-Type", kind)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        self.wfile.write(body[start:])

    def _about(self, repository: str) -> dict[str, object]:
        """As the hub answers where the hashes of the files are asked for."""
        return {
            "_id": "64bfcd5ff462a99a04fd1ec8",
            "id": repository,
            "modelId": repository,
            "private": False,
            "gated": False,
            "disabled": False,
            "sha": REVISION,
            "lastModified": "2023-10-30T16:03:47.000Z",
            "tags": ["diffusers", "license:openrail++"],
            "downloads": 1,
            "likes": 1,
            "siblings": list(self._files()),
        }

    def _files(self) -> Iterator[dict[str, object]]:
        for path, content in self.hub.files.items():
            blob = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
            digest = hashlib.sha256(content).hexdigest()
            large = {"lfs": {"sha256": digest, "size": len(content), "pointerSize": 135}}
            yield {
                "rfilename": path,
                "size": len(content),
                "blobId": blob,
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
        f"{MODEL}/tokenizer/a name #1.txt",
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
    with pytest.raises(DownloadFailed, match=r"can't be listed.*refused"):
        pull(MODEL, tmp_path, hub="http://127.0.0.1:9")
    hub.files = {"README.md": b"x"}
    with pytest.raises(DownloadFailed, match=r"can't be listed.*: [^\n]*404[^\n]*\. Check"):
        pull("sd15", tmp_path, hub=hub.url)


def test_what_has_arrived_of_a_file_is_kept(hub: Hub, tmp_path: Path) -> None:
    """As one file can have 10 GB."""
    arriving = tmp_path / f".{MODEL}.part" / "unet"
    arriving.mkdir(parents=True)
    part = arriving / "diffusion_pytorch_model.fp16.safetensors.part"
    part.write_bytes(WEIGHTS[:300_000])
    folder = pull(MODEL, tmp_path, hub=hub.url)
    assert (folder / "unet" / part.stem).read_bytes() == WEIGHTS
    assert "bytes=300000-" in hub.ranges


def test_a_hub_that_answers_otherwise_is_told(hub: Hub, tmp_path: Path) -> None:
    hub.files["model_index.json"] = b"changed"
    hub.gone.add("model_index.json")
    with pytest.raises(DownloadFailed, match=f"404.*`headshots models pull {MODEL}` again"):
        pull(MODEL, tmp_path, hub=hub.url)


def test_nobodys_token_goes_along_and_nothing_is_told(hub: Hub, tmp_path: Path) -> None:
    """In a process of its own, with a token in the environment and in a file, and with a login for
    that host in the user's .netrc, which requests would send.
    """
    home = tmp_path / "home"
    (home / "hf").mkdir(parents=True)
    (home / "hf" / "token").write_text("hf_SECRETSECRET")
    (home / ".netrc").write_text("default login me password SECRETSECRET\n")
    program = (
        "import logging, sys; logging.basicConfig(level=logging.DEBUG)\n"
        "import pathlib; from headshots.core.weights.hub import pull\n"
        "pull(sys.argv[1], pathlib.Path(sys.argv[2]), hub=sys.argv[3])\n"
    )
    command = [sys.executable, "-c", program, MODEL, str(tmp_path / "models"), hub.url]
    own = {"HOME": str(home), "HF_HOME": str(home / "hf"), "HF_TOKEN": "hf_SECRETSECRET"}
    environment = os.environ | own | {"AI_AGENT": "x"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "SECRET" not in done.stdout + done.stderr
    assert hub.headers and not any("SECRET" in str(each) for each in hub.headers)
    assert not any({"authorization", "cookie"} & each.keys() for each in hub.headers)
    agents = {each["user-agent"].partition("/")[0] for each in hub.headers}
    assert agents == {"headshots", "python-requests"}
    assert not any("torch" in each["user-agent"] for each in hub.headers)
    assert not any("agent-harnesses" in path for path in hub.asked)
    assert left(home) == {"hf/token", ".netrc"}


def test_without_its_package_the_way_to_get_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)  # importing it raises ImportError
    with pytest.raises(ExtraMissing, match=r"huggingface_hub.*pip install.*huggingface_hub"):
        pull(MODEL, tmp_path)


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
