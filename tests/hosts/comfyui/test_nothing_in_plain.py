"""After ComfyUI made headshots, nothing of the sitter lies in its folders in plain."""

from __future__ import annotations

import io
import json
from pathlib import Path

import c2pa

from headshots.core.delivery.credentials import inspect
from headshots.core.identity.serialisation import from_bytes
from headshots.core.vault import open_vault

from ...leaks import found, secrets_of
from .graphs import OF_ADA, Graph
from .server import Server

NAME = "Zyxara Quillfeather"


def test_nothing_of_a_sitter_lies_in_comfyuis_folders(server: Server, data_dir: Path) -> None:
    """Its temp folder, logs, user folder, and its output but for what was delivered."""
    graph = Graph()
    photos = graph.add("HeadshotsReadPhotos", paths=OF_ADA)
    enrolled = graph.add(
        "HeadshotsEnrolSitter", photos=[photos, 0], name=NAME, consent="yes, by phone"
    )
    sitter = graph.add("HeadshotsSaveSitter", identity=[enrolled, 0], replace=True)
    made = graph.studio(sitter, count=1)
    scored = graph.add("HeadshotsScore", identity=[sitter, 0], images=[made, 0])
    graph.add("HeadshotsShowScores", images=[made, 0], scorecards=[scored, 0])
    graph.add("HeadshotsDeliver", images=[made, 0], scorecards=[scored, 0], folder="plain")
    server.run(graph.prompt).succeeded()
    written = open_vault().written(NAME)
    shown = [each.path for each in written if not each.delivered]
    assert shown and all(server.base / "temp" in path.parents for path in shown)

    secrets = set().union(*secrets_of(from_bytes(open_vault().get(NAME, "identity"))).values())
    besides = [server.base / folder for folder in ("input", "custom_nodes", "output/plain")]
    assert found(server.base, secrets, besides) == []
    log = server.log.read_bytes()
    assert [secret for secret in secrets if secret in log] == []
    # What was delivered shows the sitter, as it should, and tells neither name nor measurements.
    (delivered,) = (server.base / "output" / "plain").iterdir()
    assert [secret for secret in secrets if secret in delivered.read_bytes()] == []


def test_what_comfyui_delivers_is_signed(server: Server, ada: str) -> None:
    graph = Graph()
    sitter = graph.load(ada)
    made = graph.studio(sitter, count=1)
    scored = graph.add("HeadshotsScore", identity=[sitter, 0], images=[made, 0], origins=[made, 2])
    graph.add("HeadshotsDeliver", images=[made, 0], scorecards=[scored, 0], folder="signed")
    server.run(graph.prompt).succeeded()
    (delivered,) = (server.base / "output" / "signed").iterdir()
    data = delivered.read_bytes()
    with c2pa.Reader("image/jpeg", io.BytesIO(data)) as reader:  # c2pa-python itself
        assert json.loads(reader.json())["validation_state"] == "Valid"
    found = inspect(data)
    assert found and "compositeSynthetic" in found.source_types
    identity = from_bytes(open_vault().get(ada, "identity"))
    assert set(found.sources) < {photo.sha256 for photo in identity.photos} and found.sources
