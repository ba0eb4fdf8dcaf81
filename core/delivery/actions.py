"""The provenance of a picture as the actions of a C2PA manifest (C2PA 2.1, 18.15).

The first action says what the picture is as a whole: `c2pa.created` with IPTC's source type, or, if
its origin is unknown, `c2pa.opened` of an ingredient about which nothing is claimed. Then follows
each edit of the provenance, in order, with the source type of what it added.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, assert_never

from ... import __version__
from ..provenance import (
    TRUE_OF_ANY,
    BackdropReplaced,
    Composited,
    Cropped,
    Edit,
    EditedElsewhere,
    Enlarged,
    FeatureTransferred,
    ModelUse,
    Painted,
    Provenance,
    Refined,
    Relit,
    Retouched,
    SitterKept,
)

AGENT = {"name": "headshots", "version": __version__}
# The instance id of the ingredient that stands for a picture of unknown origin.
UNKNOWN_PICTURE = "urn:headshots:picture-of-unknown-origin"


def actions_of(provenance: Provenance, written: Iterable[str] = ()) -> list[dict[str, Any]]:
    """The actions that led to a picture.

    Args:
        written: C2PA's names of actions done while writing the file, such as "c2pa.cropped".
    """
    first, known = _first(provenance)
    edits = [_action(edit, known) for edit in provenance.edits]
    return [first, *edits, *(_plain(each) for each in written)]


def _first(provenance: Provenance) -> tuple[dict[str, Any], bool]:
    """The first action, and whether the picture's origin is known."""
    term = provenance.source_type
    if term is None or not (provenance.generator or provenance.capture):
        return _plain("c2pa.opened") | {"parameters": {"ingredientIds": [UNKNOWN_PICTURE]}}, False
    return _plain("c2pa.created") | {"digitalSourceType": term.uri}, True


def _plain(action: str) -> dict[str, Any]:
    return {"action": action, "softwareAgent": AGENT}


_RETOUCHED = {
    "skin": "skin",
    "blemishes": "blemishes",
    "shine": "glare on the skin",
    "under_eyes": "circles under the eyes",
    "eyes": "whites of the eyes",
    "teeth": "teeth",
    "stray_hairs": "stray hairs removed",
    "lint": "lint removed from the clothes",
    "creases": "creases of the clothes softened",
}


def _action(edit: Edit, known: bool) -> dict[str, Any]:
    action, description = _words(edit)
    # "Enhanced" applies to photographs only, so not to a picture of unknown origin.
    adds = edit.adds if known or edit.adds in TRUE_OF_ANY else None
    return {
        **_plain(action),
        **({"parameters": {"description": description}} if description else {}),
        **({"digitalSourceType": adds.uri} if adds else {}),
    }


def _words(edit: Edit) -> tuple[str, str]:
    """C2PA's name of the action, and its description."""
    match edit:
        case Composited():
            return "c2pa.edited", "The sitter, cut out of a photo, placed before a backdrop"
        case Relit():
            by = f": {edit.pattern}" if edit.pattern else ""
            return "c2pa.color_adjustments", f"Lit anew by computation{by}"
        case Retouched():
            parts = (words for part, words in _RETOUCHED.items() if getattr(edit, part))
            return "c2pa.edited", f"Retouched: {', '.join(parts)}"
        case FeatureTransferred():
            return "c2pa.edited", "A region of the face placed from another photo"
        case BackdropReplaced():
            return "c2pa.edited", f"Placed before another backdrop: {edit.backdrop}"
        case Painted():
            return "c2pa.edited", "Painted by a generative model"
        case Refined():
            return "c2pa.edited", f"Refined by {edit.refiner}"
        case Enlarged():
            by = f" by the network {edit.network}" if edit.network else ""
            return "c2pa.resized", f"Enlarged {edit.factor:g} times{by}"
        case Cropped():
            return "c2pa.cropped", ""
        case SitterKept():
            by = f" ({edit.by.name})" if edit.by and edit.by.name else ""
            own = f"the sitter's own pixels put back: {edit.kept}"
            lit = ", and lit as the edit is" if edit.lit else ""
            if edit.kept == "nothing":
                own = "registered to the photo and judged against the sitter"
            return "c2pa.edited", f"Edited by a generative model{by}, {own}{lit}"
        case EditedElsewhere(by=ModelUse(name=name)):
            model = f" ({name})" if name else ""
            return "c2pa.edited", f"Edited by a generative model{model} in another program"
        case EditedElsewhere():
            return "c2pa.unknown", "Changed by another program"
        case _:
            assert_never(edit)
