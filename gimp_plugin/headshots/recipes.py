"""The recipes of the entries: dictionaries in ComfyUI's API format. Doesn't depend on GIMP."""

READ, LOAD, SCORE = "HeadshotsReadPictures", "HeadshotsLoadSitter", "HeadshotsScore"
DELIVER, CARD = "HeadshotsDeliver", "HeadshotsCard"
STUDIO, LOOK, KEEP = "HeadshotsStudio", "HeadshotsChooseLook", "HeadshotsKeepBest"
MASKS, KEEP_SITTER = "HeadshotsMasks", "HeadshotsKeepSitter"

# The titles of the recipes' nodes.
PICTURES, SITTER, STEP, SCORES, KEPT = "pictures", "sitter", "step", "scores", "kept"
BESIDE, ORIGINAL = "beside", "original"
_SMALLEST = 256  # width of the smallest picture that the studio makes


class Graph(dict):
    """A recipe built node by node."""

    def add(self, id, step, **inputs):
        """Add a node; returns a link from its first, main output."""
        self[id] = {"class_type": step, "inputs": inputs}
        return [id, 0]


def edit_recipe(step, values, sitter=""):
    """The recipe that puts one uploaded picture through a step.

    Args:
        step: class of it.
        values: its constants by name.
        sitter: name, or empty.
    """
    recipe = Graph()
    inputs = {**values, "pictures": recipe.add(PICTURES, READ, paths="")}
    if sitter:
        inputs["identity"] = recipe.add(SITTER, LOAD, name=sitter)
    done = recipe.add(STEP, step, **inputs)
    if step == SCORE:
        # Scores alone hold no verdict: it is made by choosing.
        recipe.add(KEPT, KEEP, pictures=done, keep=1)
    return recipe


def keep_recipe(values, sitter=""):
    """The recipe that keeps the sitter of one uploaded picture in another; see `edit_recipe`."""
    recipe = edit_recipe(KEEP_SITTER, {**values, "on_refusal": "reject"}, sitter)
    recipe[STEP]["inputs"]["originals"] = recipe.add(ORIGINAL, READ, paths="")
    return recipe


def deliver_recipe(values, sitter="", card=""):
    """The recipe that writes one uploaded picture as a file; see `edit_recipe`.

    With a sitter, their consent is checked and the picture is scored.

    Args:
        card: language of an authenticity card, which needs the sitter; empty for none.
    """
    recipe = Graph()
    pictures = recipe.add(PICTURES, READ, paths="")
    if sitter:
        identity = recipe.add(SITTER, LOAD, name=sitter)
        pictures = recipe.add(SCORES, SCORE, pictures=pictures, identity=identity)
    files = recipe.add(STEP, DELIVER, pictures=pictures, **values)
    if card:
        shown = {"pictures": pictures, "identity": identity, "files": files, "language": card}
        folder = {"folder": values["folder"]} if "folder" in values else {}
        recipe.add(BESIDE, CARD, **shown, **folder)
    return recipe


def looks_recipe(sitter, looks):
    """The recipe that shows looks on a sitter, one small picture for each."""
    recipe = Graph()
    identity = recipe.add(SITTER, LOAD, name=sitter)
    chosen = recipe.add("looks", LOOK, looks={"__value__": list(looks)})
    values = {"count": len(looks), "width": _SMALLEST, "seed": 0, "matched": True}
    recipe.add(STEP, STUDIO, identity=identity, looks=chosen, **values)
    return recipe


def make_recipe(sitter, looks, values, keep):
    """The recipe that makes headshots, scores them and keeps the best.

    The studio's come in layers; what another generator painted has none.

    Args:
        looks: names, at least one.
        values: constants of the studio step.
        keep: how many.
    """
    recipe = Graph()
    identity = recipe.add(SITTER, LOAD, name=sitter)
    chosen = recipe.add("looks", LOOK, looks={"__value__": list(looks)})
    layers = values.get("generator", "studio") == "studio"
    studio = {**values, "layers": layers, "identity": identity, "looks": chosen}
    pictures = recipe.add(STEP, STUDIO, **studio)
    recipe.add(
        KEPT,
        KEEP,
        pictures=recipe.add(SCORES, SCORE, pictures=pictures, identity=identity),
        keep=keep,
    )
    return recipe
