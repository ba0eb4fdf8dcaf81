"""Whole visits: what a client sends, watches and gets, on real photos."""

from __future__ import annotations

import io
import json
import re
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image as Pillow

from headshots.core.delivery.xmp import read_xmp
from headshots.core.images import to_u8
from headshots.core.recipes.documents import built_in, native_names
from headshots.core.recipes.graph import build, with_inputs
from headshots.core.recipes.runner import run

from ...histories import studio
from ...serving import Running
from ...unsigned import unsigned

pytestmark = pytest.mark.slow

NAME = "Server Sitter"
QUICK = {"count": 2, "width": 256}


@pytest.fixture(scope="module")
def enrolled(server: Running, photos: Path) -> Running:
    """The server with a sitter in it."""
    ids = [server.send(photos / name) for name in ("obama.jpg", "obama2.jpg")]
    wanted = {"name": NAME, "pictures": ids, "consent": {"how": "in person"}}
    job = server.client.post("/v1/identities", json=wanted)
    assert job.status_code == 202
    ended = server.ended(job.json()["id"])
    assert ended["state"] == "done", ended
    return server


@pytest.fixture(scope="module")
def made(enrolled: Running) -> dict[str, Any]:
    """A job that made pictures of the sitter."""
    recipe = generate(count=4)
    return enrolled.ended(enrolled.order(recipe=recipe, title="Four")["id"])


def generate(count: int = 2, width: int = 256, layers: bool = False) -> dict[str, Any]:
    """A recipe that makes, scores and chooses without writing a file."""
    return {
        "s": {"class_type": "HeadshotsLoadSitter", "inputs": {"name": NAME}},
        "l": {
            "class_type": "HeadshotsChooseLook",
            "inputs": {"looks": {"__value__": ["executive"]}},
        },
        "m": {
            "class_type": "HeadshotsStudio",
            "inputs": {
                "identity": ["s", 0],
                "looks": ["l", 0],
                "count": count,
                "width": width,
                "layers": layers,
            },
        },
        "c": {
            "class_type": "HeadshotsScore",
            "inputs": {"pictures": ["m", 0], "identity": ["s", 0]},
        },
        "k": {"class_type": "HeadshotsKeepBest", "inputs": {"pictures": ["c", 0]}},
        "t": {"class_type": "HeadshotsShowScores", "inputs": {"pictures": ["k", 3]}},
    }


def test_enrolment_is_stored_listed_and_reported(enrolled: Running) -> None:
    listed = enrolled.client.get("/v1/identities").json()
    assert [(each["name"], each["photos"]) for each in listed] == [(NAME, 2)]
    assert enrolled.client.get(f"/v1/identities/{NAME}").json()["photos"] == 2
    jobs = enrolled.client.get("/v1/jobs").json()
    job = next(each for each in jobs if each["title"] == f"Enrol {NAME}")
    results = enrolled.client.get(f"/v1/jobs/{job['id']}/results").json()
    report = next(each["value"] for each in results if each["output"] == "report")
    assert report.splitlines()[0].startswith("obama.jpg: accepted")
    assert "HEADSHOTS_IDENTITY" not in {each["kind"] for each in results}


def test_coach_reports_and_stores_nothing(enrolled: Running, photos: Path) -> None:
    before = enrolled.client.get("/v1/identities").json()
    ids = [enrolled.send(photos / name) for name in ("obama.jpg", "group1.jpg")]
    answer = enrolled.client.post("/v1/coach", json={"pictures": ids})
    assert answer.status_code == 202
    job = enrolled.ended(answer.json()["id"])
    results = enrolled.client.get(f"/v1/jobs/{job['id']}/results").json()
    report = next(each["value"] for each in results if each["output"] == "report")
    assert "group1.jpg: can't be used" in report and "All together" in report
    assert enrolled.client.get("/v1/identities").json() == before


