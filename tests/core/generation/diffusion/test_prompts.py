"""What painters are told, over all looks: never to take away what is the sitter's own."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from headshots.core.generation.diffusion.families.prompts import (
    NEGATIVE,
    detail_prompt,
    instruction_of,
    instruction_of_face,
    prompt_of,
    prompt_of_face,
    sitter_words,
)
from headshots.core.generation.diffusion.tuning.captions import caption, class_caption
from headshots.core.generation.library import LOOKS
from headshots.core.identity.identity import Identity
from headshots.core.photos import read_photo

# What would remove lasting features, smooth skin or lighten it, however it is put.
HARMFUL = (
    r"smooth(?! [a-z -]*gradient backdrop)|flawless|perfect|porcelain|poreless|retouch|"
    r"airbrush|beaut|glow|radiant|clear skin|clean skin|fair|pale|lighten|whiten|brighten|"
    r"bright skin|young|youth|slim|thin|symmetr|without|\bno\b|remov|blemish|spotless"
)
# What a person is or has: asked to leave out, a painter would take it off.
OWN = (
    r"mole|freckle|wrinkle|line|scar|spot|birthmark|blemish|pore|acne|vitiligo|old|age\b|aged|"
    r"skin|dark|brown|black|tan|nose|lip|ear|eye|hair|beard|gre[ya]|bald|fat|glasses|ugly|teeth"
)
# Skin from light to deep: L* and b* of CIELAB.
SKINS = ((78, 12), (70, 16), (63, 18), (55, 20), (45, 20), (35, 15), (25, 8))


def people(sitter: Identity) -> list[Identity]:
    """The sitter with every skin, with and without lasting features."""
    made: list[Identity] = []
    for (lightness, yellow), features in product(SKINS, ((), sitter.features)):
        assert sitter.skin is not None
        mean = np.float32([lightness, 12, yellow])
        made.append(replace(sitter, skin=replace(sitter.skin, mean=mean), features=features))
    return made


def test_no_look_asks_for_another_face_or_lighter_skin(sitter: Identity) -> None:
    said = {
        prompt
        for person, look in product(people(sitter), LOOKS.values())
        for prompt in (
            prompt_of(look, person),
            prompt_of_face(person),
            instruction_of(look, photos=2),
            instruction_of_face(photos=1),
            detail_prompt(sentences=True),
            detail_prompt(sentences=False),
        )
    }
    photo = sitter.photos[0]
    image = read_photo(photo.data, name=photo.name).image
    said |= {prompt_of_face(None), caption(image, photo.face), class_caption(image, photo.face)}
    assert len(said) > len(LOOKS)
    for prompt in said:
        found = re.search(HARMFUL, prompt)
        assert found is None, (found, prompt)


def test_what_is_not_wanted_names_nothing_of_a_person() -> None:
    words = [each.strip() for each in NEGATIVE.split(",")]
    # Of hands and people only what is no person's own: too many of them.
    asked = [each for each in words if each not in ("deformed hands", "extra fingers")]
    for each in asked:
        assert re.search(rf"\b({OWN})", each) is None, each


def test_deeper_skin_is_never_called_lighter(sitter: Identity) -> None:
    order = ("very light", "light", "medium", "tan", "brown", "deep brown")
    told = [sitter_words(person)[0].removesuffix(" skin") for person in people(sitter)[::2]]
    places = [order.index(each) for each in told]
    assert places == sorted(places) and set(told) >= {"very light", "deep brown"}


def test_moles_are_asked_for_where_there_are_some(sitter: Identity) -> None:
    with_some, without = people(sitter)[1], people(sitter)[0]
    assert bool(sitter.features) == ("mole" in prompt_of_face(with_some))
    assert "mole" not in prompt_of_face(without)


@pytest.mark.parametrize("text", ["in a navy suit", "im dunkelblauen Anzug"])
def test_a_users_text_is_passed_on_as_it_is(text: str, sitter: Identity) -> None:
    look = next(iter(LOOKS.values()))
    assert text in prompt_of(look, sitter, f"  {text}\n")
    assert text in instruction_of(look, f"  {text}\n")


_GOLDEN = tomllib.loads(Path(__file__).with_name("golden_prompts.toml").read_text("utf-8"))


@pytest.mark.parametrize("look", _GOLDEN["look"])
def test_each_family_is_told_in_its_own_way(look: str, sitter: Identity) -> None:
    """Tags for Stable Diffusion, an instruction in sentences for FLUX.2."""
    asked = LOOKS[look], "in a navy suit", "ohwx person"
    plain = replace(sitter, skin=None, eyes=None, features=())
    assert prompt_of(asked[0], plain, *asked[1:]) == _GOLDEN["look"][look]["tags"]
    assert instruction_of(*asked, photos=2) == _GOLDEN["look"][look]["sentences"]


def test_a_face_alone_is_told_in_its_own_way_too() -> None:
    assert prompt_of_face(None) == _GOLDEN["face"]["tags"]
    assert instruction_of_face("Let her laugh.", photos=1) == _GOLDEN["face"]["sentences"]
