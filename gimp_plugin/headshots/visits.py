"""Visits to the server: what each menu entry asks for and what it brings back.

Called beside GIMP's main thread, with plain values in and out; nothing here calls GIMP.
"""

from dataclasses import dataclass, field
from urllib.parse import quote

from recipes import BESIDE, KEPT, PICTURES, SCORE, STEP, deliver_recipe, edit_recipe, make_recipe


@dataclass
class Picture:
    """One picture that came back.

    name: for a layer, the score included. samples: RGB bytes. layers: (shape, samples, mask) for
    each, bottom to top; empty where it is a picture alone. facts: recipe, scorecard, provenance.
    """

    name: str
    width: int
    height: int
    samples: bytes
    layers: list = field(default_factory=list)
    facts: dict = field(default_factory=dict)


@dataclass
class Made:
    """Candidates that the server holds until they are dropped.

    sheet: what is known of each. cards: the scorecards by picture.
    """

    job: str
    recipe: dict
    sheet: list
    cards: dict

    @property
    def kept(self):
        return [entry for entry in self.sheet if entry["verdict"] == "keep"]


def edited(server, action, pixels, values, sitter="", told=lambda job: None, stop=None):
    """(The picture after the action's step or None, its notes, its scorecards).

    Args:
        pixels: `samples.Pixels`.

    Raises:
        Problem, Cancelled: see `core_client.Server.watch`.
    """
    recipe = edit_recipe(action.step, values, sitter)
    scored = action.step == SCORE
    sent = server.send_pixels("layer.png", pixels)
    try:
        job = server.order(
            recipe,
            pictures={PICTURES: [sent]},
            title=action.title,
            wanted=[KEPT if scored else STEP],
        )["id"]
        server.watch(job, told, stop)
    finally:
        server.forget_picture(sent)
    every = server.json("GET", f"/v1/jobs/{job}/results")
    results = {(each["node"], each["output"]): each for each in every}
    notes = results.get((STEP, "notes"))
    cards = results.get((KEPT if scored else STEP, "scorecards"))
    cards = cards["value"] if cards else []
    origins = results.get((STEP, "origins"))
    facts = _facts(recipe, cards[0] if cards else None, origins["value"] if origins else None)
    images = results.get((STEP, "images"))
    picture = None
    if images and images["count"]:
        picture = _picture(server, job, STEP, "images", 0, action.title, facts)
    server.forget_job(job)
    return picture, notes["value"] if notes else "", cards


def delivered(server, pixels, values, sitter="", card="", told=lambda job: None, stop=None):
    """Write a picture as a file, with a card beside it if a language is given for one: the paths,
    and notes on what differs from what was asked.
    """
    sent = server.send_pixels("layer.png", pixels)
    recipe = deliver_recipe(values, sitter, card)
    try:
        wanted = [STEP, BESIDE] if card else [STEP]
        job = server.order(recipe, pictures={PICTURES: [sent]}, title="Deliver", wanted=wanted)
        server.watch(job["id"], told, stop)
    finally:
        server.forget_picture(sent)
    results = server.json("GET", f"/v1/jobs/{job['id']}/results")
    said = {(each["node"], each["output"]): each.get("value") for each in results}
    server.forget_job(job["id"])
    every = [(node, output) for output in ("paths", "notes") for node in wanted]
    return "\n".join(filter(None, map(said.get, every)))


def candidates(server, sitter, looks, values, keep, told=lambda job: None, stop=None):
    """Make headshots; they are held by the server, so that chosen ones can be fetched."""
    recipe = make_recipe(sitter, looks, values, keep)
    job = server.order(recipe, title=f"Headshots of {sitter}", wanted=[KEPT])["id"]
    server.watch(job, told, stop)
    sheet = server.json("GET", f"/v1/jobs/{job}/sheet")
    cards = {card["picture"]: card for card in server.json("GET", f"/v1/jobs/{job}/scorecards")}
    return Made(job, recipe, sheet, cards)


