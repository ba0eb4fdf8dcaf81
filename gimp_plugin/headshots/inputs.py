"""The inputs that the forms ask for, from the steps' declarations. Doesn't depend on GIMP."""

from collections import Counter

from recipes import LOAD
from words import say

CONSTANTS = ("STRING", "INT", "FLOAT", "BOOLEAN", "COMBO", "CHOICES")
# Inputs that the dialogs don't ask for: how layers come back is fixed, and there is one picture,
# whose original is there already if it is refused.
SETTLED = ("on_no_face", "names", "layers", "matched", "on_refusal")
# The label of the name of a stored sitter.
SITTER = "sitter"
# Fractions with a range up to this width get a slider; all others are typed in.
_WIDEST_SLIDER = 20


def step_inputs(inputs, besides=(), defaults=None):
    """(Declaration, first value) of each constant of a step.

    Args:
        inputs: as in `GET /v1/steps`.
        besides: names to omit.
        defaults: instead of the declared ones, by name.
    """
    defaults = defaults or {}
    for declared in inputs:
        if declared["kind"] in CONSTANTS and declared["name"] not in besides:
            yield declared, defaults.get(declared["name"], declared["default"])


def recipe_inputs(document, addresses, steps, besides=(), titles=None):
    """(Address, label, declaration, first value) of each constant that a recipe sets itself.

    The label is the input's, or `SITTER` in words for the name of a stored sitter; if several
    are equal, the title of the node precedes it.

    Args:
        document: the recipe in ComfyUI's API format.
        addresses: "node.input", as in `GET /v1/recipes`.
        steps: by class, as in `GET /v1/steps`.
        besides: names to omit.
        titles: what is said for a node's title, as in `GET /v1/recipes`.
    """
    pairs = [address.rsplit(".", 1) for address in addresses]
    pairs = [(id, name) for id, name in pairs if name in document[id]["inputs"]]
    every = [_declared(steps[document[id]["class_type"]], name) for id, name in pairs]
    labels = [
        _label(document[id], declared) for (id, _), declared in zip(pairs, every, strict=True)
    ]
    times = Counter(labels)
    for (id, name), declared, text in zip(pairs, every, labels, strict=True):
        if name in besides:
            continue
        node = document[id]
        step = steps[node["class_type"]]
        title = node.get("_meta", {}).get("title", step["title"])
        title = (titles or {}).get(title, title)
        label = f"{title}: {text}" if times[text] > 1 else text
        value = node["inputs"][name]
        first = value["__value__"] if isinstance(value, dict) else value  # as recipes write lists
        yield f"{id}.{name}", label, declared, first


def _declared(step, name):
    return next(each for each in step["inputs"] if each["name"] == name)


def _label(node, declared):
    sitter = (node["class_type"], declared["name"]) == (LOAD, "name")
    return say(SITTER) if sitter else declared["label"]


def number_range(declared):
    """(Lowest, highest, step, whether a slider shows it) of an INT or a FLOAT."""
    whole = declared["kind"] == "INT"
    low = declared["low"] if declared["low"] is not None else -1e9
    high = declared["high"] if declared["high"] is not None else 1e9
    step = 1 if whole else max((high - low) / 100, 0.01)
    return low, high, step, not whole and high - low <= _WIDEST_SLIDER
