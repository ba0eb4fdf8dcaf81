"""The authenticity card: what it says is true of the picture, and it names nobody unasked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from headshots.core.delivery.card.composition import WORDS, composition_of
from headshots.core.delivery.card.content import (
    _PERSON,
    _PICTURE,
    HOW,
    READING,
    Card,
    card_of,
    unmeasured_note,
)
from headshots.core.delivery.card.page import card_html
from headshots.core.delivery.card.picture import PAGE, card_png
from headshots.core.delivery.contact import _SOURCE_TYPES
from headshots.core.errors import InputError, UnknownName
from headshots.core.faces import Face
from headshots.core.generation import GENERATORS, LOOKS, Request
from headshots.core.identity.identity import Identity
from headshots.core.images import Image, Mask, blur, resize
from headshots.core.photos import read_photo
from headshots.core.picture import Picture
from headshots.core.portrait.expression import EXPRESSIONS
from headshots.core.portrait.held_objects import _HELD
from headshots.core.portrait.marks import place
from headshots.core.portrait.matting import cut_out
from headshots.core.portrait.portrait import Portrait
from headshots.core.progress import SILENT
from headshots.core.provenance import (
    UNKNOWN,
    BackdropReplaced,
    Cropped,
    Enlarged,
    FeatureTransferred,
    ModelUse,
    Provenance,
    Refined,
    Retouched,
    SitterKept,
    SourceType,
)
from headshots.core.recipes.actions.cards import make_cards
from headshots.core.scoring.changes import changes
from headshots.core.scoring.curves import curves
from headshots.core.scoring.findings import findings, outlines
from headshots.core.scoring.measure import KINDS
from headshots.core.scoring.score import score
from headshots.core.translation.translate import translated

from ... import histories
from ...histories import pictured
from ...hosts.browser import page_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def studio(sitter: Identity) -> Picture:
    request = Request(sitter, (LOOKS["executive"],), 1, 1, width=640)
    (made,) = GENERATORS.get("studio").generate(request)
    return scored(pictured(made.image, matte=made.matte, provenance=made.provenance), sitter)


@pytest.fixture(scope="module")
def copy(sitter: Identity) -> Picture:
    """The sitter's best photo itself, reduced, with the matte that was cut out after its score."""
    image = read_photo(sitter.photos[0].data, longest=900).image
    card = scored(pictured(image, name="copy"), sitter).card
    return pictured(image, card, matte=cut_out(image, Portrait(image).sitter("copy")).matte)


def scored(picture: Picture, sitter: Identity) -> Picture:
    card = score(picture.portrait, sitter, picture=picture.name, provenance=picture.provenance)
    return picture.scored(card)


@pytest.fixture(scope="module")
def card(studio: Picture, sitter: Identity) -> Card:
    return card_of(studio, sitter)


def _matte(picture: Picture) -> Mask:
    assert picture.matte is not None
    return picture.matte


def _changed(image: Image, picture: Picture, sitter: Identity):
    found = changes(Portrait(image, picture.matte), sitter.photos[0])
    assert found is not None
    return found


def test_a_studio_picture_says_what_was_done(card: Card) -> None:
    assert card.within and "like you" in card.headline and "3 photos" in card.standing
    assert [part.title for part in card.parts] == ["Photographed", "Drawn by software"]
    assert sum(float(part.figures.split()[0]) for part in card.parts) == pytest.approx(100, abs=1)
    changed = {row.title: row for row in card.changed}
    assert changed["Light"].plain == "lit anew" and "key" in changed["Light"].figures
    assert changed["Backdrop"].plain == "replaced"
    assert "ΔE" in changed["Skin"].figures and "not known" not in changed["Skin"].plain
    assert [each.title for each in card.maps] == [
        "Looked at closely", "What is photographed", "Retouch", "Light",
    ]  # fmt: skip
    assert {"Eye colour", "Moles, scars, freckles"} <= {row.title for row in card.person}


def test_nobody_is_named_unless_it_is_asked(studio: Picture, sitter: Identity, card: Card) -> None:
    known = {photo.name for photo in sitter.photos}
    page = card_html(card)
    assert "Sitter" not in page and not any(name in page for name in known)
    named = card_of(studio, sitter, named=True)
    assert "Sitter, picture 01" in card_html(named)
    vector = sitter.templates["dlib"].vector
    assert f"{float(vector[0]):.4f}" not in page


