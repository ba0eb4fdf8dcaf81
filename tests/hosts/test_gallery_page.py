"""The gallery in a real browser: what it shows, saves and needs to be opened, wide and narrow."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image as Pillow

from headshots.core.delivery.gallery.page import Chosen, gallery_html
from headshots.core.images import fit
from headshots.core.photos import read_photo
from headshots.core.photos.writing import encode
from headshots.core.picture import Picture
from headshots.core.portrait.portrait import Portrait

from .browser import page_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PASSPHRASE = "trüb Ampel Feder kühn"
SIZES = {"wide": (1400, 900), "phone": (390, 844)}
# The contrast of each text with what is behind it (WCAG 2.2, 1.4.3), where it is too low; and what
# has no name for a screen reader.
FAULTS = """() => {
  const light = colour => {
    const channel = x => (x /= 255) <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4;
    const [r, g, b] = colour.match(/[\\d.]+/g).map(Number);
    return 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  };
  const behind = element => {
    for (let e = element; e; e = e.parentElement) {
      const colour = getComputedStyle(e).backgroundColor;
      if (!/rgba\\(.*, 0\\)/.test(colour)) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const faults = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !element.checkVisibility()) continue;
    const [one, other] = [light(getComputedStyle(element).color), light(behind(element))];
    const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (contrast < 4.5) faults.push(`${texts.currentNode.data.trim()}: ${contrast.toFixed(1)}`);
  }
  for (const image of document.images) if (!image.alt) faults.push("an image without words");
  for (const field of document.querySelectorAll("input"))
    if (!field.labels.length) faults.push("a bare field");
  for (const each of document.querySelectorAll("a, button")) {
    const box = each.getBoundingClientRect();
    if (each.checkVisibility() && box.height < 44)
      faults.push(`${each.textContent}: ${box.height} high`);
  }
  if (document.documentElement.scrollWidth > innerWidth) faults.push("it scrolls sideways");
  if (document.querySelectorAll("h1").length !== 1) faults.push("not one heading");
  return faults;
}"""


@pytest.fixture(scope="module")
def chosen(photos: Path) -> list[Chosen]:
    made: list[Chosen] = []
    for name in ("obama.jpg", "obama2.jpg", "obama3.jpg"):
        image = np.clip(fit(read_photo(photos / name).image, 1200)[0], 0, 1)
        made.append(Chosen(Picture(f"{name} of Ada", Portrait(image)), encode(image, "jpeg")))
    return made


@pytest.fixture(scope="module", params=["open", "protected"])
def file(
    request: pytest.FixtureRequest, chosen: list[Chosen], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    secret = PASSPHRASE if request.param == "protected" else None
    html = gallery_html(chosen, title="Ada Lovelace", language="de", passphrase=secret)
    path = tmp_path_factory.mktemp("gallery") / f"{request.param}.html"
    path.write_text(html, "utf-8")
    yield path


def unlock(page: Page) -> None:
    page.fill("#passphrase", "trüb Ampel Feder dumm")
    page.click("#open")
    page.wait_for_selector("#wrong:not(:empty)")
    assert page.locator("figure").count() == 0
    assert page.evaluate(FAULTS) == []
    page.fill("#passphrase", PASSPHRASE)
    page.keyboard.press("Enter")


@pytest.mark.parametrize("screen", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_shows_the_headshots_and_saves_them(
    screen: str, scheme: Any, file: Path, chosen: list[Chosen], browser: Browser
) -> None:
    width, height = SIZES[screen]
    options = {"color_scheme": scheme, "accept_downloads": True}
    with page_in(browser, width=width, height=height, **options) as (page, noted):
        page.goto(file.as_uri())
        if file.stem == "protected":
            assert page.inner_text("h1") == "Diese Bilder sind geschützt"
            page.screenshot(path=str(file.with_name(f"locked-{screen}-{scheme}.png")))
            unlock(page)
        page.wait_for_selector("figure")
        assert page.inner_text("h1") == "Ada Lovelace" == page.title()
        assert page.locator("figure").count() == 3
        page.evaluate("() => Promise.all([...document.images].map(each => each.decode()))")
        assert page.evaluate(FAULTS) == []
        name = f"{file.stem}-{screen}-{scheme}.png"
        page.screenshot(path=str(file.with_name(name)), full_page=True)
        with page.expect_download() as saved:
            page.click("figure:nth-child(2) a >> nth=0")
        assert saved.value.suggested_filename == "headshot-2-full.jpg"
        assert Path(saved.value.path()).read_bytes() == chosen[1].data
        with page.expect_download() as saved:
            page.click("figure:nth-child(1) a >> nth=2")
        with Pillow.open(io.BytesIO(Path(saved.value.path()).read_bytes())) as picture:
            assert picture.size == (800, 800)
    assert (noted.errors, noted.elsewhere, noted.failed) == ([], [], [])
    assert all("wrong" in each for each in noted.console), noted.console
