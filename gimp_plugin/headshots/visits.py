"""The server calls of each menu entry.

These functions run in threads, with plain values in and out; nothing here calls GIMP.
"""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from core_client import Problem
from recipes import (
    BESIDE,
    KEPT,
    ORIGINAL,
    PICTURES,
    SCORE,
    STEP,
    deliver_recipe,
    edit_recipe,
    keep_recipe,
    make_recipe,
)
from samples import split
from words import say

# What the server calls a layer that was sent to it.
LAYER = "the layer"


@dataclass
class Picture:
    """One picture from the server.

    name: for a layer, with the score.
    samples: RGB bytes, as deep as those that were sent.
    changed: 8-bit samples, full where it differs from what was sent; None if unknown.
    layers: (shape, samples, mask) for each, bottom to top; empty if it is a flat picture.
    facts: recipe, scorecard, provenance.
    """

    name: str
    width: int
    height: int
    samples: bytes
    changed: bytes | None = None
    layers: list = field(default_factory=list)
    facts: dict = field(default_factory=dict)


@dataclass
class Made:
    """Candidates that the server holds until they are dropped.

    server: that holds them.
    request: sitter, looks, values and keep, as they were asked for.
    sheet: the job's sheet: the place and verdict of each.
    known: other data of each, by name.
    """

    server: object
    job: str
    request: tuple
    recipe: dict
    sheet: list
    known: dict

    @property
    def kept(self):
        return [entry for entry in self.sheet if entry["verdict"] == "keep"]


def edited(server, action, pixels, values, sitter="", report=lambda job: None, stop=None):
    """(The picture after the action's step or None, its notes, its scorecards).

    Each scorecard comes as (as it is stored, its reasons in words).

    Args:
        pixels: `samples.Pixels`.

    Raises:
        Problem, Cancelled: see `core_client.Server.watch`.
    """
    scored = action.step == SCORE
    # What can't be scored has a reason on its card; what can't be edited is no result.
    strict = {} if scored else {"on_no_face": "raise"}
    recipe = edit_recipe(action.step, {**values, **strict}, sitter)
    sent = server.send_pixels(LAYER, pixels)
    try:
        job = server.order(
            recipe,
            pictures={PICTURES: [sent]},
            title=action.title,
            wanted=[KEPT if scored else STEP],
        )["id"]
        server.watch(job, report, stop)
        every = server.json("GET", f"/v1/jobs/{job}/results")
        results = {(each["node"], each["output"]): each for each in every}
        notes = results.get((STEP, "notes"))
        done = results[(KEPT, "judged") if scored else (STEP, "pictures")]
        value = done["value"]
        cards = [(each["scorecard"], each["reasons"]) for each in value if each["scorecard"]]
        picture = None
        if done["count"] and not scored:
            facts = _facts(recipe, value[0])
            query = {"form": _form(pixels), "since": sent}
            picture = _picture(server, job, STEP, "pictures", 0, action.title, facts, query)
    finally:
        server.forget_picture(sent)
    server.forget_job(job)
    return picture, notes["value"] if notes else "", cards


def kept(server, action, pixels, original, values, sitter="", report=lambda job: None, stop=None):
    """(The edited picture with the sitter of the original, or None where it was refused; the place
    of its corner in the original, (x, y) in pixels; the step's notes).

    Args:
        pixels, original: `samples.Pixels` of both.

    Raises:
        Problem, Cancelled: see `core_client.Server.watch`; the original shows not one face.
    """
    recipe = keep_recipe(values, sitter)
    sent = []
    try:
        for name, each in ((LAYER, pixels), ("original.png", original)):
            sent.append(server.send_pixels(name, each))
        handed = {PICTURES: sent[:1], ORIGINAL: sent[1:]}
        ordered = server.order(recipe, pictures=handed, title=action.title, wanted=[STEP])
        job = ordered["id"]
        server.watch(job, report, stop)
        every = server.json("GET", f"/v1/jobs/{job}/results")
        results = {each["output"]: each for each in every if each["node"] == STEP}
        picture, place = None, (0, 0)
        if results["pictures"]["count"]:
            facts = _facts(recipe, results["pictures"]["value"][0])
            query = {"form": _form(original), "since": sent[1]}
            picture = _picture(server, job, STEP, "pictures", 0, action.title, facts, query)
            place = tuple(map(int, results["places"]["value"].split()))
    finally:
        for each in sent:
            server.forget_picture(each)
    server.forget_job(job)
    return picture, place, results["notes"]["value"]


