"""After ComfyUI made headshots, nothing of the sitter lies in its folders in plain."""

from __future__ import annotations

import io
import json
import stat
from dataclasses import replace
from pathlib import Path

import c2pa
from PIL import Image

from headshots.core.delivery.credentials import inspect
from headshots.core.identity.codec import from_bytes
from headshots.core.identity.identity import Identity
from headshots.core.vault import open_vault
from headshots.core.vault.ids import id_of

from ...leaks import found, secrets_of
from ...stored import put
from .graphs import OF_ADA, Graph
from .server import Server

NAME = "Zyxara Quillfeather"
SAVED = "Orlanth Vexley"


def test_nothing_of_a_sitter_lies_in_comfyuis_folders(server: Server, data_dir: Path) -> None:
    """Its temp folder, logs, user folder, and its output but for what was delivered."""
    graph = Graph()
    photos = graph.add("HeadshotsReadPhotos", paths=OF_ADA)
    enrolled = graph.add(
        "HeadshotsEnrolSitter", photos=[photos, 0], name=NAME, consent="yes, by phone"
    )
    sitter = graph.add("HeadshotsSaveSitter", identity=[enrolled, 0], replace=True)
    made = graph.studio(sitter, count=1)
    scored = graph.add("HeadshotsScore", identity=[sitter, 0], pictures=[made, 0])
    kept = graph.add("HeadshotsKeepBest", pictures=[made, 0])  # unscored, it shows the first ones
    graph.add("HeadshotsShowScores", pictures=[kept, 0])
    graph.add("HeadshotsDeliver", pictures=[scored, 0], folder="plain")
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
    scored = graph.add("HeadshotsScore", identity=[sitter, 0], pictures=[made, 0])
    graph.add("HeadshotsDeliver", pictures=[scored, 0], folder="signed")
    server.run(graph.prompt).succeeded()
    (delivered,) = (server.base / "output" / "signed").iterdir()
    data = delivered.read_bytes()
    with c2pa.Reader("image/jpeg", io.BytesIO(data)) as reader:  # c2pa-python itself
        assert json.loads(reader.json())["validation_state"] == "Valid"
    found = inspect(data)
    assert found and found.source_type == "compositeSynthetic"
    identity = from_bytes(open_vault().get(ada, "identity"))
    assert set(found.sources) < {photo.sha256 for photo in identity.photos} and found.sources


def test_a_saved_picture_of_a_graph_with_the_id_names_nobody(
    server: Server, astronaut: Identity
) -> None:
    """ComfyUI writes the graph into what its own nodes save."""
    put(replace(astronaut, name=SAVED))
    for said, told in ((id_of(SAVED), False), (SAVED, True)):
        graph = Graph()
        sitter = graph.load(said)
        made = graph.studio(sitter, count=1, seed=int(told))
        graph.add("SaveImage", images=[made, 1], filename_prefix=f"saved/{told}")
        graph.add("PreviewImage", images=[made, 1])
        server.run(graph.prompt).succeeded()
        (saved,) = (server.base / "output" / "saved").glob(f"{told}*.png")
        assert json.loads(Image.open(saved).text["prompt"])["1"]["inputs"] == {"name": said}
        assert (SAVED.encode() in saved.read_bytes()) == told
        previews = [
            each
            for each in (server.base / "temp").rglob("*.png")
            if SAVED.encode() in each.read_bytes()
        ]
        assert bool(previews) == told  # of ComfyUI's own PreviewImage


def test_what_our_nodes_show_holds_no_graph_and_is_its_owners(
    server: Server, astronaut: Identity
) -> None:
    put(replace(astronaut, name=SAVED))
    graph = Graph()
    sitter = graph.load(SAVED)
    made = graph.studio(sitter, count=1)
    scored = graph.add("HeadshotsScore", identity=[sitter, 0], pictures=[made, 0])
    kept = graph.add("HeadshotsKeepBest", pictures=[made, 0])  # unscored, it shows the first ones
    graph.add("HeadshotsShowScores", pictures=[kept, 0])
    graph.add("HeadshotsContactSheet", pictures=[scored, 0], folder="sheet")
    server.run(graph.prompt).succeeded()
    shown = [each.path for each in open_vault().written(SAVED)]
    assert {path.parent.name for path in shown} == {"temp", "sheet"}
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in shown)
    previews = [path for path in shown if path.suffix == ".png"]
    assert previews and not any(Image.open(path).info.keys() & {"prompt"} for path in previews)