def _texts(card: Card) -> Iterator[str]:
    """All that a card says, but names of files and signers."""
    yield from (
        card.headline,
        card.standing,
        card.statement,
        HOW,
        READING,
        unmeasured_note(card.unmeasured),
    )
    yield from (*card.remarks, *card.notes)
    for each in card.maps:
        yield from (each.title, each.plain, *each.ends)
    for row in (*card.parts, *card.changed, *card.person, *card.realism, *card.credentials):
        yield row.title
        if row.title != "File":
            yield from (row.plain, row.figures)


def _german(text: str) -> str | None:
    return translated(text, "de")


def test_a_german_card_says_all_of_it_in_german(
    studio: Picture, copy: Picture, sitter: Identity, card: Card
) -> None:
    much = histories.studio(
        "executive",
        FeatureTransferred(region="eyes"),
        Retouched(skin=0.4, teeth=0.2, lint=1.0, stray_hairs=0.5),
        *histories.painted().edits[-1:],
        Refined(refiner="detail", source_type=SourceType.COMPOSITE_WITH_TRAINED_MEDIA),
        Enlarged(factor=2.0),
        Cropped(size="square"),
        SitterKept(kept="everything but clothes", by=ModelUse(name="klein")),
        placed={"camera_distance": 0.4, "roll": 2.0},
    )
    stranger = next(each for each in copy.card.measures if each.name == "likeness")
    wrong = [
        replace(each, value=(each.high or 0.0) + 9) if each.high is not None else each
        for each in copy.card.measures
    ]
    spoilt = replace(copy.card, measures=tuple(wrong))
    other = replace(copy.card, measures=(replace(stranger, value=-1.0), *copy.card.measures[1:]))
    cards = [card]
    for picture in (
        copy,
        replace(copy, scorecard=spoilt, provenance=much),
        replace(copy, provenance=histories.studio("executive", Enlarged(factor=2, network="SPAN"))),
        replace(copy, scorecard=other),
        replace(copy, scorecard=replace(copy.card, percentile=0.0)),
    ):
        cards.append(card_of(picture, sitter, file="a.jpg"))
    english = {text for each in cards for text in _texts(each) if _german(text) is None}
    assert english == set()
    page = card_html(card, "de")
    assert '<html lang="de">' in page and "Sind Sie das?" in page and "Is it" not in page
    assert ">47 % of" not in page and re.search(r"\d,\d", page) and "of the picture" not in page
    assert card_png(card, "de").shape[1] == PAGE
    with pytest.raises(UnknownName, match="'tlh'"):
        card_html(card, "tlh")


def test_every_fault_and_source_has_german_words() -> None:
    words = [each for kind in KINDS.values() for each in (kind.below, kind.above) if each]
    words += [*_SOURCE_TYPES.values(), *WORDS.values(), *EXPRESSIONS, *_HELD.values()]
    assert [each for each in words if _german(each) is None] == []
    titles = [title for title, _ in (*_PERSON.values(), *_PICTURE.values())]
    assert [each for each in titles if _german(each.lower()) is None] == []
    assert _german(unmeasured_note(["moles, scars, freckles", "teeth"])) == (
        "An diesem Bild nicht zu erkennen: Muttermale, Narben, Sommersprossen; Zähne."
    )
    assert _german("Eyes half closed (0.41, at least 0.60).") == (
        "Augen halb geschlossen (0.41, mindestens 0.60)."
    )


def test_a_hostile_name_stays_text(studio: Picture, sitter: Identity, card: Card) -> None:
    page = card_html(replace(card, picture="<script>alert(1)</script>", sitter="A\x00&\ud800"))
    assert "<script" not in page and "&lt;script&gt;" in page and "\x00" not in page


def test_the_picture_of_a_card_is_a_page_wide(card: Card) -> None:
    page = card_png(card)
    assert page.shape[1] == PAGE and page.dtype == np.float32
    assert page.shape[0] < 2.4 * PAGE and 0 <= page.min() < page.max() <= 1
    assert page[-1].std() < 0.01  # nothing is cut off at its foot


