"""The steps that relight finished pictures of any origin and replace their backdrops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...errors import InputError
from ...faces import Face
from ...generation import Look, Subject, find_subject, relit, set_before
from ...generation.backdrops import coloured, find_backdrop
from ...generation.looks import Backdrop, Light
from ...generation.patterns import light_of
from ...generation.transparency import written
from ...images import Image, Mask, check_image
from ...picture import Picture
from ...portrait.light import measure_light
from ...portrait.portrait import Portrait
from ...progress import Progress
from ...provenance import BackdropReplaced
from ...scoring.measure import fault
from ...scoring.measures.cutout import matte_faults
from .by_picture import Edited, Turn, round_of
from .pictures import fingerprint

_SIDES = {"left": -1.0, "right": 1.0}


def relight_pictures(
    progress: Progress,
    pictures: list[Picture],
    pattern: str,
    side: str,
    ratio: float,
    warmth: float,
    strength: float,
    on_no_face: str,
) -> tuple[list[Picture], list[Image], list[Mask], str]:
    """HeadshotsRelight."""
    wanted = replace(light_of(pattern, ratio), warmth=warmth, strength=strength)

    def change(turn: Turn, face: Face) -> Edited:
        subject = _subject(turn, face)
        turn.progress.update(0.7)
        light = replace(wanted, azimuth=_SIDES.get(side, subject.side) * wanted.azimuth)
        image = relit(subject, light, turn.progress.check)
        note, picture = _note(pattern, light, image, face), turn.picture
        if not light.strength:
            return Edited(picture, note)
        # A picture that was not cut out stays so: it is not checked for faults of a cut-out.
        return Edited(picture.edited(light.record(pattern), image, picture.matte), note)

    return round_of(progress, pictures, on_no_face, change, doing="Relighting")


def replace_backdrops(
    progress: Progress,
    pictures: list[Picture],
    backdrop: str,
    colour: str,
    picture: str,
    behind: list[Image] | None,
    looks: tuple[Look, ...] | None,
    blur: float,
    seed: int,
    on_no_face: str,
) -> tuple[list[Picture], list[Image], list[Mask], str]:
    """HeadshotsReplaceBackdrop."""
    scenes = _one_each(behind, len(pictures))
    chosen = _chosen(backdrop, colour, picture, blur, behind, looks)

    def change(turn: Turn, face: Face) -> Edited:
        called, wall = chosen[turn.index % len(chosen)]
        subject = _subject(turn, face)
        turn.progress.update(0.7)
        image = set_before(subject, wall, seed, scenes[turn.index], turn.progress.check)
        record = BackdropReplaced(
            backdrop=called,
            drawn=wall.kind != "picture",
            tone=written(wall.colour) if wall.kind == "transparent" else None,
        )
        note = "cut out" if wall.kind == "transparent" else f"set before {called}"
        note += _doubts(Portrait(turn.image, subject.matte, face))
        return Edited(turn.picture.edited(record, image, subject.matte), note)

    return round_of(progress, pictures, on_no_face, change, doing="Cutting out")


def _subject(turn: Turn, face: Face) -> Subject:
    """The sitter of a picture, found once while its portrait keeps what is measured of it."""
    picture, check = turn.picture, turn.progress.check
    return picture.portrait.cache.once(
        "subject", lambda: find_subject(picture.image, face, picture.matte, check)
    )


def backdrop_fingerprint(picture: str, **_: object) -> str:
    """A hash of the file of the backdrop picture."""
    return fingerprint(picture)


def _note(pattern: str, light: Light, image: Image, face: Face) -> str:
    """The requested light and the measured one, in words."""
    measured = measure_light(image, face)
    aside = "" if light.azimuth == 0 else f" from the {'right' if light.azimuth > 0 else 'left'}"
    turned = measured.azimuth * (1 if light.azimuth >= 0 else -1)
    return (
        f"{pattern} light{aside}: asked {abs(light.azimuth):.0f} degrees aside, "
        f"{light.elevation:.0f} up, {light.ratio:.1f}:1; "
        f"measured {turned:.0f} aside, {measured.elevation:.0f} up, {measured.ratio:.1f}:1"
    )


def _doubts(portrait: Portrait) -> str:
    """Doubtful places of a cut-out, in words. That a photo ends at hair or sleeve is no fault if
    the picture ends there too.
    """
    measures = [each for each in matte_faults(portrait) if each.name != "cut-hair"]
    faults = [fault(each) for each in measures if not each.passed]
    return f"; look at the edges: {', '.join(faults)}" if faults else ""


def _chosen(
    backdrop: str,
    colour: str,
    picture: str,
    blur: float,
    behind: Sequence[Image] | None,
    looks: Sequence[Look] | None,
) -> list[tuple[str, Backdrop]]:
    """The backdrops to use in turn, each with its name."""
    if behind:
        return [("a picture", replace(find_backdrop("picture"), blur=blur))]
    if looks:
        return [(look.name, look.backdrop) for look in looks]
    chosen = replace(find_backdrop(backdrop), blur=blur, picture=picture.strip())
    if chosen.kind == "picture" and not chosen.picture:
        raise InputError(
            "The backdrop is a picture, and none was given",
            "Give the picture's path, link pictures to put behind, or choose another backdrop.",
        )
    return [(backdrop, coloured(chosen, colour.strip()) if colour.strip() else chosen)]


def _one_each(behind: Sequence[Image] | None, count: int) -> list[Image | None]:
    """The backdrop picture for each of `count` pictures, or None.

    Raises:
        InputError: there is neither one for all nor one for each.
    """
    if not behind:
        return [None] * count
    for number, image in enumerate(behind, 1):
        check_image(image, f"picture {number} to put behind")
    if len(behind) not in (1, count):
        raise InputError(
            f"There are {len(behind)} pictures to put behind {count} pictures",
            "Give one for all, or one for each.",
        )
    return [behind[index % len(behind)] for index in range(count)]
