"""Which part of a picture belongs to which face."""

from __future__ import annotations

import faces
from hypothesis import given
from hypothesis import strategies as st
from samples import Pixels

SIZE = (1000, 800)
BOXES = st.tuples(st.floats(0, 800), st.floats(0, 600), st.floats(20, 200), st.floats(20, 200))


def test_boxes_come_in_the_layers_own_pixels() -> None:
    pixels = Pixels(b"", 100, 50, 3, (10, 20, 400, 200))
    boxes = faces.in_layer([{"x": 1, "y": 2, "width": 3, "height": 4}], pixels)
    assert boxes == [(14.0, 28.0, 12.0, 16.0)]


def test_alone_a_face_has_all_around_it() -> None:
    face = (400.0, 300.0, 100.0, 120.0)
    assert faces.area_of(face, [face], SIZE, 0.5, 0.5, 1.0) == (350, 240, 200, 300)


def test_neighbours_share_what_is_between_them() -> None:
    left, right = (100.0, 300.0, 100.0, 100.0), (240.0, 310.0, 100.0, 100.0)
    x, _, width, _ = faces.area_of(left, [left, right], SIZE, 1.0, 1.0, 1.0)
    assert x + width == 220
    assert faces.area_of(right, [left, right], SIZE, 1.0, 1.0, 1.0)[0] == 220


@given(st.lists(BOXES, min_size=1, max_size=6))
def test_a_part_lies_in_the_picture_and_holds_no_other_faces_middle(
    boxes: list[tuple[float, float, float, float]],
) -> None:
    for face in boxes:
        x, y, width, height = faces.area_of(face, boxes, SIZE, 0.5, 0.5, 1.0)
        assert 0 <= x < x + width <= SIZE[0] and 0 <= y < y + height <= SIZE[1]


@given(st.lists(BOXES, min_size=1, max_size=6))
def test_a_click_on_a_face_chooses_it(boxes: list[tuple[float, float, float, float]]) -> None:
    for box in boxes:
        chosen = boxes[faces.at((box[0] + box[2] / 2, box[1] + box[3] / 2), boxes)]
        x, y, width, height = chosen
        assert x <= box[0] + box[2] / 2 <= x + width and y <= box[1] + box[3] / 2 <= y + height


def test_there_is_none_to_click() -> None:
    assert faces.at((1, 2), []) is None
