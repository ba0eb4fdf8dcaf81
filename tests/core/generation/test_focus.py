"""A wall in focus is no sharper than its sitter; walls out of focus stay as they are."""

from __future__ import annotations

from dataclasses import replace
from math import inf
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pictures

from headshots.core.faces import ANALYSERS
from headshots.core.generation import GENERATORS, Candidate, Request, find_look
from headshots.core.generation.backdrops import BACKDROPS
from headshots.core.generation.studio.backdrops import sharp, wall
from headshots.core.generation.studio.compose.focus import no_sharper
from headshots.core.identity.enrollment import enrol
from headshots.core.images import Image, blur, to_linear, to_srgb, to_u8
from headshots.core.photos import read_photo
from headshots.core.portrait.sharpness import edge_blur
from headshots.core.vault.consent import agreed

pytestmark = pytest.mark.slow

BLUR = 2  # sigma of a photo out of focus, pixels


def tiles(height: int, width: int) -> Image:
    """Crisp tiles of many tones."""
    tones = np.random.default_rng(5).uniform(0.15, 0.85, (height // 16, width // 16))
    fine = np.kron(tones, np.ones((16, 16)))
    return np.repeat(fine[..., None], 3, axis=2).astype(np.float32)


def test_a_crisp_wall_is_softened_to_the_sitter_and_no_further() -> None:
    crisp = to_linear(tiles(480, 480))
    softened = no_sharper(crisp, 3.0)
    assert edge_blur(to_srgb(softened)) == pytest.approx(3.0, rel=0.25)
    assert no_sharper(softened, 2.0) is softened
    assert no_sharper(crisp, 1.0) is crisp
    assert no_sharper(crisp, inf) is crisp


def test_painted_walls_have_no_detail_that_could_be_too_sharp() -> None:
    for backdrop in (BACKDROPS["canvas"], BACKDROPS["gradient"], BACKDROPS["colour"]):
        made = wall(backdrop, 1024, 1280, centre=0.5, light_side=-1, rng=np.random.default_rng(1))
        assert not sharp(backdrop)
        assert edge_blur(to_srgb(made)) > 4


@pytest.fixture(scope="module")
def pictures(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[int, Candidate]:
    """One sitter before a crisp wall, from a sharp photo and from one out of focus."""
    folder = tmp_path_factory.mktemp("focus")
    Pictures.fromarray(to_u8(tiles(1280, 1024))).save(folder / "tiles.png")
    image = read_photo(photos / "obama.jpg").image
    backdrop = replace(BACKDROPS["picture"], picture=str(folder / "tiles.png"), blur=0.0)
    look = replace(find_look("studio-grey"), backdrop=backdrop)
    made: dict[int, Candidate] = {}
    for sigma in (0, BLUR):
        Pictures.fromarray(to_u8(blur(image, sigma))).save(folder / f"{sigma}.png")
        analyser = ANALYSERS.get("embedded")
        sitter = enrol(
            "Sitter",
            [read_photo(folder / f"{sigma}.png")],
            consent=agreed("Sitter", "yes", days=30),
            analyser=analyser,
        ).identity
        request = Request(sitter, (look,), 1, 1, width=1024)
        made[sigma] = next(GENERATORS.get("studio").generate(request))
    return made


def test_a_soft_sitter_gets_a_wall_as_soft(pictures: dict[int, Candidate]) -> None:
    walls = {sigma: edge_blur(made.image[:300, :300]) for sigma, made in pictures.items()}
    faces: dict[int, float] = {}
    for sigma, made in pictures.items():
        (face,) = ANALYSERS.get("embedded").analyse(made.image, embed=False)
        faces[sigma] = edge_blur(face.box.cut(made.image))
    assert faces[BLUR] > 1.2 * faces[0]
    assert walls[BLUR] > 1.2 * walls[0]
    assert walls[BLUR] > 0.8 * faces[BLUR]