def test_a_copy_is_called_one_and_nothing_is_changed(copy: Picture, sitter: Identity) -> None:
    found = _changed(copy.image, copy, sitter)
    assert abs(found.brighter) < 0.05 and found.moved < 0.1 and found.retouched < 0.01
    shown = card_of(copy, sitter)
    assert shown.headline.startswith("A copy of one of your photos")
    changed = {row.title: row.plain for row in shown.changed}
    assert changed["Light"] == "as in the photo" and changed["Skin"] == "as photographed"
    assert [part.title for part in shown.parts] == ["Not known"]


def test_a_planted_light_is_measured(copy: Picture, sitter: Identity) -> None:
    half = np.clip(copy.image, 0, 1) ** 2.2 * 0.5
    found = _changed((half ** (1 / 2.2)).astype(np.float32), copy, sitter)
    assert found.brighter == pytest.approx(-1, abs=0.15) and found.retouched < 0.1
    face = Portrait(copy.image).sitter("copy")
    left, right = (float(face.landmarks[each, 0]) for each in (234, 454))
    share = np.clip((np.arange(copy.image.shape[1]) - left) / (right - left), 0, 1)
    side = np.clip(copy.image, 0, 1) ** 2.2 * (2.0 ** (-1.5 * share))[None, :, None]
    found = _changed((side ** (1 / 2.2)).astype(np.float32), copy, sitter)
    assert 0.9 < found.moved < 1.6