def test_every_client_asks_the_same_for_consent(server: Running) -> None:
    told = server.client.get("/v1/consent").json()
    assert told["question"].startswith("Has the sitter agreed that")
    assert told["uses"] == ["generate", "deliver"] and told["text"]
    assert "in person" in told["ways"]


def test_enrolment_needs_consent(server: Running) -> None:
    in_person = {"how": "in person"}
    for consent in ({}, {"how": "no"}, None, {**in_person, "uses": ["everything"]}):
        wanted = {"name": "No", "pictures": ["x"], "consent": consent}
        assert server.client.post("/v1/identities", json=wanted).status_code == 422


def test_wrong_person_fails_the_job_by_name(server: Running, photos: Path) -> None:
    names = ("obama.jpg", "obama2.jpg", "obama3.jpg", "biden.jpg")
    ids = [server.send(photos / name) for name in names]
    wanted = {"name": "Mixed", "pictures": ids, "consent": {"how": "in person"}}
    job = server.ended(server.client.post("/v1/identities", json=wanted).json()["id"])
    assert job["state"] == "failed"
    assert job["error"]["code"] == "identity.wrong-person"
    assert "biden.jpg" in job["error"]["what"]
    assert "Mixed" not in [each["name"] for each in server.client.get("/v1/identities").json()]


def test_sheet_says_of_every_picture_why(enrolled: Running, made: dict[str, Any]) -> None:
    sheet = enrolled.client.get(f"/v1/jobs/{made['id']}/sheet").json()
    assert [entry["index"] for entry in sheet] == [0, 1, 2, 3]
    assert all(
        entry["reasons"] and entry["verdict"] in ("keep", "spare", "reject") for entry in sheet
    )
    cards = enrolled.client.get(f"/v1/jobs/{made['id']}/scorecards").json()
    assert {card["picture"] for card in cards} == {entry["picture"] for entry in sheet}
    assert all(card["measures"] for card in cards)


def test_results_say_of_every_picture_all_but_its_pixels(
    enrolled: Running, made: dict[str, Any]
) -> None:
    results = enrolled.client.get(f"/v1/jobs/{made['id']}/results").json()
    told = {(each["node"], each["output"]): each for each in results}
    generated, judged = told["m", "pictures"], told["k", "judged"]
    assert generated["kind"] == judged["kind"] == "HEADSHOTS_PICTURES"
    assert generated["count"] == len(generated["value"]) == 4
    for before, after in zip(generated["value"], judged["value"], strict=True):
        assert set(before) == {
            *("name", "sitter", "width", "height", "layers", "provenance", "scorecard", "reasons")
        }
        assert before["sitter"] == NAME and before["width"] == 256 and before["scorecard"] is None
        assert before["provenance"]["look"] == "executive" and before["layers"] == 0
        card = after.pop("scorecard")
        assert card["picture"] == after["name"] and card["verdict"] in ("keep", "spare", "reject")
        assert after.pop("reasons") == card["reasons"] and before.pop("reasons") == []
        assert {**after, "scorecard": None} == before
    # Images and mattes are for other packs; their pixels are asked for.
    assert told["m", "images"]["value"] is None and told["m", "mattes"]["value"] is None


def test_pictures_come_as_png_jpeg_and_raw(enrolled: Running, made: dict[str, Any]) -> None:
    path = f"/v1/jobs/{made['id']}/results/m/images/0"
    as_picture = enrolled.client.get(path.replace("images", "pictures")).content
    assert as_picture == enrolled.client.get(path).content
    png = np.asarray(Pillow.open(io.BytesIO(enrolled.client.get(path).content)))
    raw = enrolled.client.get(path, params={"form": "raw"})
    height, width, channels = (int(raw.headers[f"X-{n}"]) for n in ("Height", "Width", "Channels"))
    samples = np.frombuffer(raw.content, np.uint8).reshape(height, width, channels)
    assert np.array_equal(png, samples)
    small = enrolled.client.get(path, params={"form": "jpeg", "longest": 64})
    assert max(Pillow.open(io.BytesIO(small.content)).size) == 64
    mask = enrolled.client.get(path.replace("images", "mattes"), params={"form": "raw"})
    assert mask.headers["X-Channels"] == "1"
    assert enrolled.client.get(path.replace("images/0", "images/9")).status_code == 404


