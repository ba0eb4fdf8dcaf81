"""What a person chooses from: pictures in no file yet, beside the photos they are made of."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from headshots.core.faces import ANALYSERS
from headshots.core.images import from_u8
from headshots.core.settings import settings

from ...serving import Running

pytestmark = pytest.mark.slow

NAME = "Choosing Sitter"


def enrol(server: Running, photos: Path, name: str, *uses: str) -> None:
    ids = [server.send(photos / file) for file in ("obama.jpg", "obama2.jpg")]
    consent = {"how": "in person", "uses": uses}
    wanted = {"name": name, "pictures": ids, "consent": consent}
    job = server.client.post("/v1/identities", json=wanted).json()
    assert server.ended(job["id"])["state"] == "done"


@pytest.fixture(scope="module")
def enrolled(server: Running, photos: Path) -> Running:
    """The server with a sitter in it."""
    enrol(server, photos, NAME, "generate", "deliver")
    return server


@pytest.fixture(scope="module")
def made(enrolled: Running) -> dict[str, Any]:
    """A job as the page orders it."""
    inputs = {"Sitter.name": NAME, "count": 3, "width": 320}
    job = enrolled.ended(enrolled.order(recipe="generate", inputs=inputs, files=False)["id"])
    assert job["state"] == "done", job
    return job


def sheet(server: Running, job: dict[str, Any]) -> list[dict[str, Any]]:
    return server.client.get(f"/v1/jobs/{job['id']}/sheet").json()


def picture(server: Running, job: dict[str, Any], entry: dict[str, Any], part: str = "") -> bytes:
    place = f"{entry['node']}/{entry['output']}/{entry['index']}{part}"
    answer = server.client.get(f"/v1/jobs/{job['id']}/results/{place}")
    assert answer.is_success, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return answer.content


def written(server: Running) -> list[Path]:
    return [path for path in (server.runtime.parent / "out").rglob("*") if path.is_file()]


def test_no_file_is_written_before_somebody_picks(enrolled: Running, made: dict[str, Any]) -> None:
    entries = sheet(enrolled, made)
    assert len(entries) == 3 and {each["verdict"] for each in entries} & {"keep", "spare"}
    assert written(enrolled) == []


def test_a_recipe_that_only_writes_runs_what_is_before_it(enrolled: Running, photos: Path) -> None:
    id = enrolled.send(photos / "obama.jpg")
    job = enrolled.order(recipe="deliver", pictures={"Pictures": [id]}, files=False)
    assert enrolled.ended(job["id"])["state"] == "done"
    titles = {each["title"] for each in enrolled.client.get(f"/v1/jobs/{job['id']}/results").json()}
    assert titles == {"Pictures"} and written(enrolled) == []


def test_a_job_that_serves_a_form_is_in_no_list(enrolled: Running, made: dict[str, Any]) -> None:
    inputs = {"Sitter.name": NAME, "count": 1, "width": 256}
    hidden = enrolled.order(recipe="generate", inputs=inputs, files=False, listed=False)
    assert enrolled.ended(hidden["id"])["state"] == "done"
    listed = {each["id"] for each in enrolled.client.get("/v1/jobs").json()}
    assert made["id"] in listed and hidden["id"] not in listed


def test_a_sheet_says_sitter_look_and_likeness_in_words(
    enrolled: Running, made: dict[str, Any]
) -> None:
    for entry in sheet(enrolled, made):
        assert entry["sitter"] == NAME and entry["look"] == "studio-grey"
        assert "like" in entry["likeness_words"]


def test_the_source_photo_has_the_face_where_the_picture_has_it(
    enrolled: Running, made: dict[str, Any]
) -> None:
    entry = sheet(enrolled, made)[0]
    images = [
        np.asarray(Pillow.open(io.BytesIO(picture(enrolled, made, entry, part))).convert("RGB"))
        for part in ("", "/source")
    ]
    assert images[0].shape == images[1].shape and not np.array_equal(*images)
    analyser = ANALYSERS.get(settings().analyser)
    ours, photo = (analyser.analyse(from_u8(each), embed=False)[0] for each in images)
    apart = np.linalg.norm(ours.landmarks[:, :2] - photo.landmarks[:, :2], axis=1)
    assert apart.mean() < 0.04 * ours.width


def test_no_source_photo_is_shown_without_consent(
    enrolled: Running, made: dict[str, Any], photos: Path
) -> None:
    entry = sheet(enrolled, made)[0]
    place = f"{entry['node']}/{entry['output']}/{entry['index']}/source"
    again = [enrolled.send(photos / file) for file in ("obama.jpg", "obama2.jpg")]
    consent = {"how": "in person", "uses": ["tune"]}
    wanted = {"name": NAME, "pictures": again, "consent": consent, "replace": True}
    job = enrolled.client.post("/v1/identities", json=wanted).json()
    assert enrolled.ended(job["id"])["state"] == "done"
    answer = enrolled.client.get(f"/v1/jobs/{made['id']}/results/{place}")
    assert answer.status_code == 422 and answer.json()["code"].startswith("consent.")


def test_a_picture_of_no_stored_photo_says_so(enrolled: Running, photos: Path) -> None:
    id = enrolled.send(photos / "biden.jpg")
    recipe = {"p": {"class_type": "HeadshotsReadPictures", "inputs": {}, "_meta": {"title": "P"}}}
    job = enrolled.order(recipe=recipe, pictures={"P": [id]}, wanted=["p"])
    assert enrolled.ended(job["id"])["state"] == "done"
    answer = enrolled.client.get(f"/v1/jobs/{job['id']}/results/p/pictures/0/source")
    assert answer.status_code == 404 and "no photo that is kept" in answer.json()["what"]
