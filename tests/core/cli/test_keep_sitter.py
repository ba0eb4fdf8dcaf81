"""`headshots keep-sitter`, on real files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from PIL.PngImagePlugin import PngInfo

from headshots.core.delivery.credentials import inspect
from headshots.core.delivery.xmp import read_xmp
from headshots.core.identity.identity import Identity
from headshots.core.images import fit, resize, to_u8
from headshots.core.photos import read_photo
from headshots.core.photos.writing import encode
from headshots.core.provenance import ModelUse, SitterKept, provenance_from_json

from ...stored import put

KONTEXT = ModelUse(name="flux1-kontext-dev")
Run = Callable[..., Any]
pytestmark = pytest.mark.slow


@pytest.fixture
def files(photos: Path, tmp_path: Path) -> tuple[Path, Path]:
    """A photo, and a folder with an edit of it (tinted, smaller, cropped) and a stranger."""
    image = np.clip(fit(read_photo(photos / "obama.jpg").image, 600)[0], 0, 1)
    (tmp_path / "photo.jpg").write_bytes(encode(image, "jpeg", bits=8))
    edited = tmp_path / "edited"
    edited.mkdir()
    part = np.ascontiguousarray(image[:, 30:])
    small = resize(part, round(part.shape[1] * 0.9), round(part.shape[0] * 0.9))
    tinted = np.clip(small * np.float32([0.95, 0.9, 0.8]), 0, 1)
    # As ComfyUI saves it: with the graph, and whatever is typed into it.
    graph = {"1": {"class_type": "UNETLoader", "inputs": {"unet_name": "flux1-kontext-dev.gguf"}}}
    graph["2"] = {"class_type": "CLIPTextEncode", "inputs": {"text": "Ada in a suit"}}
    info = PngInfo()
    info.add_text("prompt", json.dumps(graph))
    PIL.Image.fromarray(to_u8(tinted)).save(edited / "suit.png", pnginfo=info)
    other = np.clip(fit(read_photo(photos / "biden.jpg").image, 600)[0], 0, 1)
    (edited / "wrong.png").write_bytes(encode(other, "png", bits=8))
    return tmp_path / "photo.jpg", edited


def test_edits_come_back_with_the_sitter_signed_as_generated_or_not_at_all(
    files: tuple[Path, Path], run: Run, tmp_path: Path, sitter: Identity, home: Path
) -> None:
    photo, edited = files
    put(sitter)
    out = tmp_path / "kept"
    said = run(
        *("keep-sitter", sitter.name, edited, "--original", photo),
        *("--out", out, "--on-refusal", "reject", "--format", "png"),
    )
    (file,) = (Path(each) for each in said["files"])
    assert file.parent == out and "suit" in file.name
    (refused,) = (note for note in said["notes"] if "refused" in note)
    assert refused.startswith("wrong.png: refused: the edited picture shows another face")
    data = file.read_bytes()
    written = provenance_from_json(read_xmp(data)["provenance"])
    assert written is not None and written.edits[-1] == SitterKept(kept="head", by=KONTEXT)
    assert read_xmp(data)["source_type"] == "compositeWithTrainedAlgorithmicMedia"
    signed = inspect(data)
    assert signed is not None and signed.valid
    assert "Edited by a generative model (flux1-kontext-dev)" in signed.done[-1]
    assert b"in a suit" not in data
    assert read_photo(file).image.shape[1] == pytest.approx(
        read_photo(photo).image.shape[1] - 30, abs=3
    )


def test_originals_are_never_written_over(
    files: tuple[Path, Path], run: Run, sitter: Identity, home: Path
) -> None:
    photo, edited = files
    put(sitter)
    said = run(
        *("keep-sitter", sitter.name, edited / "suit.png", "--original", photo),
        *("--out", photo.parent),
        code=2,
    )
    assert "Choose another --out" in said