def masked(server, action, pixels, outputs, report=lambda job: None, stop=None):
    """(Samples, width and height of the mask at each of `outputs`, the step's notes).

    Raises:
        Problem, Cancelled: see `core_client.Server.watch`; there is no face, or several.
    """
    sent = server.send_pixels(LAYER, pixels)
    try:
        recipe = edit_recipe(action.step, {"on_no_face": "raise"})
        ordered = server.order(
            recipe, pictures={PICTURES: [sent]}, title=action.title, wanted=[STEP]
        )
        job = ordered["id"]
        server.watch(job, report, stop)
    finally:
        server.forget_picture(sent)
    masks = []
    for output in outputs:
        path = result_path(job, STEP, output, 0)
        samples, headers = server.call("GET", path, query={"form": "raw"}, timeout=60)
        masks.append((samples, int(headers["X-Width"]), int(headers["X-Height"])))
    results = server.json("GET", f"/v1/jobs/{job}/results")
    server.forget_job(job)
    return masks, next(each["value"] for each in results if each["output"] == "notes")


def delivered(server, pixels, values, sitter="", card="", report=lambda job: None, stop=None):
    """Write a picture as a file, with a card if `card` is a language; returns the paths, and notes
    on differences from the request.
    """
    sent = server.send_pixels(LAYER, pixels)
    recipe = deliver_recipe(values, sitter, card)
    try:
        wanted = [STEP, BESIDE] if card else [STEP]
        folder = values.get("folder", "")
        job = server.order(
            recipe,
            pictures={PICTURES: [sent]},
            title=say("Deliver"),
            wanted=wanted,
            folders=[folder] if Path(folder).is_absolute() else [],
        )
        server.watch(job["id"], report, stop)
    finally:
        server.forget_picture(sent)
    results = server.json("GET", f"/v1/jobs/{job['id']}/results")
    said = {(each["node"], each["output"]): each.get("value") for each in results}
    server.forget_job(job["id"])
    every = [(node, output) for output in ("paths", "notes") for node in wanted]
    return "\n".join(filter(None, map(said.get, every)))


def candidates(server, sitter, looks, values, keep, report=lambda job: None, stop=None):
    """Make headshots; the server holds them, so that chosen ones can be fetched."""
    recipe = make_recipe(sitter, looks, values, keep)
    job = server.order(recipe, title=say("Headshots of {sitter}", sitter=sitter), wanted=[KEPT])[
        "id"
    ]
    server.watch(job, report, stop)
    sheet = server.json("GET", f"/v1/jobs/{job}/sheet")
    results = server.json("GET", f"/v1/jobs/{job}/results")
    judged = next(each["value"] for each in results if each["output"] == "judged")
    known = {each["name"]: each for each in judged}
    return Made(server, job, (sitter, looks, values, keep), recipe, sheet, known)


def again(server, made, report=lambda job: None, stop=None):
    """Make candidates again that no server holds any more: the same order gives the same ones."""
    try:
        made.server.json("GET", f"/v1/jobs/{made.job}")
    except Problem:
        anew = candidates(server, *made.request, report, stop)
        made.server, made.job = server, anew.job


def thumbnail(made, entry, longest):
    """(RGB bytes, width, height) of one entry of a sheet."""
    return _small(made, _entry_path(made, entry), longest)


def source_photo(made, entry, longest):
    """(RGB bytes, width, height) of the photo that an entry was made of, its face in its place."""
    return _small(made, f"{_entry_path(made, entry)}/source", longest)


def _entry_path(made, entry):
    return result_path(made.job, entry["node"], entry["output"], entry["index"])


def _small(made, path, longest):
    query = {"form": "raw", "longest": longest}
    data, headers = made.server.call("GET", path, query=query, timeout=60)
    return data, int(headers["X-Width"]), int(headers["X-Height"])