def test_a_planted_retouch_is_where_it_was_planted(copy: Picture, sitter: Identity) -> None:
    face = Portrait(copy.image).sitter("copy")
    x, y = (round(float(each)) for each in face.landmarks[50, :2])
    reach = round(0.12 * face.width)
    image = copy.image.copy()
    part = image[y - reach : y + reach, x - reach : x + reach]
    image[y - reach : y + reach, x - reach : x + reach] = np.clip(
        part + np.array([0.07, -0.02, -0.02], np.float32) * (np.indices(part.shape[:2])[0] // 6 % 2)
        [..., None], 0, 1,
    )  # fmt: skip
    found = _changed(image.astype(np.float32), copy, sitter)
    plain = _changed(copy.image, copy, sitter)
    factor = found.retouch.shape[1] / image.shape[1]
    row, column = np.unravel_index(int(np.nan_to_num(found.retouch).argmax()), found.retouch.shape)
    assert abs(row / factor - y) <= 1.3 * reach and abs(column / factor - x) <= 1.3 * reach
    assert found.by > 2 * plain.by


def test_another_photo_is_not_held_against_it(copy: Picture, sitter: Identity) -> None:
    assert changes(Portrait(copy.image, copy.matte), sitter.photos[1]) is None


def test_findings_lie_on_the_face_and_name_what_is_wrong(copy: Picture, sitter: Identity) -> None:
    face = Portrait(copy.image).sitter("copy")
    found = findings(pictured(copy.image, copy.card, matte=copy.matte, face=face), sitter)
    assert any("copy" in each.says for each in found.flagged)
    low, high = face.landmarks[:468, :2].min(axis=0), face.landmarks[:468, :2].max(axis=0)
    for each in found.features:
        centre = each.outlines[0].mean(axis=0)
        assert (centre > low).all() and (centre < high).all()
    assert found.features and not found.gone
    for name in KINDS:  # each is a closed outline in the picture, or none
        assert all(each.ndim == 2 and len(each) > 2 for each in outlines(name, face, copy.matte))


def test_a_removed_mole_is_drawn_where_it_was(copy: Picture, sitter: Identity) -> None:
    face = Portrait(copy.image).sitter("copy")
    image = copy.image.copy()
    deepest = min(
        (each for each in sitter.features if each.photos > 1), key=lambda each: each.contrast
    )
    x, y = place(deepest, face)
    reach = max(6, round((1.2 * deepest.size + 0.03) * face.width))
    top, left = round(y) - reach, round(x) - reach
    part = image[top : top + 2 * reach, left : left + 2 * reach]
    image[top : top + 2 * reach, left : left + 2 * reach] = blur(part, 0.6 * reach)
    picture = pictured(image, copy.card, matte=copy.matte, face=face)
    gone = findings(picture, sitter).gone
    assert any(np.hypot(*(each.outlines[0].mean(axis=0) - (x, y))) < reach for each in gone)


def test_a_strangers_skin_has_none_of_the_sitters_features(photos: Path, sitter: Identity) -> None:
    image = read_photo(photos / "biden.jpg", longest=800).image
    stranger = scored(pictured(image, name="biden"), sitter)
    shown = card_of(stranger, sitter)
    assert shown.headline.startswith("Not you") and not shown.within
    assert not findings(stranger, sitter).features
    assert card_png(shown).shape[1] == PAGE


@pytest.mark.parametrize(
    ("provenance", "kinds"),
    [
        (UNKNOWN, ["unknown"]),
        (histories.studio(), ["photographed", "drawn"]),
        (histories.PHOTOGRAPH, ["photographed"]),
        (UNKNOWN.edited(BackdropReplaced(backdrop="grey")), ["drawn", "unknown"]),
        (
            histories.PHOTOGRAPH.edited(BackdropReplaced(backdrop="a picture", drawn=False)),
            ["photographed", "unknown"],
        ),
        (Provenance(capture=SourceType.TRAINED_MEDIA), ["painted"]),
        (histories.painted("surroundings"), ["photographed", "painted"]),
        (histories.painted(), ["painted"]),
    ],
)
def test_what_a_picture_is_made_of(copy: Picture, provenance: Provenance, kinds: list[str]) -> None:
    face: Face = Portrait(copy.image).sitter("copy")
    made = composition_of(provenance, face, copy.matte)
    assert [part.kind for part in made.parts] == kinds
    assert sum(part.share for part in made.parts) == pytest.approx(1, abs=0.02)
    assert made.place.shape == _matte(copy).shape


def test_the_curves_put_a_percentile_where_it_lies(studio: Picture, sitter: Identity) -> None:
    places = []
    for percentile in (0.0, 2.0, 50.0, 98.0, 100.0):
        found = curves(replace(studio.card, percentile=percentile), sitter)
        assert found is not None and len(found.photos) == 3
        assert np.all(np.diff(found.cosines) > 0) and found.own.max() == pytest.approx(1)
        places.append(found.at)
        low, high = found.usual
        assert low < high and ((low <= found.at <= high) == (5 <= percentile <= 95))
    assert places == sorted(places)
    assert curves(replace(studio.card, judge="nobody"), sitter) is None


@pytest.mark.host
def test_the_page_fits_a_phone_and_prints_on_one_sheet(browser: Browser, card: Card) -> None:
    html = card_html(card)
    for width, scheme in ((390, "dark"), (1280, "light")):
        with page_in(browser, width=width, color_scheme=scheme) as (page, noted):
            page.set_content(html)
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width and not noted.errors and not noted.console
            assert not noted.elsewhere
    with page_in(browser) as (page, _):
        page.set_content(html)
        printed = page.pdf(prefer_css_page_size=True, print_background=True)
    assert printed.count(b"/Type /Page\n") == 1


@pytest.mark.slow
def test_cards_are_written_and_pictures_without_a_face_are_named(
    studio: Picture, sitter: Identity, tmp_path: Path
) -> None:
    blank = np.full((64, 64, 3), 0.5, np.float32)
    pictures = [studio, scored(pictured(blank, name="blank.jpg"), sitter)]

    def made(files: str = ""):
        folder = str(tmp_path / "cards")
        return make_cards(SILENT, pictures, sitter, files, folder, False, False, "de")

    cards, marked, paths, notes = made()
    assert len(cards) == 1 and len(marked) == 2 and marked[0].shape == studio.image.shape
    assert [Path(each).name for each in paths.split("\n")] == ["01-card.png", "01-card.html"]
    assert all(Path(each).stat().st_size > 10_000 for each in paths.split("\n"))
    assert "Sind Sie das?" in Path(paths.split("\n")[1]).read_text("utf-8")
    assert notes.startswith("blank.jpg: no card. There is no face")
    (tmp_path / "a.jpg").write_bytes(b"")
    with pytest.raises(InputError, match="1 delivered files for 2 pictures"):
        made(str(tmp_path / "a.jpg"))


def test_a_small_picture_has_a_card_too(studio: Picture, sitter: Identity) -> None:
    small = pictured(resize(studio.image, 160, 200), name="small")
    shown = card_of(scored(small, sitter), sitter)
    assert "pores" not in [row.title.lower() for row in shown.realism]
    assert card_png(shown).shape[1] == PAGE
