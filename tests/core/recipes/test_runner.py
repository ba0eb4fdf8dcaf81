"""Running recipes: order, cache, progress and stopping; the steps are small and real functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from headshots.core.errors import Cancelled, IdentityNotFound
from headshots.core.images import Image, to_u8
from headshots.core.layers import Layer
from headshots.core.picture import Picture
from headshots.core.portrait.portrait import Portrait
from headshots.core.progress import Progress
from headshots.core.recipes.actions.images import unpacked
from headshots.core.recipes.cache import Cache, size_of
from headshots.core.recipes.graph import Recipe, build, with_inputs
from headshots.core.recipes.runner import Handed, run
from headshots.core.recipes.step import Input, Kind, Output, Step

Work = Callable[..., tuple[Any, ...]]


@dataclass(frozen=True)
class Small(Step):
    """A step whose function is given instead of named."""

    work: Work = field(kw_only=True)

    def call(self, values: Any) -> tuple[Any, ...]:
        return self.work(**values)


class Calls:
    """Three small steps that count their calls: Number -> Add -> Show."""

    def __init__(self, fingerprint: str = "") -> None:
        self.made: list[str] = []
        number = Input("value", Kind.INT, "A number.", default=1, low=0, high=100)
        image = Output("image", Kind.IMAGE, "A picture of that brightness.")
        paths = Input("paths", Kind.STRING, "A file.", default="")
        add = (
            Input("a", Kind.IMAGE, "One."),
            Input("b", Kind.IMAGE, "Another.", optional=True),
        )
        one = Input("image", Kind.IMAGE, "A picture.")
        self.steps: dict[str, Step] = {
            "Number": Small(
                "Number", "Number", "", "", (number, paths), (image,), "", fingerprint,
                work=self._number,
            ),
            "Add": Small("Add", "Add", "", "", add, (image,), "", work=self._add),
            "Show": Small(
                "Show", "Show", "", "", (one,), (image,), "", keeps=True, effort=2, work=self._show
            ),
        }  # fmt: skip

    def recipe(self, document: dict[str, Any]) -> Recipe:
        return build(document, self.steps)

    def _number(self, progress: Progress, value: int, paths: str) -> tuple[list[Image]]:
        self.made.append(f"Number {value}")
        return ([np.full((2, 2, 3), value / 100, np.float32)],)

    def _add(self, progress: Progress, a: list[Image], b: list[Image] | None) -> tuple[list[Image]]:
        self.made.append("Add")
        progress.update(0.5, "adding")
        return ([x + y for x, y in zip(a, b or a, strict=True)],)

    def _show(self, progress: Progress, image: list[Image]) -> tuple[list[Image]]:
        self.made.append("Show")
        return (image,)


SUM: dict[str, Any] = {
    "4": {"class_type": "Show", "inputs": {"image": ["3", 0]}},
    "1": {"class_type": "Number", "inputs": {"value": 2}},
    "2": {"class_type": "Number", "inputs": {"value": 3}},
    "3": {"class_type": "Add", "inputs": {"a": ["1", 0], "b": ["2", 0]}},
    "9": {"class_type": "Number", "inputs": {"value": 9}},
}


def test_each_needed_node_runs_once_in_order() -> None:
    calls = Calls()
    recipe = calls.recipe(SUM)
    results = run(recipe)
    assert calls.made == ["Number 2", "Number 3", "Add", "Show"]
    assert set(results.outputs) == {"1", "2", "3", "4"}
    assert list(results.of("Number")) == ["1", "2"]
    assert results.get("4", "image")[0][0, 0, 0] == pytest.approx(0.05)
    with pytest.raises(KeyError):
        results.get("4", "mask")


def test_a_value_used_twice_is_made_once() -> None:
    calls = Calls()
    twice = {
        "1": {"class_type": "Number"},
        "2": {"class_type": "Add", "inputs": {"a": ["1", 0], "b": ["1", 0]}},
        "3": {"class_type": "Show", "inputs": {"image": ["2", 0]}},
    }
    run(calls.recipe(twice))
    assert calls.made == ["Number 1", "Add", "Show"]


def test_without_a_cache_everything_runs_again() -> None:
    calls = Calls()
    recipe = calls.recipe(SUM)
    run(recipe)
    run(recipe)
    assert calls.made.count("Add") == 2


def test_the_last_small_picture_handed_over_stays_the_same_one() -> None:
    """So that what was measured of it is there for the next run; another takes its place."""
    calls, cache = Calls(), Cache()
    shown = {"1": SUM["1"], "3": {"class_type": "Show", "inputs": {"image": ["1", 0]}}}
    recipe = calls.recipe(shown)

    def handing(key: str, side: int = 2) -> Any:
        outputs = ([np.zeros((side, side, 3), np.float32)],)
        return run(recipe, cache=cache, handed={"1": Handed(outputs, key)}).outputs["1"][0]

    first = handing("one")
    assert handing("one") is first
    assert handing("other") is not first and handing("one") is not first
    large = handing("large", 2048)
    assert handing("large", 2048) is not large
    assert handing("") is not handing("")


def test_with_a_cache_only_what_changed_runs_again() -> None:
    calls, cache = Calls(), Cache()
    recipe = calls.recipe(SUM)
    first = run(recipe, cache=cache)
    calls.made.clear()
    second = run(recipe, cache=cache)
    assert calls.made == ["Show"]
    assert second.outputs["3"][0] is first.outputs["3"][0]
    calls.made.clear()
    third = run(with_inputs(recipe, {"2.value": 4}), cache=cache)
    assert calls.made == ["Number 4", "Add", "Show"]
    assert third.get("4", "image")[0][0, 0, 0] == pytest.approx(0.06)


def test_equal_work_is_found_under_other_ids_and_titles() -> None:
    calls, cache = Calls(), Cache()
    run(calls.recipe(SUM), cache=cache)
    calls.made.clear()
    renamed = {
        "a": {"class_type": "Number", "inputs": {"value": 2}, "_meta": {"title": "Two"}},
        "b": {"class_type": "Number", "inputs": {"value": 3}},
        "c": {"class_type": "Add", "inputs": {"a": ["a", 0], "b": ["b", 0]}},
        "d": {"class_type": "Show", "inputs": {"image": ["c", 0]}},
    }
    run(calls.recipe(renamed), cache=cache)
    assert calls.made == ["Show"]


def test_a_changed_file_is_noticed(tmp_path: Path) -> None:
    calls, cache = Calls("recipes.actions.pictures:fingerprint"), Cache()
    file = tmp_path / "photo.jpg"
    file.write_bytes(b"1")
    recipe = with_inputs(calls.recipe(SUM), {"1.paths": str(file)})
    run(recipe, cache=cache)
    calls.made.clear()
    file.write_bytes(b"2")
    run(recipe, cache=cache)
    assert calls.made == ["Number 2", "Add", "Show"]


def test_the_cache_is_bounded_and_drops_the_least_used() -> None:
    cache = Cache(most_bytes=250)
    block = np.zeros(100, np.uint8)
    for key in ("a", "b"):
        cache.put(key, ([block],))
    assert cache.get("a") is not None
    cache.put("c", ([block],))
    assert cache.get("b") is None
    assert cache.get("a") is not None
    cache.put("huge", ([np.zeros(251, np.uint8)],))
    assert cache.get("huge") is None
    assert cache.get("c") is not None
    cache.put("c", ([block],))
    assert cache.get("a") is not None
    cache.clear()
    assert cache.get("a") is None


def test_sizes_count_what_lies_inside() -> None:
    step = replace(Calls().steps["Add"], summary="four")
    assert size_of(([np.zeros(10, np.uint8), b"123"], {"a": "45"}, 7, None)) == 15
    assert size_of(step) >= 4


def test_an_array_counts_once_however_often_it_is_held() -> None:
    image, matte = np.zeros((10, 10, 3), np.float32), np.zeros((10, 10), np.float32)
    picture = Picture("01", Portrait(image, matte))
    one = image.nbytes + matte.nbytes + len("01")
    assert size_of(picture) == one
    # As steps hand pictures on: in a list, and their images and mattes beside it.
    assert size_of(unpacked([picture])) == one
    assert size_of(([picture, picture], [image, image], [matte])) == one
    renamed = picture.renamed("02")
    assert size_of([picture, renamed]) == one + len("02")
    other = Picture("02", Portrait(image.copy(), matte))
    assert size_of([picture, other]) == one + len("02") + image.nbytes


def test_a_matte_of_ones_takes_no_room() -> None:
    """It stands for none, and is one value spread over all."""
    pictures = [Picture("01", Portrait(np.zeros((10, 10, 3), np.float32)))]
    _, (image,), (matte,) = outputs = unpacked(pictures)
    assert matte.shape == (10, 10) and size_of(outputs) == image.nbytes + len("01")
    assert size_of(np.zeros((0, 3), np.uint8)) == 0 and size_of(np.zeros((1, 1), np.uint8)) == 1


def test_layers_count_with_their_picture() -> None:
    image = np.zeros((10, 10, 3), np.float32)
    layers = [
        Layer("Backdrop", to_u8(image)),
        Layer("Sitter", to_u8(image), mask=to_u8(image)[..., 0]),
    ]
    bare = Picture("01", Portrait(image))
    more = size_of(replace(bare, layers=layers)) - size_of(bare)
    assert more >= 2 * image.size + image.size // 3


def test_progress_rises_to_one_and_names_the_nodes() -> None:
    seen: list[tuple[float, str]] = []
    calls = Calls()
    run(
        calls.recipe(SUM),
        progress=Progress(lambda share, note, preview: seen.append((share, note))),
    )
    shares = [share for share, _ in seen]
    assert shares == sorted(shares)
    assert shares[0] == 0 and shares[-1] == 1
    assert [note for _, note in seen if note] == ["Number", "Number", "Add", "adding", "Show"]
    # Number, Number, Add take 1 each and Show 2: halfway through Add is 2.5 of 5.
    assert (pytest.approx(0.5), "adding") in seen


def test_a_stopped_run_goes_no_further() -> None:
    calls = Calls()
    with pytest.raises(Cancelled):
        run(calls.recipe(SUM), progress=Progress(stopped=lambda: "Number 3" in calls.made))
    assert calls.made == ["Number 2", "Number 3"]


def test_a_steps_error_is_its_own() -> None:
    document = {
        "1": {"class_type": "HeadshotsForgetSitter", "inputs": {"name": "Nobody Known"}},
    }
    with pytest.raises(IdentityNotFound, match="Nobody Known"):
        run(build(document))