def candidate(made, entry):
    """One chosen entry of a sheet, in layers if it has some."""
    server = made.server
    facts = _facts(made.recipe, made.known[entry["picture"]])
    facts["picture"] = entry["picture"]
    node, output, index = entry["node"], entry["output"], entry["index"]
    picture = _picture(server, made.job, node, output, index, _named(entry), facts)
    path = f"{result_path(made.job, node, output, index)}/layers"
    if not made.recipe[STEP]["inputs"]["layers"]:
        return picture
    for number, shape in enumerate(server.json("GET", path)):
        samples, _ = server.call("GET", f"{path}/{number}/pixels", timeout=60)
        mask = server.call("GET", f"{path}/{number}/mask")[0] if shape["mask"] else None
        picture.layers.append((shape, samples, mask))
    return picture


def enrolled(server, name, pictures, consent, replace, report=lambda job: None, stop=None):
    """Enrol a sitter from uploaded pictures, by id; returns the report, one line a photo."""
    wanted = {"name": name, "pictures": pictures, "consent": {"how": consent}, "replace": replace}
    job = server.json("POST", "/v1/identities", wanted)["id"]
    try:
        server.watch(job, report, stop)
    finally:
        for each in pictures:
            server.forget_picture(each)
    results = server.json("GET", f"/v1/jobs/{job}/results")
    server.forget_job(job)
    return next(each["value"] for each in results if each["output"] == "report")


def forgotten(server, name):
    """Forget a sitter."""
    server.json("DELETE", f"/v1/identities/{quote(name, safe='')}")


def ran(server, recipe, inputs, node="", pixels=None, report=lambda job: None, stop=None):
    """Run any recipe; returns (the pictures of the last step that gives some, the text outputs).

    Args:
        recipe: name or JSON.
        node: that `samples.Pixels` are handed to, if any.
    """
    sent = server.send_pixels(LAYER, pixels) if pixels else ""
    try:
        return _ran(server, recipe, inputs, node, pixels, sent, report, stop)
    finally:
        if sent:
            server.forget_picture(sent)


def _ran(server, recipe, inputs, node, pixels, sent, report, stop):
    job = server.order(recipe, inputs, {node: [sent]} if sent else {})["id"]
    server.watch(job, report, stop)
    query = {"form": _form(pixels), "since": sent} if sent else None
    results = server.json("GET", f"/v1/jobs/{job}/results")
    texts = [each["value"] for each in results if each["kind"] == "STRING" and each["value"]]
    text = "\n".join("\n".join(each) if isinstance(each, list) else str(each) for each in texts)
    outputs = [each for each in results if each["kind"] == "HEADSHOTS_PICTURES"]
    made = []
    # The first output of the last step that hands on pictures.
    for each in [each for each in outputs if each["node"] == outputs[-1]["node"]][:1]:
        for index, known in enumerate(each["value"]):
            name = f"{each['title']} {index + 1}"
            facts = {"recipe": recipe, "inputs": inputs, "provenance": known["provenance"]}
            place = each["node"], each["output"], index
            made.append(_picture(server, job, *place, name, facts, query))
    server.forget_job(job)
    return made, text


def _form(pixels):
    """The form of samples as deep as `samples.Pixels`."""
    return "raw16" if pixels.bits == 16 else "raw"


def _facts(recipe, known):
    """The facts that are attached to a layer: how it was made."""
    return {
        "recipe": recipe,
        "provenance": known["provenance"],
        "scorecard": known["scorecard"],
    }


def _named(entry):
    parts = {"number": entry["picture"], "look": entry["look_words"]}
    if entry["verdict"] == "reject":
        return say("Headshot {number} {look}, not good", **parts)
    return say("Headshot {number} {look}, good", **parts)


def result_path(job, node, output, index):
    return f"/v1/jobs/{job}/results/{quote(node, safe='')}/{output}/{index}"


def _picture(server, job, node, output, index, name, facts, query=None):
    """One picture of a result. query: of the request; default: 8-bit samples."""
    path = result_path(job, node, output, index)
    query = query or {"form": "raw"}
    samples, headers = server.call("GET", path, query=query, timeout=60)
    changed = None
    if int(headers["X-Channels"]) == 4:
        samples, changed = split(samples, 16 if query["form"] == "raw16" else 8)
    width, height = int(headers["X-Width"]), int(headers["X-Height"])
    return Picture(name, width, height, samples, changed, facts=facts)
