"""The recipes that the entries order: dictionaries in ComfyUI's API format.

Nothing here knows GIMP.
"""

READ, LOAD, SCORE = "HeadshotsReadPictures", "HeadshotsLoadSitter", "HeadshotsScore"
REFINE, DELIVER, CARD = "HeadshotsRefine", "HeadshotsDeliver", "HeadshotsCard"
STUDIO, LOOK, KEEP = "HeadshotsStudio", "HeadshotsChooseLook", "HeadshotsKeepBest"

# What the recipes' nodes are called.
PICTURES, SITTER, STEP, SCORES, KEPT = "pictures", "sitter", "step", "scores", "kept"
BESIDE = "beside"


def edit_recipe(step, values, sitter=""):
    """The recipe that puts one picture, which is handed over, through a step.

    Args:
        step: class of it. values: its constants by name. sitter: name, or empty.
    """
    recipe = {
        PICTURES: _node(READ, {"paths": ""}),
        STEP: _node(step, {**values, "images": [PICTURES, 0]}),
    }
    told = {"images": [PICTURES, 0], "origins": [PICTURES, 2]}
    if sitter:
        recipe[SITTER] = _node(LOAD, {"name": sitter})
        recipe[STEP]["inputs"]["identity"] = told["identity"] = [SITTER, 0]
    if step == REFINE:  # is told by scorecards how its pictures were made
        recipe[SCORES] = _node(SCORE, told)
        recipe[STEP]["inputs"]["scorecards"] = [SCORES, 0]
    else:
        recipe[STEP]["inputs"]["origins"] = told["origins"]
    if step == SCORE:
        # Scores alone hold no verdict: it is made by choosing.
        recipe[KEPT] = _node(KEEP, {"images": [PICTURES, 0], "scorecards": [STEP, 0], "keep": 1})
    return recipe


def deliver_recipe(values, sitter="", card=""):
    """The recipe that writes one picture, which is handed over, as a file; see `edit_recipe`.

    A sitter is asked for their consent, and scored.

    Args:
        card: language of the authenticity card that is written beside it; empty for none. It
            needs the sitter.
    """
    recipe = {
        PICTURES: _node(READ, {"paths": ""}),
        STEP: _node(
            DELIVER,
            {
                **values,
                "images": [PICTURES, 0],
                "origins": [PICTURES, 2],
                "mattes": [PICTURES, 4],
            },
        ),
    }
    if sitter:
        recipe[SITTER] = _node(LOAD, {"name": sitter})
        told = {"images": [PICTURES, 0], "identity": [SITTER, 0], "origins": [PICTURES, 2]}
        recipe[SCORES] = _node(SCORE, told)
        recipe[STEP]["inputs"]["scorecards"] = [SCORES, 0]
    if card:
        folder = {"folder": values["folder"]} if "folder" in values else {}
        shown = {"images": [PICTURES, 0], "identity": [SITTER, 0], "scorecards": [SCORES, 0]}
        recipe[BESIDE] = _node(CARD, {**shown, **folder, "files": [STEP, 0], "language": card})
    return recipe


def make_recipe(sitter, looks, values, keep):
    """The recipe that makes headshots in layers, scores them and keeps the best.

    Args:
        looks: names, at least one. values: constants of the studio step. keep: how many.
    """
    recipe = {SITTER: _node(LOAD, {"name": sitter})}
    before = {}
    for number, look in enumerate(looks, 1):
        id = f"look {number}"
        recipe[id] = _node(LOOK, {"look": look, **before})
        before = {"and_also": [id, 0]}
    recipe[STEP] = _node(
        STUDIO, {**values, "layers": True, "identity": [SITTER, 0], "looks": before["and_also"]}
    )
    recipe[SCORES] = _node(
        SCORE,
        {
            "images": [STEP, 0],
            "identity": [SITTER, 0],
            "mattes": [STEP, 1],
            "origins": [STEP, 2],
        },
    )
    recipe[KEPT] = _node(
        KEEP,
        {
            "images": [STEP, 0],
            "scorecards": [SCORES, 0],
            "mattes": [STEP, 1],
            "layers": [STEP, 3],
            "keep": keep,
        },
    )
    return recipe


def values_of(recipe):
    """What a recipe of ours was made with: (constants of its step, sitter, looks)."""
    values = {
        name: value for name, value in recipe[STEP]["inputs"].items() if not isinstance(value, list)
    }
    sitter = recipe[SITTER]["inputs"]["name"] if SITTER in recipe else ""
    looks = [node["inputs"]["look"] for node in recipe.values() if node["class_type"] == LOOK]
    return values, sitter, looks


def _node(step, inputs):
    return {"class_type": step, "inputs": inputs}