def test_pixels_are_those_of_the_same_recipe_without_a_server(
    server: Running, photos: Path, tmp_path: Path
) -> None:
    names = [photos / "obama.jpg", photos / "obama2.jpg"]
    inputs = {**QUICK, "name": "Equal", "consent": "yes", "seed": 3}
    ids = [server.send(path) for path in names]
    there = {**inputs, "Deliver.folder": "there", "Contact sheet.folder": "there"}
    job = server.order(recipe="quick_headshot", inputs=there, pictures={"Photos": ids})
    assert server.ended(job["id"])["state"] == "done"
    here = {
        **inputs,
        "paths": "\n".join(map(str, names)),
        "Deliver.folder": str(tmp_path),
        "Contact sheet.folder": str(tmp_path),
    }
    results = run(with_inputs(build(built_in("quick_headshot")), here))
    for index, image in enumerate(results.get("7", "images")):
        path = f"/v1/jobs/{job['id']}/results/7/images/{index}"
        answer = server.client.get(path, params={"form": "raw"})
        assert answer.content == to_u8(image).tobytes()
    for file in tmp_path.glob("*.jpg"):  # delivered files, byte for byte but for the signatures
        other = server.runtime.parent / "out" / "there" / file.name
        assert unsigned(other.read_bytes()) == unsigned(file.read_bytes())


def test_raw_pixels_can_be_sent(server: Running, photos: Path) -> None:
    picture = np.asarray(Pillow.open(photos / "obama.jpg").convert("RGBA"))
    size = {"width": picture.shape[1], "height": picture.shape[0], "channels": 4}
    answer = server.client.post("/v1/pictures", params=size, content=picture.tobytes())
    assert answer.status_code == 201
    short = server.client.post("/v1/pictures", params=size, content=picture.tobytes()[:-1])
    assert (short.status_code, short.json()["code"]) == (422, "photo.damaged")
    assert server.client.delete(f"/v1/pictures/{answer.json()['id']}").status_code == 204


def test_raw_pixels_come_with_how_they_were_made(server: Running) -> None:
    def sent(provenance: str) -> httpx.Response:
        said = {"width": 256, "height": 256, "channels": 4, "provenance": provenance}
        return server.client.post("/v1/pictures", params=said, content=b"\xff" * 256 * 256 * 4)

    told = studio("daylight").to_json()
    read = {"r": {"class_type": "HeadshotsReadPictures", "inputs": {}}}
    given = sent(json.dumps(told)).json()["id"]
    job = server.ended(server.order(recipe=read, pictures={"r": [given]}, wanted=["r"])["id"])
    results = server.client.get(f"/v1/jobs/{job['id']}/results").json()
    (picture,) = next(each["value"] for each in results if each["output"] == "pictures")
    assert picture["provenance"] == told
    named, relit = {**told, "sources": ["me.jpg"]}, {"kind": "relit", "ratio": "strong"}
    for wrong in ("{", "[]", json.dumps({**told, "edits": [relit]}), json.dumps(named)):
        answer = sent(wrong)
        assert (answer.status_code, answer.json()["code"]) == (422, "input.invalid"), wrong