def thumbnail(server, made, entry, longest=220):
    """(RGB bytes, width, height) of one entry of a sheet."""
    path = _result(made.job, entry["node"], entry["output"], entry["index"])
    data, headers = server.call("GET", path, query={"form": "raw", "longest": longest})
    return data, int(headers["X-Width"]), int(headers["X-Height"])


def candidate(server, made, entry):
    """One chosen entry of a sheet, in layers."""
    facts = _facts(made.recipe, made.cards.get(entry["picture"]))
    facts["picture"] = entry["picture"]
    node, output, index = entry["node"], entry["output"], entry["index"]
    picture = _picture(server, made.job, node, output, index, _named(entry), facts)
    path = f"{_result(made.job, STEP, 'layers', index)}/layers"
    for number, shape in enumerate(server.json("GET", path)):
        samples, _ = server.call("GET", f"{path}/{number}/pixels", timeout=60)
        mask = server.call("GET", f"{path}/{number}/mask")[0] if shape["mask"] else None
        picture.layers.append((shape, samples, mask))
    return picture


def enrolled(server, name, pictures, consent, replace, told=lambda job: None, stop=None):
    """Enrol a sitter from ids of sent pictures; the report, one line a photo."""
    wanted = {"name": name, "pictures": pictures, "consent": {"how": consent}, "replace": replace}
    job = server.json("POST", "/v1/identities", wanted)["id"]
    try:
        server.watch(job, told, stop)
    finally:
        for each in pictures:
            server.forget_picture(each)
    results = server.json("GET", f"/v1/jobs/{job}/results")
    server.forget_job(job)
    return next(each["value"] for each in results if each["output"] == "report")


def forgotten(server, name):
    """Forget a sitter."""
    server.json("DELETE", f"/v1/identities/{quote(name, safe='')}")


def ran(server, recipe, inputs, pictures, told=lambda job: None, stop=None):
    """Run any recipe; (the pictures that its last step with pictures gave, its text).

    Args:
        recipe: name or JSON. pictures: ids of sent ones, by node.
    """
    job = server.order(recipe, inputs, pictures)["id"]
    server.watch(job, told, stop)
    results = server.json("GET", f"/v1/jobs/{job}/results")
    texts = [each["value"] for each in results if each["kind"] == "STRING" and each["value"]]
    text = "\n".join("\n".join(each) if isinstance(each, list) else str(each) for each in texts)
    found = []
    origins = {each["node"]: each["value"] for each in results if each["output"] == "origins"}
    for each in [each for each in results if each["kind"] == "IMAGE" and each["count"]][-1:]:
        made = origins.get(each["node"]) or [None] * each["count"]
        for index in range(each["count"]):
            name = f"{each['title']} {index + 1}"
            facts = {"recipe": recipe, "inputs": inputs, "provenance": made[index]}
            found.append(_picture(server, job, each["node"], each["output"], index, name, facts))
    server.forget_job(job)
    return found, text


def _facts(recipe, card, origins=None):
    """What a layer remembers of how it was made."""
    provenance = (origins or [None])[0] or (card or {}).get("provenance")
    return {"recipe": recipe, "provenance": provenance, "scorecard": card}


def _named(entry):
    likeness = "" if entry["likeness"] is None else f", likeness {entry['likeness']:.2f}"
    return f"Headshot {entry['picture']} ({entry['verdict']}{likeness})"


def _result(job, node, output, index):
    return f"/v1/jobs/{job}/results/{quote(node, safe='')}/{output}/{index}"


def _picture(server, job, node, output, index, name, facts):
    path = _result(job, node, output, index)
    samples, headers = server.call("GET", path, query={"form": "raw"}, timeout=60)
    return Picture(name, int(headers["X-Width"]), int(headers["X-Height"]), samples, facts=facts)
