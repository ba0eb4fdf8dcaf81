"""How newer engines let nodes be found: other words for them, and a place among the essentials."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from comfy_api.latest import io

from ..core.recipes.step import Step

# What photographers type, in English and German.
_WORDS: Mapping[str, tuple[str, ...]] = {
    "HeadshotsReadPhotos": ("upload photos", "load photos", "portrait", "Fotos laden"),
    "HeadshotsEnrolSitter": ("person", "identity", "face", "consent", "Person anlegen"),
    "HeadshotsLoadSitter": ("person", "identity", "saved face", "Person laden"),
    "HeadshotsChooseLook": ("style", "background", "lighting", "Stil"),
    "HeadshotsStudio": ("headshot", "portrait", "profile picture", "Porträt", "Bewerbungsfoto"),
    "HeadshotsSitterReferences": ("reference images", "face reference", "Referenzbilder"),
    "HeadshotsApplySitter": ("ip-adapter", "faceid", "lora"),
    "HeadshotsScore": ("face likeness", "face similarity", "compare faces", "Ähnlichkeit"),
    "HeadshotsKeepBest": ("select best", "filter", "cull", "aussortieren"),
    "HeadshotsRetouch": ("skin retouch", "skin smoothing", "blemish", "teeth", "Hautretusche"),
    "HeadshotsRelight": ("relight", "studio light", "portrait lighting", "Licht"),
    "HeadshotsReplaceBackdrop": ("remove background", "backdrop", "Hintergrund ersetzen"),
    "HeadshotsCrop": ("crop face", "passport", "portrait crop", "zuschneiden"),
    "HeadshotsUpscale": ("upscale face", "vergrößern"),
    "HeadshotsRefine": ("face detailer", "restore face", "verbessern"),
    "HeadshotsKeepSitter": ("keep face", "restore identity", "face swap back", "Gesicht behalten"),
    "HeadshotsMasks": ("hair mask", "skin mask", "face parsing", "segmentation", "Maske"),
    "HeadshotsClothes": ("change outfit", "suit", "clothes mask", "Kleidung"),
    "HeadshotsContactSheet": ("overview", "proof sheet", "Kontaktbogen"),
    "HeadshotsDeliver": ("save image", "export", "linkedin", "speichern"),
}

# Under the essentials' own headings.
_ESSENTIALS: Mapping[str, str] = {
    "HeadshotsStudio": "Image Generation",
    "HeadshotsReadPhotos": "Image Tools",
    "HeadshotsRetouch": "Image Tools",
    "HeadshotsScore": "Image Tools",
    "HeadshotsKeepSitter": "Image Tools",
    "HeadshotsDeliver": "Image Tools",
}

_KNOWN = {each.name for each in fields(io.Schema)}


def found(step: Step) -> dict[str, Any]:
    """The fields of `io.Schema` for it, as far as this engine knows them."""
    wanted = {
        "search_aliases": list(_WORDS.get(step.id, ())),
        "essentials_category": _ESSENTIALS.get(step.id),
        # Then a new page of the editor shows the results again.
        "has_intermediate_output": not step.ends and any(each.shown for each in step.outputs),
    }
    return {name: value for name, value in wanted.items() if name in _KNOWN}
