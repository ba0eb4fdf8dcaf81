"""The contact sheet: what it says, in which order, and that nothing hostile gets through."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from dataclasses import replace
from html.parser import HTMLParser

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

from headshots.core.delivery.contact import (
    Axis,
    axes,
    decisive,
    in_order,
    percentile,
)
from headshots.core.delivery.lettering import Lettering
from headshots.core.delivery.report import sheet_html, sheet_png
from headshots.core.delivery.sheet import MARKS, PAGE
from headshots.core.errors import InputError
from headshots.core.images import to_u8
from headshots.core.picture import Picture
from headshots.core.provenance import UNKNOWN, Cropped
from headshots.core.scorecard import Measurement, Scorecard

from ...histories import pictured, studio

LIKENESS = Measurement("likeness", 0.8, 0.55, 0.97, "", "How like the sitter.")
EYES = Measurement("eyes-open", 0.9, 0.5, None, "", "How open the less open eye is.")
CLOSED = replace(EYES, value=0.2, advice="Choose a photo with open eyes.")
FACES = Measurement("other-faces", 0.0, None, 0.0, "", "Other faces in the picture.")
ROOM = Measurement("head-room", 5.0, 4.0, 14.0, "%", "Space above the crown.")
ORIGIN = studio("studio-grey", photo="photo.jpg")


def card(picture: str = "01", **changes: object) -> Scorecard:
    whole = Scorecard(
        picture=picture,
        sitter="Ana",
        judge="dlib",
        likeness=0.8,
        percentile=64.0,
        measures=(LIKENESS, EYES, FACES, ROOM),
        overall=0.8,
        verdict="keep",
        reasons=("All figures are in range",),
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def grey(height: int = 50, width: int = 40) -> np.ndarray:
    return np.full((height, width, 3), 0.5, np.float32)


def scored(name: str = "01", **changes: object) -> Picture:
    return pictured(grey(), card(name, **changes), provenance=ORIGIN)


class Page(HTMLParser):
    """Tags, attributes and text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "script"):
            self.text += data


def test_keepers_come_first_by_rank_and_rejects_last() -> None:
    pictures = [
        scored("a", verdict="reject", overall=0.99),
        scored("b", verdict="keep", overall=0.5),
        scored("c", verdict="pending", overall=0.9),
        scored("d", verdict="keep", overall=0.7),
        scored("f", verdict="keep", overall=0.6, rank=2),
        scored("g", verdict="keep", overall=0.4, rank=1),
        scored("e", verdict="reject", overall=float("nan")),
    ]
    assert "".join(each.name for each in in_order(pictures)) == "gfdbcae"


def test_the_worst_failure_is_the_most_decisive_and_flags_at_rest_are_the_least() -> None:
    one = card(measures=(FACES, ROOM, LIKENESS, CLOSED))
    scales = axes([one])
    assert [m.name for m in decisive(one, scales, 3)] == ["eyes-open", "head-room", "other-faces"]


def test_an_axis_holds_every_value_and_every_bound() -> None:
    measures = (replace(ROOM, value=-3.0), replace(ROOM, value=40.0))
    scale = axes([card(measures=(m,)) for m in measures])["head-room"]
    places = [scale.at(x) for x in (-3.0, 4.0, 14.0, 40.0)]
    assert places == sorted(places)
    assert places[0] > 0 and places[-1] < 1


@pytest.mark.parametrize(
    ("start", "end", "value", "unit", "text"),
    [
        (0.0, 1.0, 0.7249, "", "0.72"),
        (0.85, 1.0, 0.9716, "", "0.972"),
        (0.0, 30.0, 12.345, "%", "12.3 %"),
        (0.0, 30.0, 4.0, "%", "4 %"),
        (0.0, 400.0, 229.4, "px", "229 px"),
        (-60.0, 60.0, 12.5, "°", "12°"),
        (-60.0, 60.0, -0.2, "°", "0°"),
        (0.0, 1.0, float("nan"), "", "not known"),
        (0.0, 1.0, float("inf"), "px", "not known"),
    ],
)
def test_figures_are_as_precise_as_their_scale(
    start: float, end: float, value: float, unit: str, text: str
) -> None:
    assert Axis(start, end).write(value, unit) == text


def test_ranges_and_percentiles_in_words() -> None:
    axis = Axis(0.0, 20.0)
    assert axis.accepted(ROOM) == "4 to 14 %"
    assert Axis(0.0, 1.0).accepted(EYES) == "0.50 or more"
    assert axis.accepted(FACES) == "0 or less"
    assert axis.accepted(replace(EYES, low=None)) == "no limits"
    ranks = {1.2: "1st", 2.0: "2nd", 11.0: "11th", 43.0: "43rd", 98.6: "99th"}
    for rank, words in ranks.items():
        assert percentile(card(percentile=rank)).startswith(f"{words} percentile")
    assert percentile(card(percentile=0.0)).startswith("below the 1st")
    assert percentile(card(percentile=100.0)).startswith("above the 99th")


