"""Prompts in the way that each family reads them: the look, and what was measured of the sitter.

They never ask for smooth, flawless or light skin, and the negative prompt never names moles,
freckles, wrinkles or age, as a painter would remove them.
"""

from __future__ import annotations

import numpy as np

from ....identity.identity import ColourStatistics, Identity
from ...looks import Backdrop, Light, Look

# The negative prompt: only faults of pictures, nothing about a person.
NEGATIVE = (
    "illustration, painting, drawing, 3d render, doll, airbrushed, plastic, beauty filter, "
    "deformed hands, extra fingers, extra people, text, watermark, logo, frame, blurry, artefacts"
)
# Skin by its individual typology angle in degrees (Chardon et al. 1991), from light to dark.
_SKIN = ((55, "very light"), (41, "light"), (28, "medium"), (10, "tan"), (-30, "brown"))
_KINDS = {
    "paper": "seamless {} paper backdrop",
    "gradient": "smooth {} gradient backdrop",
    "canvas": "hand-painted {} canvas backdrop",
    "office": "bright office out of focus behind",
    "garden": "green garden out of focus behind",
    "picture": "softly blurred scene",
    "transparent": "plain {} backdrop",
}


def prompt_of(look: Look, identity: Identity, text: str = "", word: str = "") -> str:
    """The prompt for a photograph of the sitter in `look`, in tags, as Stable Diffusion reads them.

    text: the user's own words, which come early, as CLIP reads no more than 77 tokens.
    word: the trigger word of a model that is tuned to the sitter.
    """
    return _tags(
        word,
        "black and white headshot" if _grey(look) else "studio headshot",
        _plain(text),
        *sitter_words(identity),
        _light(look.light),
        _backdrop(look.backdrop),
        "natural skin texture, professional photograph, 85mm lens",
    )


def instruction_of(look: Look, text: str = "", word: str = "", photos: int = 0) -> str:
    """The same as an instruction in sentences, as FLUX.2 reads it.

    The pictures show the sitter, so nothing measured is put into words.

    photos: number of photos of the sitter among the reference pictures, after the picture itself.
    """
    kind = "black and white studio headshot" if _grey(look) else "studio headshot"
    whose = f" of {word}" if word else ""
    return _sentences(
        *_asked(f"Turn image 1 into a professional photograph, a {kind}{whose}", text),
        f"It shows the person of {_images(photos)}" if photos else "",
        "Keep this person's face, hair, expression, pose and the framing as they are",
        f"The background is a {_backdrop(look.backdrop)}",
        f"The light is a {_light(look.light)}",
        "Skin and fabric show their natural texture, in even sharpness, as through an 85mm lens",
    )


def prompt_of_face(identity: Identity | None, text: str = "", word: str = "") -> str:
    """The prompt for a face alone, in tags; for any face without `identity`.

    text, word: see `prompt_of`.
    """
    return _tags(
        word,
        "close-up portrait photograph",
        _plain(text),
        *(() if identity is None else sitter_words(identity)),
        "natural skin texture, sharp eyes",
    )


def instruction_of_face(text: str = "", word: str = "", photos: int = 0) -> str:
    """The same as an instruction; text, word, photos: see `instruction_of`."""
    whose = f" of {word}" if word else ""
    return _sentences(
        *_asked(f"Make image 1 a sharp close-up portrait photograph{whose}", text),
        f"It shows the person of {_images(photos)}" if photos else "",
        "Keep this person's face, expression, light and the framing as they are",
        "Skin, eyes and hair show their natural texture",
    )


def detail_prompt(*, sentences: bool) -> str:
    """The prompt for any part of a picture that is painted on for detail alone, of nobody."""
    if sentences:
        return "Make image 1 sharper and more detailed. Keep all that it shows as it is."
    return "sharp detailed photograph, natural texture of fabric and skin"


def _grey(look: Look) -> bool:
    return look.finish.monochrome >= 0.5


def _plain(text: str) -> str:
    return " ".join(text.split())


def _tags(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def _asked(sentence: str, text: str) -> tuple[str, str]:
    """A sentence with the user's own words, or these as a sentence of their own if they are one."""
    words = _plain(text)
    own = words.endswith((".", "!", "?")) or words[:1].isupper()
    return (sentence, words) if own or not words else (f"{sentence}, {words}", "")


def _sentences(*parts: str) -> str:
    ended = (part if part.endswith((".", "!", "?")) else f"{part}." for part in parts if part)
    return " ".join(part[0].upper() + part[1:] for part in ended)


def _images(photos: int) -> str:
    """The photos' numbers among the reference pictures."""
    numbers = [str(number + 2) for number in range(photos)]
    if len(numbers) == 1:
        return f"image {numbers[0]}"
    return f"images {', '.join(numbers[:-1])} and {numbers[-1]}"


def sitter_words(identity: Identity) -> list[str]:
    """What was measured of the sitter, in words."""
    words: list[str] = []
    if identity.skin is not None:
        words.append(f"{_skin(identity.skin)} skin")
    if identity.eyes is not None:
        words.append(f"{_eyes(identity.eyes)} eyes")
    if identity.features:
        words.append("visible moles" if len(identity.features) < 6 else "freckles and moles")
    return words


def _skin(colour: ColourStatistics) -> str:
    lightness, _, yellow = (float(each) for each in colour.mean)
    angle = np.degrees(np.arctan2(lightness - 50, max(yellow, 1e-3)))
    return next((name for least, name in _SKIN if angle > least), "deep brown")


def _eyes(colour: ColourStatistics) -> str:
    """By hue where there is enough colour; dark eyes are brown, whatever their hue."""
    lightness, red, yellow = (float(each) for each in colour.mean)
    if lightness < 30 or yellow > 12 or red > 8:
        return "brown"
    if yellow < -2:
        return "blue"
    return "green" if red < -2 else "grey"


def _light(light: Light) -> str:
    where = "from the front" if abs(light.azimuth) < 15 else "from the side"
    height = "high " if light.elevation > 35 else ""
    soft = "soft" if light.wrap >= 0.3 else "crisp"
    depth = "with deep shadows" if light.ratio > 4.5 else "with gentle shadows"
    return f"{soft} {height}key light {where} {depth}"


def _backdrop(backdrop: Backdrop) -> str:
    return _KINDS[backdrop.kind].format(_colour(backdrop))


def _colour(backdrop: Backdrop) -> str:
    """A word or two for the backdrop's colour at its brightest."""
    red, green, blue = backdrop.colour
    high, low = max(backdrop.colour), min(backdrop.colour)
    depth = "white" if low > 0.88 else "light " if high > 0.7 else "" if high > 0.4 else "dark "
    if high - low < 0.05:
        return depth if depth == "white" else f"{depth}grey"
    if blue == high:
        hue = "blue" if blue - max(red, green) > 0.04 else "blue-grey"
    elif red == high:
        hue = "red" if green - blue < 0.03 and red - green > 0.15 else "brown"
    else:
        hue = "green"
    return f"{depth.removeprefix('white')}{hue}".strip()