def events(server: Running, id: str) -> Iterator[dict[str, Any]]:
    """What the event stream of a job tells."""
    with server.client.stream("GET", f"/v1/jobs/{id}/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        for line in stream.iter_lines():
            if line.startswith("data: "):
                yield json.loads(line.removeprefix("data: "))


def test_events_tell_how_it_goes_and_previews_can_be_seen(enrolled: Running) -> None:
    id = enrolled.order(recipe=generate(count=4, width=300))["id"]
    told: list[dict[str, Any]] = []
    seen = False
    for event in events(enrolled, id):
        told.append(event)
        if event["previews"] and not seen and event["state"] == "running":
            answer = enrolled.client.get(f"/v1/jobs/{id}/preview", params={"longest": 128})
            if answer.is_success:  # it may have ended meanwhile
                seen = max(Pillow.open(io.BytesIO(answer.content)).size) <= 128
    assert told[-1]["state"] == "done" and told[-1]["share"] == 1
    assert [event["version"] for event in told] == sorted(event["version"] for event in told)
    assert told[-1]["previews"] == 4
    assert seen


def test_client_that_comes_back_finds_its_job(enrolled: Running) -> None:
    id = enrolled.order(recipe=generate(count=30, width=400))["id"]
    first = next(events(enrolled, id))
    assert first["state"] in ("queued", "running")
    time.sleep(1)
    again = next(events(enrolled, id))
    assert again["version"] >= first["version"] and again["state"] == "running"
    enrolled.client.delete(f"/v1/jobs/{id}")


def test_stop_works_within_a_second(enrolled: Running) -> None:
    id = enrolled.order(recipe=generate(count=100, width=600))["id"]
    for event in events(enrolled, id):
        if event["state"] == "running" and event["previews"]:
            break
    assert enrolled.client.post(f"/v1/jobs/{id}/cancel").is_success
    ended = enrolled.ended(id, seconds=5)
    assert ended["state"] == "cancelled"
    assert enrolled.client.get(f"/v1/jobs/{id}/results").status_code == 404


def test_job_of_a_client_that_vanished_is_cancelled_unless_detached(enrolled: Running) -> None:
    lost = enrolled.order(recipe=generate(count=200, width=400))["id"]
    kept = enrolled.order(recipe=generate(), detach=True)["id"]
    watching = httpx.Client(base_url=enrolled.facts["url"], headers=enrolled.client.headers)
    with watching.stream("GET", f"/v1/jobs/{lost}/events") as stream:
        next(stream.iter_lines())
    watching.close()  # as when the program dies
    states: dict[str, str] = {}
    until = time.monotonic() + 60  # after how long it is stopped is test_jobs' to say
    while time.monotonic() < until and states.get(lost) != "cancelled":
        time.sleep(0.2)  # the list shows jobs without counting as watching them
        listed = enrolled.client.get("/v1/jobs").json()
        states = {job["id"]: job["state"] for job in listed}
    assert states[lost] == "cancelled"
    assert enrolled.ended(kept)["state"] == "done"


def test_layers_come_one_by_one(enrolled: Running) -> None:
    job = enrolled.ended(enrolled.order(recipe=generate(layers=True))["id"])
    path = f"/v1/jobs/{job['id']}/results/k/kept/0/layers"
    layers = enrolled.client.get(path).json()
    assert len(layers) >= 5 and layers[0]["name"]
    for number, layer in enumerate(layers):
        pixels = enrolled.client.get(f"{path}/{number}/pixels")
        assert len(pixels.content) == layer["width"] * layer["height"] * 3
        mask = enrolled.client.get(f"{path}/{number}/mask")
        assert (mask.status_code == 200) == layer["mask"]
    assert enrolled.client.get(f"{path}/99/pixels").status_code == 404


def test_picks_are_kept_and_delivered(enrolled: Running, made: dict[str, Any]) -> None:
    sheet = enrolled.client.get(f"/v1/jobs/{made['id']}/sheet").json()
    chosen = [sheet[2]["picture"], sheet[0]["picture"]]
    path = f"/v1/jobs/{made['id']}/picks"
    assert enrolled.client.put(path, json={"pictures": chosen}).json() == {"pictures": chosen}
    assert enrolled.client.put(path, json={"pictures": ["none"]}).status_code == 404
    again = enrolled.client.get(f"/v1/jobs/{made['id']}/sheet").json()
    assert [entry["picked"] for entry in again] == [True, False, True, False]
    pictures = {"Pictures": [f"{made['id']}/{name}" for name in chosen]}
    inputs = {"folder": "picks", "size": "full", "format": "png"}
    job = enrolled.ended(enrolled.order(recipe="deliver", inputs=inputs, pictures=pictures)["id"])
    assert job["state"] == "done", job
    results = enrolled.client.get(f"/v1/jobs/{job['id']}/results").json()
    files = next(each["value"] for each in results if each["output"] == "paths").splitlines()
    assert [Path(file).stem for file in files] == chosen
    assert Path(files[0]).parent == enrolled.runtime.parent / "out" / "picks"
    assert read_xmp(Path(files[0]).read_bytes())["source_type"] == "compositeSynthetic"


def test_installation_describes_itself(server: Running) -> None:
    steps = {step["id"]: step for step in server.client.get("/v1/steps").json()}
    looks = next(each for each in steps["HeadshotsChooseLook"]["inputs"] if each["name"] == "looks")
    assert "studio-grey" in looks["choices"]
    named = [look["name"] for look in server.client.get("/v1/looks").json()]
    assert set(looks["choices"]) == set(named)
    recipes = {each["name"]: each for each in server.client.get("/v1/recipes").json()}
    assert recipes["quick_headshot"]["pictures"] == ["Photos"]
    assert server.client.get("/v1/recipes/deliver").json() == built_in("deliver")
    assert not recipes["quick_headshot"]["comfyui"] and not recipes["quick_headshot"]["missing"]
    for name in native_names():
        assert (
            recipes[name]["comfyui"] and "No running ComfyUI is named" in recipes[name]["missing"]
        )
    body = {"recipe": "face_detail"}
    assert server.client.post("/v1/jobs", json=body).status_code == 422


def test_steps_and_the_question_of_consent_come_in_german(server: Running) -> None:
    def relight(**query: str) -> dict[str, Any]:
        steps = server.client.get("/v1/steps", params=query).json()
        return next(step for step in steps if step["id"] == "HeadshotsRelight")

    english, german = relight(), relight(language="de_DE")
    assert (english["title"], german["title"]) == ("Relight", "Neu ausleuchten")
    labels = [
        {each["name"]: each["label"] for each in step["inputs"]} for step in (english, german)
    ]
    assert [each["ratio"] for each in labels] == ["ratio", "Lichtverhältnis"]
    assert labels[0]["on_no_face"] == "on no face"
    side = next(each for each in german["inputs"] if each["name"] == "side")
    assert side["choices"] == ["as lit", "left", "right"]
    assert side["labels"] == ["wie beleuchtet", "links", "rechts"]
    assert "„wie beleuchtet“" in side["tooltip"] and "as lit" not in side["tooltip"]
    untold = ("title", "summary", "inputs", "outputs")
    assert all(english[key] == german[key] for key in english if key not in untold)
    assert relight(language="tlh") == english
    asked = server.client.get("/v1/consent", params={"language": "de"}).json()
    assert asked["question"].startswith("Hat die Person eingewilligt, dass")
    plain = server.client.get("/v1/consent").json()
    assert plain["question"].startswith("Has the sitter agreed") and plain["ways"] == asked["ways"]


def test_errors_reports_and_reasons_come_in_german(
    enrolled: Running, made: dict[str, Any], photos: Path
) -> None:
    german = {"language": "de"}
    refused = enrolled.client.get("/v1/jobs/none", params=german)
    assert refused.json()["what"] == "Kein Auftrag heißt 'none'"
    paths = f"/v1/jobs/{made['id']}/sheet", f"/v1/jobs/{made['id']}/results"
    sheet, results = (enrolled.client.get(path, params=german).json() for path in paths)
    told = json.dumps([sheet, [each for each in results if each["output"] == "reasons"]])
    assert not re.search("rank|photos|better ones|similar", told), told
    # What a program reads stays as it is.
    english = enrolled.client.get(paths[1]).json()
    for one, other in zip(english, results, strict=True):
        if one["kind"] == "HEADSHOTS_PICTURES":
            cards = [[each["scorecard"] for each in side["value"]] for side in (one, other)]
            assert cards[0] == cards[1]
    body = {"recipe": "score_a_picture", "inputs": {"Pictures.paths": "/nowhere/a.jpg"}}
    answer = enrolled.client.post("/v1/jobs", json=body, params=german).json()
    assert "liegt in keinem der Ordner" in answer["what"], answer
    assert enrolled.client.get("/v1/looks", params=german).json()[0]["title"] == "Studio Grau"
    stranger = enrolled.client.get("/v1/jobs", headers={"Authorization": "no"}, params=german)
    assert stranger.json()["what"].startswith("Die Anfrage hat keinen Schlüssel")


def test_forgotten_sitter_is_gone_everywhere(enrolled: Running, made: dict[str, Any]) -> None:
    running = enrolled.order(recipe=generate(count=100, width=400), detach=True)["id"]
    assert enrolled.client.delete(f"/v1/identities/{NAME}").status_code == 204
    assert enrolled.client.get("/v1/identities").json() == []
    assert enrolled.client.get(f"/v1/jobs/{running}").status_code == 404
    assert enrolled.client.get(f"/v1/jobs/{made['id']}").status_code == 404
    data = enrolled.runtime.parent / "data"
    with sqlite3.connect(data / "vault.sqlite3") as vault:
        counts = "SELECT (SELECT count(*) FROM sitters), (SELECT count(*) FROM blobs)"
        assert vault.execute(counts).fetchone() == (0, 0)
    assert enrolled.client.delete(f"/v1/identities/{NAME}").status_code == 404


def test_faces_of_a_picture_are_boxes_and_nothing_else(server: Running, photos: Path) -> None:
    id = server.send(photos / "obama.jpg")
    (face,) = server.client.get(f"/v1/pictures/{id}/faces").json()
    assert set(face) == {"x", "y", "width", "height"}
    width, height = Pillow.open(photos / "obama.jpg").size
    assert 0 < face["x"] < face["x"] + face["width"] < width
    assert 0 < face["y"] < face["y"] + face["height"] < height
    wall = io.BytesIO()
    Pillow.new("RGB", (64, 64), "grey").save(wall, "png")
    nobody = server.client.post("/v1/pictures", content=wall.getvalue()).json()["id"]
    assert server.client.get(f"/v1/pictures/{nobody}/faces").json() == []
    assert server.client.get("/v1/pictures/none/faces").status_code == 404


def test_a_look_is_shown(server: Running) -> None:
    shown = server.client.get("/v1/looks/executive/picture?width=96")
    assert shown.headers["content-type"] == "image/png"
    assert Pillow.open(io.BytesIO(shown.content)).size == (96, 120)
    assert server.client.get("/v1/looks/nonesuch/picture").json()["code"] == "input.unknown-name"
    assert server.client.get("/v1/looks/executive/picture?width=9000").status_code == 422


def test_presets_of_retouching_are_listed_and_saved(server: Running) -> None:
    listed = {each["name"]: each for each in server.client.get("/v1/presets").json()}
    assert listed["natural"]["parts"]["skin"] == 0.4 and not listed["natural"]["own"]
    saved = server.client.put("/v1/presets/mine", json={"skin": 0.2, "lint": 1})
    assert saved.status_code == 204
    mine = next(e for e in server.client.get("/v1/presets").json() if e["name"] == "mine")
    assert mine["own"] and mine["parts"] == {
        **dict.fromkeys(mine["parts"], 0),
        "skin": 0.2,
        "lint": 1,
    }
    for name, parts in (("natural", {"skin": 0.2}), ("mine", {"skin": 2}), ("mine", {"skn": 0.2})):
        answer = server.client.put(f"/v1/presets/{name}", json=parts)
        assert answer.status_code == 422 and answer.json()["code"] == "input.invalid"
