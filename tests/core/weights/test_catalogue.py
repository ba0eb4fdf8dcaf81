"""The catalogue: pinned, whole, and clean by default."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from headshots.core.errors import UnknownName
from headshots.core.weights.catalogue import (
    CATALOGUE,
    Https,
    NpmMember,
    PipMember,
    Weight,
    find_weight,
)
from headshots.core.weights.fetch import chosen

HASH = re.compile(r"[0-9a-f]{64}")
README = Path(__file__).parents[3] / "README.md"


def test_names_and_files_are_unique() -> None:
    files = [weight.file for weight in CATALOGUE.values()]
    assert len(set(files)) == len(files)
    assert all(name == weight.name for name, weight in CATALOGUE.items())


@pytest.mark.parametrize("weight", CATALOGUE.values(), ids=list(CATALOGUE))
def test_everything_is_pinned(weight: Weight) -> None:
    assert HASH.fullmatch(weight.sha256)
    assert weight.size > 0 and weight.sources and weight.purpose and weight.licence
    for source in weight.sources:
        if isinstance(source, Https):
            assert source.url.startswith("https://")
        else:
            assert HASH.fullmatch(source.sha256) and source.size > 0
            pin = "==" if isinstance(source, PipMember) else "@"
            name = source.requirement if isinstance(source, PipMember) else source.package
            assert re.search(pin + r"\d", name)


def test_what_the_product_needs_may_be_used_commercially() -> None:
    assert all(weight.commercial for weight in chosen())


def test_readme_names_every_model_and_its_licence() -> None:
    table = README.read_text("utf-8").partition("## The weights and their licences")[2]
    rows = re.findall(r"^\| (.+?) \| .+? \| (.+?) \|$", table, re.MULTILINE)
    told = {name: licence for names, licence in rows for name in re.findall(r"`([\w-]+)`", names)}
    models = {each.name: each.licence for each in chosen() if each.group == "default"}
    assert told == models | {"doctor": "Licence"}


def test_readme_tells_how_much_is_fetched() -> None:
    archives: dict[str, int] = {}
    for weight in chosen():
        match weight.sources[0]:
            case PipMember(requirement=name, size=size) | NpmMember(package=name, size=size):
                archives[name] = size
            case Https(url=name):
                archives[name] = weight.size
    told = re.search(r"about (\d+) MB of packages", " ".join(README.read_text("utf-8").split()))
    assert told and float(told[1]) == pytest.approx(sum(archives.values()) / 1e6, rel=0.03)


def test_test_photos_are_fetched_only_when_asked() -> None:
    assert {weight.group for weight in chosen()} == {"default", "demo"}
    assert set(chosen(tests=True)) == set(CATALOGUE.values())


def test_an_unknown_name_gets_the_nearest_one() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'modnet'"):
        find_weight("modnte")
