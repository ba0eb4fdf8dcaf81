"""The server calls for pictures of looks and lights, in threads; nothing here calls GIMP."""

from urllib.parse import quote

from recipes import STEP, looks_recipe
from visits import result_path
from words import say

WIDE, TALL = 80, 100  # pixels of a look's picture
LIGHT = 190  # pixels of a light's picture, which is square


def neutral_look(server, name):
    """PNG bytes of what a look does to a bust; None where the look can't be shown."""
    path = f"/v1/looks/{quote(name, safe='')}/picture"
    data, headers = server.call("GET", path, query={"width": 2 * WIDE})
    return data if headers.get_content_type() == "image/png" else None


def light_on_bust(server, pattern, side, ratio):
    """PNG bytes of a bust in a pattern of light.

    Args:
        side: "left" or "right", where the lamp stands in the picture.
        ratio: key ratio; 0: the pattern's own.

    Raises:
        Problem: see `core_client.Server.call`.
    """
    path = f"/v1/lights/{quote(pattern, safe='')}/picture"
    query = {"side": side, "ratio": ratio, "width": LIGHT}
    return server.call("GET", path, query=query)[0]


def looks_of(server, sitter, looks, stop):
    """(Name, RGB bytes, width, height) of each look on the sitter, for which a photo has room.

    Raises:
        Problem, Cancelled: see `core_client.Server.watch`.
    """
    recipe = looks_recipe(sitter, looks)
    job = server.order(recipe, title=say("Looks"), wanted=[STEP], listed=False)["id"]
    try:
        server.watch(job, stop=stop)
        results = server.json("GET", f"/v1/jobs/{job}/results")
        made = next(each for each in results if each["output"] == "pictures")
        for index, picture in enumerate(made["value"]):
            path = result_path(job, STEP, "pictures", index)
            query = {"form": "raw", "longest": 2 * TALL}
            data, headers = server.call("GET", path, query=query)
            size = int(headers["X-Width"]), int(headers["X-Height"])
            yield picture["provenance"]["look"], data, *size
    finally:
        server.forget_job(job)
