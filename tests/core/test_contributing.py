"""CONTRIBUTING.md: what it tells people to add is added here, word for word, and used."""

from __future__ import annotations

import re
import sys
import tomllib
from dataclasses import replace
from importlib import import_module
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from headshots.core.faces import ANALYSERS
from headshots.core.generation import GENERATORS, LOOKS, Request
from headshots.core.generation.look_files import read_look
from headshots.core.identity.identity import EnrolledPhoto, Identity
from headshots.core.photos.reading import read_photo
from headshots.core.portrait.portrait import Portrait
from headshots.core.scoring import measure
from headshots.core.scoring import score as scoring
from headshots.core.scoring.context import Measure, Needs
from headshots.core.vault.consent import agreed

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
BLOCK = re.compile(r"`(core/[\w/]+\.\w+)`[^`]*:\n\n```\w+\n(.*?)```", re.DOTALL)
BLOCKS: dict[str, str] = dict(BLOCK.findall(TEXT))
REGISTRY = "core/scoring/registry.py"


@pytest.fixture
def added(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The modules and registrations of the document, in force for one test."""
    for registry in (ANALYSERS, GENERATORS):
        monkeypatch.setattr(registry, "_places", dict(registry._places))  # pyright: ignore
        monkeypatch.setattr(registry, "_made", {})
    for path, code in BLOCKS.items():
        if path == REGISTRY:  # a line within a table
            continue
        place = "headshots." + path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        if path.endswith("__init__.py"):
            module = import_module(place)  # the line is written into that module
        elif path.endswith(".py"):
            module = ModuleType(place)
            module.__package__ = place.rpartition(".")[0]
            monkeypatch.setitem(sys.modules, place, module)
        else:
            continue
        file = tmp_path / f"{place}.py"
        file.write_text(code, "utf-8")
        SourceFileLoader(place, str(file)).exec_module(module)


def test_the_walk_adds_one_of_each() -> None:
    assert set(BLOCKS) == {
        "core/generation/looks.toml",
        "core/scoring/measures/tilt.py",
        "core/scoring/measures.toml",
        REGISTRY,
        "core/faces/grey.py",
        "core/faces/__init__.py",
        "core/generation/untouched.py",
        "core/generation/__init__.py",
    }


def test_every_file_it_names_is_there() -> None:
    named = set(re.findall(r"`((?:core|tests|docs|scripts)/[\w/.]+|pyproject\.toml)`", TEXT))
    named |= set(re.findall(r"\]\(([\w/.]+)\)", TEXT))
    new = {
        "core/faces/grey.py",
        "core/generation/untouched.py",
        "core/scoring/measures/tilt.py",
    }
    assert [path for path in sorted(named - new) if not (ROOT / path).exists()] == []


def test_the_new_look_is_a_look() -> None:
    ((name, table),) = tomllib.loads(BLOCKS["core/generation/looks.toml"]).items()
    assert name not in LOOKS
    look = read_look(name, table)
    assert look.title and look.framing.head < 1


def test_the_new_measure_is_asked(
    added: None, photos: Path, sitter: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    ((name, figures),) = tomllib.loads(BLOCKS["core/scoring/measures.toml"]).items()
    figures["ends"] = tuple(figures["ends"])
    monkeypatch.setitem(measure.KINDS, name, measure.MeasureKind(**figures))
    tilt = sys.modules["headshots.core.scoring.measures.tilt"]
    assert BLOCKS[REGISTRY].strip() == 'Measure("tilt", Needs.FACE, tilt.answer)'
    line = Measure("tilt", Needs.FACE, tilt.answer)
    monkeypatch.setattr(scoring, "MEASURES", (*scoring.MEASURES, line))
    portrait = Portrait(read_photo(photos / "obama.jpg", longest=1024).image)
    card = scoring.score(portrait, sitter, picture="01")
    assert 0 <= card.measure("tilt").value < 15 and card.measure("tilt").passed


def test_the_new_analyser_finds_and_recognises(added: None, photos: Path) -> None:
    image = read_photo(photos / "obama.jpg", longest=1024).image
    analyser = ANALYSERS.get("grey")
    (face,) = analyser.analyse(image)
    assert face.embedding.shape == (analyser.recogniser.dimensions,)
    assert float(np.linalg.norm(face.embedding)) == pytest.approx(1, abs=1e-4)
    (colour,) = ANALYSERS.get("embedded").analyse(image)
    assert 0.5 < float(face.embedding @ colour.embedding) < 0.9999


def test_the_new_generator_generates(added: None, photos: Path) -> None:
    photo = read_photo(photos / "astronaut.png")
    (face,) = ANALYSERS.get("embedded").analyse(photo.image)
    enrolled = EnrolledPhoto(
        name=photo.name,
        sha256=photo.sha256,
        data=photo.data,
        width=photo.width,
        height=photo.height,
        face=face,
        embeddings={},
        quality=1,
    )
    identity = Identity("Sample", "2026-01-01T00:00:00+00:00", (enrolled,), {}, None, None, ())
    identity = replace(identity, consent=agreed("Sample", "yes", days=30))
    looks = tuple(LOOKS.values())[:2]
    request = Request(identity=identity, looks=looks, count=3, seed=1, width=256)
    candidates = list(GENERATORS.get("untouched").generate(request))
    assert [each.provenance.look for each in candidates] == [
        looks[0].name,
        looks[1].name,
        looks[0].name,
    ]
    assert candidates[0].image.shape == (256, 256, 3)
    assert candidates[0].matte is None, "it is not cut out"
