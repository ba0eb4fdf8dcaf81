"""The server calls of a live preview. They run in threads; nothing here calls GIMP."""

from recipes import PICTURES, STEP, edit_recipe
from visits import LAYER, result_path


def faces_in(server, pixels):
    """Boxes of the faces in `samples.Pixels`, the largest first."""
    sent = server.send_pixels(LAYER, pixels)
    try:
        return server.json("GET", f"/v1/pictures/{sent}/faces", timeout=60)
    finally:
        server.forget_picture(sent)


def previewed(server, action, sent, values, sitter="", stop=None):
    """(RGB bytes, width, height) of a picture that was sent, after the action's step.

    Raises:
        Problem, Cancelled: see `core_client.Server.watch`.
    """
    recipe = edit_recipe(action.step, {**values, "on_no_face": "raise"}, sitter)
    job = server.order(recipe, pictures={PICTURES: [sent]}, title=action.title, wanted=[STEP])["id"]
    server.watch(job, stop=stop)
    data, headers = server.call("GET", result_path(job, STEP, "pictures", 0), query={"form": "raw"})
    server.forget_job(job)
    return data, int(headers["X-Width"]), int(headers["X-Height"])