def test_the_page_tells_of_each_picture_why_and_how() -> None:
    pictures = [
        scored("01"),
        scored("02", verdict="reject", reasons=("The eyes are closed",), measures=(CLOSED,)),
    ]
    page = Page(sheet_html(pictures, title="Ana", facts={"Seed": "7"}))
    for said in (
        "Keepers (1)",
        "Rejected, and why (1)",
        "The eyes are closed",
        "Choose a photo with open eyes.",
        "All figures are in range",
        "photo.jpg",
        "put together, with parts that no camera took (compositeSynthetic)",
        "Studio grey",
        "1 of 2 kept, likeness 0.80",
        "64th percentile",
        "Space above the crown.",
    ):
        assert said in page.text, said
    assert [a["alt"] for t, a in page.tags if t == "img" and a.get("src")] == [
        "Picture 01 of Ana, Studio grey",
        "Picture 02 of Ana, Studio grey",
    ]
    labels = [a["aria-label"] for t, a in page.tags if t == "svg" and "aria-label" in a]
    assert "Eyes open 0.20, out of range; accepted 0.50 or more" in labels


def test_a_picture_that_was_not_scored_is_told_as_that_and_has_no_judge() -> None:
    edited = scored("03").edited(Cropped(size="square"), grey())
    page = Page(sheet_html([pictured(grey(), name="02"), edited, scored("01")], title="", facts={}))
    for words in ("1 of 3 kept, 1 not judged yet", "Not scored", "Changed after it was scored"):
        assert words in page.text, words
    assert "by the recogniser dlib." in page.text
    alone = Page(sheet_html([pictured(grey())], title="", facts={}))
    assert "as enrolled. The percentile" in alone.text


def test_light_that_fits_is_said_in_words_and_a_failing_one_is_plotted() -> None:
    light = Measurement("key-azimuth", 40.0, 20.0, 41.0, "°", "How far aside the key light stands.")
    for value, wanted in ((40.0, False), (60.0, True)):
        told = card(measures=(LIKENESS, EYES, replace(light, value=value)))
        names = [each.name for each in decisive(told, axes([told]), 3)]
        assert ("key-azimuth" in names) is wanted


def test_the_light_asked_and_measured_is_told() -> None:
    told = scored(notes=("key light asked 38° left, 32° up, 3.8:1; measured 30° left <b>",))
    page = Page(sheet_html([told], title="Ana", facts={}))
    assert "Key light asked 38° left, 32° up, 3.8:1; measured 30° left <b>" in page.text
    with_note, without = (sheet_png([each], title="Ana") for each in (told, scored()))
    assert with_note.shape[0] > without.shape[0], "a line more"


