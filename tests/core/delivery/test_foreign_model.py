"""Which model a file names that another program wrote; nothing else of it is taken."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import c2pa
import numpy as np
import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL.PngImagePlugin import PngInfo

from headshots.core.delivery.foreign_model import foreign_model, known_name
from headshots.core.delivery.formats import deliver
from headshots.core.delivery.signing import signer
from headshots.core.photos import read_photo
from headshots.core.provenance import EditedElsewhere, ModelUse, SourceType
from headshots.core.recipes.actions.embedded_history import picture_of

PIXELS = PIL.Image.fromarray(np.full((64, 48, 3), 90, np.uint8))
# As ComfyUI's SaveImage writes it, for a graph that has a person's name in three places.
GRAPH: dict[str, Any] = {
    "1": {"class_type": "UNETLoader", "inputs": {"unet_name": "flux-2-klein-4b-fp8.safetensors"}},
    "2": {"class_type": "LoadImage", "inputs": {"image": "Ada Lovelace.png"}},
    "3": {"class_type": "CLIPTextEncode", "inputs": {"text": "Ada Lovelace in a suit"}},
    "4": {
        "class_type": "LoraLoader",
        "inputs": {"lora_name": "ada.safetensors", "model": ["1", 0]},
    },
    "5": {"class_type": "KSampler", "inputs": {"model": ["4", 0], "sampler_name": "euler"}},
}
# As AUTOMATIC1111 1.9 writes them.
PARAMETERS = (
    "portrait of Ada Lovelace, suit, Model: nothing\nNegative prompt: blurry\n"
    "Steps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 7, Seed: 7, Size: 512x640, "
    "Model hash: 31e35c80fc, Model: sd_xl_base_1.0, Version: v1.9.4"
)


def png(**texts: str) -> bytes:
    info = PngInfo()
    for keyword, text in texts.items():
        info.add_text(keyword, text)
    file = io.BytesIO()
    PIXELS.save(file, "png", pnginfo=info)
    return file.getvalue()


def with_graph(**changes: Any) -> bytes:
    return png(prompt=json.dumps(GRAPH | changes), workflow=json.dumps({"nodes": []}))


def loader(name: str, kind: str = "unet_name") -> dict[str, Any]:
    return {"class_type": "Loader", "inputs": {kind: name}}


def test_comfyuis_graph_names_the_model_and_nobody() -> None:
    assert foreign_model(with_graph()) == ModelUse(name="flux-2-klein-4b")
    two = with_graph(**{"9": loader("qwen/Qwen-Image-Edit-2511-Q4_K_M.gguf")})
    assert foreign_model(two) == ModelUse(name="flux-2-klein-4b, Qwen-Image-Edit-2511")
    asked = {"1": {"class_type": "GeminiNode", "inputs": {"model": "gemini-2.5-flash-image"}}}
    assert foreign_model(png(prompt=json.dumps(asked))) == ModelUse(name="gemini-2.5-flash-image")


def test_a_model_called_after_a_person_is_told_without_its_name() -> None:
    named = with_graph(
        **{"1": loader("Ada Lovelace/ada_lovelace_sdxl_v2.safetensors", "ckpt_name")}
    )
    assert foreign_model(named) == ModelUse(name="sdxl-v2")
    only = with_graph(**{"1": loader("adalovelace.ckpt")})
    assert foreign_model(only) == ModelUse(name="")


def test_a_graph_without_a_model_tells_of_none() -> None:
    graph = {"1": GRAPH["2"], "2": {"class_type": "SaveImage", "inputs": {"model": "4x", "n": 1}}}
    assert foreign_model(png(prompt=json.dumps(graph))) is None
    assert foreign_model(png()) is None
    assert foreign_model(png(prompt="a portrait", parameters="a portrait. Steps: 3, 2")) is None


@pytest.mark.parametrize("ending", ["png", "jpeg", "webp"])
def test_parameters_of_automatic1111(ending: str) -> None:
    if ending == "png":
        data = png(parameters=PARAMETERS)
    else:  # piexif, which it uses, writes the comment like this
        exif = PIL.Image.Exif()
        exif.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + PARAMETERS.encode("utf-16-be")
        file = io.BytesIO()
        PIXELS.save(file, ending, exif=exif.tobytes())
        data = file.getvalue()
    assert foreign_model(data) == ModelUse(name="sd-xl-base-1.0")
    umlaut = png(parameters="Müller ✓\n" + PARAMETERS)  # Pillow then writes iTXt
    assert foreign_model(umlaut) == ModelUse(name="sd-xl-base-1.0")


def signed(action: dict[str, Any]) -> bytes:
    manifest = {
        "claim_generator_info": [{"name": "ChatGPT"}],
        "title": "image.png",
        "format": "image/png",
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [action]}}],
    }
    who, file = signer(), io.BytesIO()
    info = c2pa.C2paSignerInfo(who.alg, who.chain.encode(), who.key.encode(), None)
    with c2pa.Signer.from_info(info) as signing, c2pa.Builder(manifest) as builder:
        builder.sign(signing, "image/png", io.BytesIO(png()), file)
    return file.getvalue()


def test_a_manifest_names_the_model() -> None:
    made = {
        "action": "c2pa.created",
        "softwareAgent": {"name": "GPT-4o"},
        "digitalSourceType": SourceType.TRAINED_MEDIA.uri,
    }
    data = signed(made)
    assert foreign_model(data) == ModelUse(name="GPT-4o")
    assert foreign_model(data.replace(b"Z", b"Y", 1)) in (None, ModelUse(name="GPT-4o"))
    photographed = {"action": "c2pa.created", "digitalSourceType": SourceType.DIGITAL_CAPTURE.uri}
    assert foreign_model(signed(photographed)) is None


def test_it_is_in_the_history_and_stays_there(tmp_path: Path) -> None:
    picture = picture_of(read_photo(with_graph(), name="suit.png"))
    assert picture.provenance.edits == (EditedElsewhere(by=ModelUse(name="flux-2-klein-4b")),)
    assert picture.provenance.source_type is SourceType.COMPOSITE_WITH_TRAINED_MEDIA
    assert not picture.provenance.photograph and picture.matte is None
    file = deliver(picture, folder=tmp_path, format="png").path
    again = picture_of(read_photo(file))
    assert again.provenance == picture.provenance
    assert b"Ada Lovelace" not in file.read_bytes()
    plain = picture_of(read_photo(png(), name="photo.png"))
    assert plain.provenance.edits == ()


@pytest.mark.parametrize(
    ("file", "name"),
    [
        (
            "svdq-int4_r32-qwen-image-edit-2509-lightningv2.0-4steps.safetensors",
            "qwen-image-edit-2509",
        ),
        ("FLUX1/flux1-kontext-dev_fp8_scaled.safetensors", "flux1-kontext-dev"),
        ("C:\\models\\flux1-fill-dev.safetensors", "flux1-fill-dev"),
        ("juggernautXL_v9Rdphoto2.safetensors", "juggernautXL"),
        ("v1-5-pruned-emaonly-fp16.safetensors", "v1-5-pruned-emaonly"),
        ("4x-UltraSharp.pth", ""),
        ("my-v2-model.safetensors", ""),
        ("", ""),
    ],
)
def test_names_of_files_in_the_field(file: str, name: str) -> None:
    assert known_name(file) == name


NAMES = st.sampled_from(["Ada", "Grace", "Lovelace", "Müller", "Nguyễn", "José", "Smith"])


@given(who=st.lists(NAMES, min_size=1, max_size=3), joint=st.sampled_from("_- ./"))
def test_no_name_of_a_person_gets_through(who: list[str], joint: str) -> None:
    name = known_name(joint.join([*who, "flux1", *who, "dev"]))
    assert name in ("flux1-dev", "dev", "")


@given(junk=st.binary(max_size=200), text=st.text(max_size=200))
def test_any_file_is_read(junk: bytes, text: str) -> None:
    steps = f"Steps: 1, Sampler: Euler, Model: {text}, Seed: 1"
    for data in (
        junk,
        png()[:40] + junk,
        b"\x89PNG\r\n\x1a\n" + junk,
        b"\xff\xd8UNICODE\0" + junk,
        png(prompt=json.dumps({"1": loader(text), "2": text, "3": [text], "4": {"inputs": text}})),
        png(prompt="{" + text),
        png(parameters=steps),
    ):
        model = foreign_model(data)
        assert model is None or re.fullmatch(r"[A-Za-z0-9.\- ,]*", model.name)
