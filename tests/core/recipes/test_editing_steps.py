"""The steps that change finished pictures: any batch goes in, each picture gets its verdict."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headshots.core.delivery.sizes import SIZES
from headshots.core.errors import Cancelled, InputError, NoFace, SeveralFaces
from headshots.core.generation import find_look
from headshots.core.generation.transparency import shown_on
from headshots.core.identity.identity import Identity
from headshots.core.images import Image, Mask, fit, to_u8
from headshots.core.layers import Layer
from headshots.core.photos import read_photo
from headshots.core.picture import NOT_SCORED, Picture, numbers
from headshots.core.portrait.portrait import Portrait
from headshots.core.progress import SILENT, Progress
from headshots.core.provenance import (
    UNKNOWN,
    BackdropReplaced,
    Cropped,
    Enlarged,
    Provenance,
    Relit,
    Retouched,
)
from headshots.core.recipes.step import Kind, Step
from headshots.core.recipes.steps import CROP, RELIGHT, REPLACE_BACKDROP, RETOUCH, UPSCALE
from headshots.core.retouching import PARTS
from headshots.core.scorecard import Scorecard
from headshots.core.weights.store import weight_path

from ...histories import PHOTOGRAPH, painted

EDITS = (RETOUCH, RELIGHT, REPLACE_BACKDROP, UPSCALE, CROP)
CHEAP = {"factor": 1.5, "detail": 0.0, "backdrop": "grey"}  # the network takes many seconds


@dataclass(frozen=True)
class Given:
    """What a step gave, by output."""

    pictures: list[Picture]
    images: list[Image]
    mattes: list[Mask]
    notes: list[str]

    @property
    def origins(self) -> list[Provenance]:
        return [each.provenance for each in self.pictures]


def run(step: Step, images: list[Image], progress: Progress = SILENT, **given: Any) -> Given:
    """Run `step` with its defaults but for what is given, on pictures with mattes known already.

    origins: the history of each picture. mattes: of each; None for pictures that have none.
    """
    origins = given.pop("origins", [UNKNOWN] * len(images))
    mattes = given.pop("mattes", [_matte(image) for image in images]) or [None] * len(images)
    pictures = [
        Picture(name, Portrait(image, matte), origin)
        for name, image, matte, origin in zip(
            numbers(len(images)), images, mattes, origins, strict=True
        )
    ]
    values: dict[str, Any] = {"progress": progress, "pictures": pictures}
    for declared in step.inputs:
        if declared.name != "pictures":
            values[declared.name] = CHEAP.get(declared.name, declared.default)
    values |= given
    assert set(values) == {"progress", *(each.name for each in step.inputs)}
    outputs = dict(zip([each.name for each in step.outputs], step.call(values), strict=True))
    assert all(
        image is each.image and (each.matte is None or matte is each.matte)
        for each, image, matte in zip(
            outputs["pictures"], outputs["images"], outputs["mattes"], strict=True
        )
    )
    return Given(
        outputs["pictures"], outputs["images"], outputs["mattes"], outputs["notes"].splitlines()
    )


def _matte(image: Image) -> np.ndarray:
    """Head and shoulders in the middle of the picture: the network would take a second for each."""
    rows, columns = image.shape[:2]
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    x, y = x / columns, y / rows
    head = ((x - 0.52) / 0.2) ** 2 + ((y - 0.18) / 0.2) ** 2 < 1
    body = (abs(x - 0.52) < 0.35) & (y > 0.38)
    return (head | body).astype(np.float32)


@pytest.fixture(scope="module")
def portrait(photos: Path) -> Image:
    return np.clip(fit(read_photo(photos / "obama.jpg").image, 420)[0], 0, 1)


@pytest.fixture(scope="module")
def batch(portrait: Image) -> list[Image]:
    """A portrait; no face; two; next to nothing; black and white, of another size."""
    wall = np.full((60, 40, 3), 0.5, np.float32)
    crowd = np.hstack([portrait, portrait])
    grey = np.repeat(fit(portrait, 360)[0].mean(-1, keepdims=True), 3, axis=2)
    return [portrait, wall, crowd, np.zeros((1, 1, 3), np.float32), np.clip(grey, 0, 1)]


FACED = (0, 4)


@pytest.mark.parametrize("step", EDITS, ids=lambda step: step.title)
def test_each_picture_of_any_batch_gets_its_verdict(step: Step, batch: list[Image]) -> None:
    before = [image.copy() for image in batch]
    made = run(step, batch)
    assert len(made.images) == len(batch) and len(made.notes) == len(batch)
    for image in made.images:
        assert image.dtype == np.float32 and image.ndim == 3 and np.isfinite(image).all()
        assert image.min() >= 0 and image.max() <= 1
    for index, (image, old) in enumerate(zip(batch, before, strict=True)):
        assert np.array_equal(image, old), "a picture given was written to"
        if index in FACED:
            assert not np.array_equal(made.images[index], image)
        elif step is not UPSCALE:
            assert made.images[index] is image
    assert "no face" in made.notes[1] and "2 faces" in made.notes[2]
    assert all(note.startswith(f"0{number}: ") for number, note in enumerate(made.notes, 1))
    assert [matte.shape for matte in made.mattes] == [image.shape[:2] for image in made.images]
    assert [each.name for each in made.pictures] == ["01", "02", "03", "04", "05"]
    again = run(step, batch)
    for one, two in zip(made.images, again.images, strict=True):
        assert one.tobytes() == two.tobytes()
    assert again.notes == made.notes


@pytest.mark.parametrize("step", EDITS, ids=lambda step: step.title)
def test_pictures_without_a_face_are_left_out_or_raise(step: Step, batch: list[Image]) -> None:
    few = batch[:3]
    made = run(step, few, on_no_face="reject", origins=[PHOTOGRAPH] * 3)
    assert len(made.images) == len(made.origins) == 1 and len(made.notes) == 3
    assert "left out" in made.notes[1] and "left out" in made.notes[2]
    with pytest.raises(NoFace, match="02"):
        run(step, few, on_no_face="raise")
    with pytest.raises(SeveralFaces):
        run(step, few[2:], on_no_face="raise")


@pytest.mark.parametrize("step", EDITS, ids=lambda step: step.title)
def test_it_reports_progress_and_stops(step: Step, portrait: Image) -> None:
    seen: list[tuple[float, Any]] = []
    run(step, [portrait] * 2, Progress(lambda share, note, image: seen.append((share, image))))
    shares = [share for share, _ in seen]
    assert shares == sorted(shares) and shares[0] == 0 and shares[-1] == 1
    assert sum(image is not None for _, image in seen) >= 2, "no previews"
    with pytest.raises(Cancelled):
        run(step, [portrait], Progress(stopped=lambda: True))
    assert run(step, []).images == []


@pytest.mark.parametrize("step", EDITS, ids=lambda step: step.title)
def test_what_is_no_picture_is_named(step: Step, portrait: Image) -> None:
    with pytest.raises(InputError, match="01"):
        run(step, [np.full((40, 40, 3), np.nan, np.float32)], mattes=None)


@pytest.mark.parametrize("step", EDITS, ids=lambda step: step.title)
def test_an_edit_ends_the_verdict_and_the_layers(step: Step, portrait: Image) -> None:
    card = Scorecard("ada", "Ada", "dlib", 0.9, 50.0, (), 0.5, "keep", ("rank 1",), 1)
    wall = np.full((60, 40, 3), 0.5, np.float32)
    before = [
        Picture(name, Portrait(image), PHOTOGRAPH, layers=[Layer("a", to_u8(image))]).scored(
            replace(card, picture=name)
        )
        for name, image in (("ada", portrait), ("a wall", wall))
    ]
    values = {each.name: CHEAP.get(each.name, each.default) for each in step.inputs}
    pictures, *_ = step.call({"progress": SILENT, **values, "pictures": before})
    edited, wall_after = pictures
    assert edited.name == "ada" and edited.sitter == "Ada"
    assert edited.scorecard is None and edited.layers == () and edited.outdated
    assert edited.card.reasons == (NOT_SCORED,) and edited.card.verdict == "reject"
    # Enlarged, a picture needs no face.
    assert (wall_after is before[1]) == (step is not UPSCALE)
    assert before[0].scorecard and before[0].layers


def test_the_history_says_what_was_done(portrait: Image) -> None:
    kinds = {
        RETOUCH: (Retouched, "algorithmicallyEnhanced"),
        RELIGHT: (Relit, "algorithmicallyEnhanced"),
        REPLACE_BACKDROP: (BackdropReplaced, "compositeSynthetic"),
        UPSCALE: (Enlarged, "algorithmicallyEnhanced"),
        CROP: (Cropped, "digitalCapture"),
    }
    before = painted()
    for step, (kind, term) in kinds.items():
        pictures = [portrait, portrait, portrait, np.zeros((9, 9, 3), np.float32)]
        told = [PHOTOGRAPH, before, UNKNOWN, before]
        made = run(step, pictures, origins=told)
        (photograph, composed, unknown, untouched) = made.origins
        for each in (photograph, composed, unknown):
            assert isinstance(each.edits[-1], kind)
        assert photograph.source_type == term
        assert composed.source_type == before.source_type
        assert composed.edits[:-1] == before.edits
        assert step is UPSCALE or untouched.edits == before.edits
        # Of a picture that may be no photograph nothing is said that is true of photographs alone.
        assert unknown.source_type == (term if step is REPLACE_BACKDROP else None)


def test_a_relit_pictures_history_tells_the_light(portrait: Image) -> None:
    made = run(RELIGHT, [portrait], pattern="rembrandt", side="right", ratio=5.0, strength=1.0)
    light = made.origins[0].last(Relit)
    assert light is not None and light.azimuth == 48 and light.pattern == "rembrandt"
    assert light.ratio == pytest.approx(5, abs=0.01)
    assert "asked 48 degrees aside" in made.notes[0] and "measured" in made.notes[0]


@pytest.mark.parametrize(
    ("step", "measured"),
    [(RELIGHT, "subject"), (REPLACE_BACKDROP, "subject"), (RETOUCH, "segments")],
)
def test_a_small_picture_is_measured_once_for_a_preview(
    step: Step, measured: str, portrait: Image
) -> None:
    picture = Picture("small", Portrait(portrait, _matte(portrait)))
    values = {each.name: CHEAP.get(each.name, each.default) for each in step.inputs}
    values |= {"progress": SILENT, "pictures": [picture]}
    if step is RETOUCH:
        values["creases"] = 0.5
    step.call(values)
    first = picture.portrait.cache.get(measured)
    step.call(values)
    assert first is not None and picture.portrait.cache.get(measured) is first
    step.call({**values, "pictures": [picture, Picture("next", Portrait(portrait))]})
    assert picture.portrait.cache.get(measured) is None  # many take no more memory than one


def test_the_side_is_the_one_seen_in_the_picture(portrait: Image) -> None:
    left = run(RELIGHT, [portrait], pattern="split", side="left")
    right = run(RELIGHT, [portrait], pattern="split", side="right")
    mirrored = run(RELIGHT, [np.ascontiguousarray(portrait[:, ::-1])], pattern="split")
    as_lit = run(RELIGHT, [portrait], pattern="split")
    assert not np.array_equal(left.images[0], right.images[0])
    assert any(np.array_equal(as_lit.images[0], each.images[0]) for each in (left, right))
    assert ("from the left" in mirrored.notes[0]) != ("from the left" in as_lit.notes[0])


def test_backdrops_from_pictures_and_looks(portrait: Image, photos: Path) -> None:
    two = [np.full((30, 30, 3), tone, np.float32) for tone in (0.1, 0.9)]
    made = run(REPLACE_BACKDROP, [portrait] * 2, behind=two)
    corners = [image[:8, :8].mean() for image in made.images]
    assert corners == pytest.approx([0.1, 0.9], abs=0.06)
    assert made.origins[0] and made.origins[0].source_type == "composite"
    with pytest.raises(InputError, match="2 pictures to put behind 3"):
        run(REPLACE_BACKDROP, [portrait] * 3, behind=two)
    looks = (find_look("brand-teal"), find_look("cutout"))
    made = run(REPLACE_BACKDROP, [portrait] * 2, looks=looks)
    assert "brand-teal" in made.notes[0] and shown_on(made.origins[1]) is not None
    path = str(photos / "biden.jpg")
    own = run(REPLACE_BACKDROP, [portrait], backdrop="picture", picture=path)
    assert own.images[0][:8, :8].std() > 0
    with pytest.raises(InputError, match="none was given"):
        run(REPLACE_BACKDROP, [portrait], backdrop="picture")
    with pytest.raises(InputError, match="has no colour"):
        run(REPLACE_BACKDROP, [portrait], backdrop="garden", colour="#ffffff")


def test_a_new_wall_ends_transparency(portrait: Image) -> None:
    bare = run(REPLACE_BACKDROP, [portrait], backdrop="transparent")
    assert shown_on(bare.origins[0]) == (1, 1, 1)
    again = run(
        REPLACE_BACKDROP, bare.images, mattes=bare.mattes, origins=bare.origins, backdrop="grey"
    )
    assert shown_on(again.origins[0]) is None


def test_the_sitter_is_cut_out_where_no_matte_is_known(portrait: Image) -> None:
    made = run(REPLACE_BACKDROP, [portrait], mattes=None)
    assert 0.2 < made.mattes[0].mean() < 0.8 and made.mattes[0].max() == 1
    # Light alone cuts nothing out: what is there of a cut-out is no fault of the picture.
    relit = run(RELIGHT, [portrait], mattes=None)
    assert relit.pictures[0].matte is None


def test_mattes_are_enlarged_and_cropped_along(portrait: Image) -> None:
    matte = np.zeros(portrait.shape[:2], np.float32)
    matte[60:, 100:250] = 1
    for step in (UPSCALE, CROP):
        made = run(step, [portrait], mattes=[matte])
        assert made.mattes[0].shape == made.images[0].shape[:2]
        assert made.mattes[0].dtype == np.float32
        bare = run(step, [portrait], mattes=None)
        assert bare.pictures[0].matte is None and np.all(bare.mattes[0] == 1)


def test_enlarging_keeps_to_its_bounds(portrait: Image) -> None:
    rows, columns = portrait.shape[:2]
    made = run(UPSCALE, [portrait], factor=4.0, longest=600)
    assert made.images[0].shape == (600, round(600 / rows * columns), 3)
    same = run(UPSCALE, [portrait], factor=2.0, longest=300)
    assert same.images[0] is portrait and "not enlarged" in same.notes[0]


def test_the_networks_detail_is_told_and_guarded(photos: Path, sitter: Identity) -> None:
    image = np.clip(fit(read_photo(photos / "obama3.jpg").image, 240)[0], 0, 1)
    free = run(UPSCALE, [image], detail=1.0, origins=[PHOTOGRAPH])
    assert "not judged" in free.notes[0]
    assert free.origins[0] and free.origins[0].last(Enlarged) == Enlarged(
        factor=1.5, network="SPAN"
    )
    plain = run(UPSCALE, [image], detail=0.0, origins=[PHOTOGRAPH])
    assert plain.origins[0] and plain.origins[0].last(Enlarged) == Enlarged(factor=1.5)
    assert not np.array_equal(free.images[0], plain.images[0])
    guarded = run(UPSCALE, [image], detail=1.0, identity=sitter, origins=[PHOTOGRAPH])
    assert guarded.images[0].shape == free.images[0].shape and "like" in guarded.notes[0]


def test_retouch_with_the_sitter_is_guarded(photos: Path, sitter: Identity) -> None:
    image = np.clip(fit(read_photo(photos / "obama2.jpg").image, 700)[0], 0, 1)
    known = run(RETOUCH, [image], identity=sitter)
    unknown = run(RETOUCH, [image])
    assert "likeness" in known.notes[0] and "no spot was removed" in unknown.notes[0]
    assert run(RETOUCH, [image], **dict.fromkeys(PARTS, 0.0)).images[0] is image


@pytest.mark.parametrize("size", ["free", *SIZES])
def test_the_head_sits_where_the_size_wants_it(size: str, photos: Path) -> None:
    image = fit(read_photo(photos / "obama.jpg").image, 800)[0]
    wanted = SIZES.get(size)
    aspect, head, eyes = (wanted.aspect, wanted.head, wanted.eyes) if wanted else (0.9, 0.5, 0.45)
    made = run(CROP, [image], size=size, aspect=0.9, head=0.5, eyes=0.45, resize=False)
    rows, columns = made.images[0].shape[:2]
    assert columns / rows == pytest.approx(aspect, abs=0.02)
    face = Portrait(made.images[0]).sitter(size)
    line = face.points[:2, 1].mean() / rows
    assert line == pytest.approx(eyes, abs=0.06) or "no room above" in made.notes[0]
    share = float(made.notes[0].partition("fills ")[2].partition("%")[0]) / 100
    assert share == pytest.approx(head, abs=0.02) or "too near" in made.notes[0]
    resized = run(CROP, [image], size=size, aspect=0.9, head=0.5, eyes=0.45).images[0]
    if wanted and "asks for" not in made.notes[0] and wanted.height <= 1.5 * rows:
        assert resized.shape[:2] == (wanted.height, wanted.width)


@settings(max_examples=25)
@given(st.floats(0.4, 2.5), st.floats(0.15, 0.85), st.floats(0.2, 0.6))
def test_any_crop_stays_within_the_picture(aspect: float, head: float, eyes: float) -> None:
    image = _demo()
    made = run(CROP, [image], aspect=aspect, head=head, eyes=eyes)
    rows, columns = made.images[0].shape[:2]
    assert 1 <= rows <= image.shape[0] and 1 <= columns <= image.shape[1]
    assert abs(columns - aspect * rows) <= 0.5 + 0.5 * aspect + 1e-6


@pytest.mark.slow
def test_constants_reach_the_step() -> None:
    """Every constant that is declared has an effect: none is there for show."""
    image = _demo()
    other: dict[str, dict[str, Any]] = {
        "HeadshotsRetouch": {
            # So small, the demo has no eyes to clear, no lint and no wall: each has its own tests.
            "preset": "polished",
            **dict.fromkeys(set(PARTS) - {"eyes", "lint", "stray_hairs"}, 1.0),
        },
        "HeadshotsRelight": {
            "pattern": "split", "side": "left", "ratio": 8.0, "warmth": 1.0, "strength": 0.3,
        },
        "HeadshotsReplaceBackdrop": {"backdrop": "black", "colour": "#102030"},
        "HeadshotsUpscale": {"factor": 2.0, "longest": 400},
        "HeadshotsCrop": {
            "size": "linkedin", "aspect": 1.0, "head": 0.3, "eyes": 0.2,
        },
    }  # fmt: skip
    for step in EDITS:
        plain = run(step, [image]).images[0]
        sides = {
            side: run(step, [image], side=side).images[0]
            for side in ("left", "right")
            if step is RELIGHT
        }
        for name, value in other[step.id].items():
            changed = run(step, [image], **{name: value}).images[0]
            if name == "side":
                assert not np.array_equal(*sides.values())
                continue
            assert not np.array_equal(plain, changed), f"{step.title}: {name}"
    scene = run(REPLACE_BACKDROP, [image], backdrop="office").images[0]
    for name, value in (("blur", 0.02), ("seed", 9)):
        changed = run(REPLACE_BACKDROP, [image], backdrop="office", **{name: value}).images[0]
        assert not np.array_equal(scene, changed), name


def test_a_made_picture_is_no_passport_photo(portrait: Image) -> None:
    told = [PHOTOGRAPH, painted()]
    notes = run(CROP, [portrait] * 2, size="passport-35x45", origins=told).notes
    assert "not a photograph" not in notes[0] and "not a photograph" in notes[1]


def test_every_edit_is_declared_alike() -> None:
    for step in EDITS:
        assert step.category.endswith("Edit") and not step.keeps
        assert [each.name for each in step.outputs] == ["pictures", "images", "mattes", "notes"]
        assert step.input("on_no_face").options() == ("pass", "reject", "raise")
        assert step.input("pictures").kind is Kind.PICTURES


@lru_cache(maxsize=1)
def _demo() -> Image:
    return np.clip(fit(read_photo(weight_path("demo-photo")).image, 300)[0], 0, 1)