def test_the_page_loads_nothing_and_runs_only_its_own_script() -> None:
    html = sheet_html([scored()], title="Ana", facts={})
    policy = next(
        a["content"] for t, a in Page(html).tags if a.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy is not None and policy.startswith("default-src 'none'; img-src data:;")
    assert "unsafe" not in policy
    for tag, kind in (("style", "style-src"), ("script", "script-src")):
        (inside,) = re.findall(f"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert f"{kind} 'sha256-{digest}'" in policy
    assert "http://" not in html and "https://" not in html
    assert "style=" not in html  # the policy would not let it through


TEXT = st.text(max_size=60) | st.sampled_from(
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "{{ 7 * 7 }}{% for x in y %}",
        "]]>--><!--",
        "' onmouseover='x",
        "\ud800 \x00\x1b[31m",
        "../../etc/passwd",
        "Jürgen Müßiggänger-von-und-zu-Ęłódź",
        "محمد 山田太郎 Ω",
        "A" * 400,
    ]
)
FIGURE = st.floats(allow_nan=True, allow_infinity=True) | st.floats(0, 1)
BOUND = st.none() | st.floats(-10, 10)
MEASURES = st.builds(Measurement, TEXT, FIGURE, BOUND, BOUND, TEXT, TEXT, TEXT)
CARDS = st.builds(
    Scorecard,
    picture=TEXT,
    sitter=TEXT,
    judge=TEXT,
    likeness=FIGURE,
    percentile=FIGURE,
    measures=st.lists(MEASURES, max_size=4).map(tuple),
    overall=FIGURE,
    verdict=st.sampled_from(["keep", "spare", "reject", "pending"]),
    reasons=st.lists(TEXT, max_size=3).map(tuple),
)
HISTORIES = st.just(UNKNOWN) | st.builds(
    studio,
    TEXT,
    st.builds(Cropped, size=TEXT),
    photo=TEXT,
    lender=TEXT,
    seed=st.integers(0, 2**64),
)
SHAPES = st.sampled_from([(1, 1), (5, 4), (40, 1), (1, 40), (30, 30)])
PICTURES = st.lists(
    st.builds(
        lambda shape, one, provenance, name, sitter: pictured(
            grey(*shape), one, name=name, provenance=provenance, sitter=sitter
        ),
        SHAPES,
        st.none() | CARDS,
        HISTORIES,
        TEXT,
        TEXT,
    ),
    min_size=1,
    max_size=3,
)
KNOWN = [tag for tag, _ in Page(sheet_html([scored()], title="", facts={})).tags]


def test_advice_that_utf8_cannot_carry_is_told_without_it() -> None:
    odd = Measurement("eyes-open", 0.1, 0.6, None, "", "eyes", advice="Add a photo \ud800.")
    html = sheet_html([scored(verdict="reject", measures=(odd,))], title="", facts={})
    assert "0 of 1 kept. Add a photo" in html.encode("utf-8").decode("utf-8")


@settings(max_examples=60)
@given(pictures=PICTURES, title=TEXT, fact=TEXT)
def test_no_text_of_any_kind_becomes_markup(pictures: list[Picture], title: str, fact: str) -> None:
    html = sheet_html(pictures, title=title, facts={fact: fact})
    html.encode("utf-8")
    page = Page(html)
    assert page.open == []
    expected = {*KNOWN, "path", "circle", "h4"}
    assert {tag for tag, _ in page.tags} <= expected
    scripts = sum(tag == "script" for tag, _ in page.tags)
    assert scripts == 1
    assert not [name for _, attrs in page.tags for name in attrs if name.startswith("on")]
    sources = [attrs["src"] for _, attrs in page.tags if attrs.get("src")]
    assert len(sources) == len(pictures)
    assert all(str(source).startswith("data:image/jpeg;base64,") for source in sources)


@settings(max_examples=30)
@given(pictures=PICTURES, title=TEXT, columns=st.integers(1, 12))
def test_any_text_and_any_picture_fit_on_the_sheet(
    pictures: list[Picture], title: str, columns: int
) -> None:
    sheet = sheet_png(pictures, title=title, columns=columns)
    assert sheet.dtype == np.float32 and sheet.ndim == 3
    assert sheet.shape[1] <= PAGE
    assert sheet.min() >= 0 and sheet.max() <= 1


@pytest.mark.parametrize(
    "make", [lambda e: sheet_png(e, title="x"), lambda e: sheet_html(e, title="x", facts={})]
)
def test_no_pictures_or_broken_ones_are_refused_in_words(make: object) -> None:
    with pytest.raises(InputError, match="has no pictures"):
        make([])  # type: ignore[operator]
    with pytest.raises(InputError, match="picture '03'"):
        make([pictured(np.zeros((4, 4), np.float32), card("03"))])  # type: ignore[operator]


@pytest.mark.parametrize("columns", [0, -1, 13])
def test_columns_out_of_range_are_refused(columns: int) -> None:
    with pytest.raises(InputError, match="columns"):
        sheet_png([scored()], title="x", columns=columns)


def test_keep_and_reject_are_marked_apart_on_the_sheet() -> None:
    kept = to_u8(sheet_png([scored(verdict="keep")], title="x"))
    rejected = to_u8(sheet_png([scored(verdict="reject")], title="x"))

    def marked(sheet: np.ndarray, verdict: str) -> int:
        return int((sheet == MARKS[verdict]).all(axis=2).sum())  # type: ignore[index]

    assert marked(kept, "keep") > 2000 and marked(kept, "reject") == 0
    assert marked(rejected, "reject") > 100 and marked(rejected, "keep") == 0


def test_eight_real_pictures_stay_within_their_weight(photos: object) -> None:
    picture = cv2.imread(str(photos / "astronaut.png"))  # type: ignore[operator]
    large = cv2.resize(picture[:400, 60:380], (1024, 1280), interpolation=cv2.INTER_CUBIC)
    noise = np.random.default_rng(0).normal(0, 2, large.shape)
    image = np.clip((large[..., ::-1] + noise) / 255, 0, 1).astype(np.float32)
    pictures = [pictured(image, card(f"{n:02d}"), provenance=ORIGIN) for n in range(8)]
    assert len(sheet_html(pictures, title="x", facts={}).encode()) < 3_000_000
    file = io.BytesIO()
    Pillow.fromarray(to_u8(sheet_png(pictures, title="x"))).save(file, "PNG")
    assert file.tell() < 4_000_000


def test_lines_are_broken_at_spaces_and_hold_every_word() -> None:
    letters = Lettering()
    text = "Jürgen Müßiggang says that the likeness of 0.72 is enough"
    lines = letters.wrap(text, 200, 20)
    assert " ".join(lines) == text
    assert len(lines) > 1
    assert all(letters.width(line, 20) <= 200 for line in lines)
    assert "".join(letters.wrap("W" * 90, 200, 20)) == "W" * 90


def test_letters_are_drawn_without_opencvs_typeface_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(cv2, "FontFace", raising=False)
    letters = Lettering()
    canvas = np.zeros((40, 200, 3), np.uint8)
    letters.draw(canvas, "Jürgen", 4, 30, 24, (255, 255, 255))
    assert canvas.max() > 200
    assert letters.width("Jürgen", 24) == letters.width("Jurgen", 24) > 40
