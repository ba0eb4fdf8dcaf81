"""What was done to a picture, as the actions of a C2PA manifest (C2PA 2.1, 18.15).

The first says what the picture is as a whole; each further one what was done to it, as far as its
origin tells, with IPTC's source type of what that added where it added anything. None is
`c2pa.placed`, which would have to say which photo was.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ... import __version__
from ..generation import Origin
from .xmp import source_type_uri

AGENT = {"name": "headshots", "version": __version__}
_ENHANCED, _COMPOSED = "algorithmicallyEnhanced", "compositeSynthetic"
_PAINTED = "compositeWithTrainedAlgorithmicMedia"

# By the settings of an origin: C2PA's action, in words, IPTC's source type of what it added.
_STUDIO = (
    ("head", "c2pa.edited", "The sitter, cut out of a photo, placed before a backdrop", _COMPOSED),
    ("azimuth", "c2pa.color_adjustments", "Lit anew by computation", _ENHANCED),
    ("borrowed", "c2pa.edited", "A region of the face placed from another photo", "composite"),
)
_EDITS = (
    ("prompt", "c2pa.edited", "Painted by a generative model", _PAINTED),
    ("retouch", "c2pa.edited", "Skin retouched", _ENHANCED),
    ("retouched", "c2pa.edited", "Skin retouched", _ENHANCED),
    ("refined", "c2pa.edited", "Refined by {}", ""),
    ("relit", "c2pa.color_adjustments", "Lit anew by computation: {}", _ENHANCED),
    ("backdrop", "c2pa.edited", "Placed before another backdrop: {}", ""),
    ("enlarged", "c2pa.resized", "Enlarged {} times", _ENHANCED),
    ("cropped", "c2pa.cropped", "", ""),
)


def actions_of(origin: Origin, written: Iterable[str] = ()) -> list[dict[str, Any]]:
    """The actions that led to a picture of `origin`.

    Args:
        written: actions, C2PA's names, that writing the file added, such as "c2pa.cropped".
    """
    made = {"action": "c2pa.created", "softwareAgent": AGENT}
    actions = [made | {"digitalSourceType": source_type_uri(origin.source_type)}]
    known = (*(_STUDIO if origin.generator else ()), *_EDITS)
    for name, action, said, added in known:
        if origin.settings.get(name):
            told = {"action": action, "softwareAgent": AGENT}
            if said:
                told |= {"parameters": {"description": said.format(origin.settings[name])}}
            if added:
                told |= {"digitalSourceType": source_type_uri(added)}
            actions.append(told)
    return [*actions, *({"action": each, "softwareAgent": AGENT} for each in written)]
