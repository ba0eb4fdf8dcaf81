"""Sound files of every kind, made by the programs that make them."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import PIL.Image

from headshots.core.images import Image

if TYPE_CHECKING:  # each sample loads what makes it
    from headshots.core.provenance import Provenance
    from headshots.core.scorecard import Scorecard

_HASH = "ab" * 32
_WORDS = (
    b"yes",
    b"yes, by signed form",
    b"yes to generate, tune and deliver, by signed form",
)
_ENVIRONMENT = {
    "retention_days": "30",
    "master": "file",
    "threads": "2",
    "server_dirs": "/tmp:/home",
    "comfy": "http://127.0.0.1:8188",
    "comfy_allow_remote": "false",
    "analyser": "embedded",
}


@dataclass(frozen=True)
class Samples:
    """What is changed, by what it is."""

    photos: dict[str, bytes]
    profiles: tuple[bytes, ...]
    exif: tuple[bytes, ...]
    packets: tuple[bytes, ...]
    sidecars: tuple[bytes, ...]
    scorecards: tuple[bytes, ...]
    delivered: tuple[bytes, ...]
    openraster: tuple[bytes, ...]
    recipes: tuple[bytes, ...]
    looks: tuple[bytes, ...]
    look_values: tuple[bytes, ...]
    words: tuple[bytes, ...]
    consents: tuple[bytes, ...]
    teams: tuple[bytes, ...]
    large_teams: tuple[bytes, ...]
    identities: tuple[bytes, ...]
    vaults: tuple[bytes, ...]
    keys: tuple[bytes, ...]
    safetensors: tuple[bytes, ...]
    receipts: tuple[bytes, ...]
    signing: tuple[bytes, ...]
    settings: tuple[bytes, ...]
    requests: tuple[bytes, ...]
    orders: tuple[bytes, ...]


def make(folder: Path, port: int, token: str) -> Samples:
    """All of them. folder: its vault and keys stay; port, token: of a server."""
    from headshots.core.identity.codec import to_bytes

    from ..core.culling.sidecar_samples import SAMPLES as SIDECARS
    from ..core.culling.sidecar_samples import encoded
    from ..core.photos.test_reading_colour import dng
    from ..core.photos.test_reading_refusals import SAMPLES
    from .homes import named

    mosaic = (np.random.default_rng(0).random((48, 64, 3)) * 65535).astype(np.uint16)
    vault, key, receipt = _vault(folder)
    packet, delivered, openraster = _deliveries()
    return Samples(
        photos={**SAMPLES, "HEIC": _heic(), "DNG": dng(mosaic), "with all": _with_all()},
        profiles=_profiles(),
        exif=(_exif(),),
        packets=(packet, packet * 2),
        sidecars=tuple(map(encoded, SIDECARS.values())),
        scorecards=(json.dumps(_summary()).encode(),),
        delivered=delivered,
        openraster=(openraster,),
        recipes=_recipes(),
        looks=_looks(),
        look_values=_look_values(),
        words=_WORDS,
        consents=(json.dumps(_consent()).encode(),),
        teams=(_team(6),),
        large_teams=(_team(20_000),),
        identities=(to_bytes(named("Ada Lovelace")),),
        vaults=(vault,),
        keys=(key,),
        safetensors=(_safetensors(),),
        receipts=(receipt,),
        signing=(_signing(),),
        settings=(json.dumps(_ENVIRONMENT).encode(),),
        requests=_requests(port, token),
        orders=_orders(),
    )


def _picture() -> Image:
    return np.random.default_rng(1).random((96, 80, 3), np.float32)


def _exif() -> bytes:
    exif = PIL.Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112], exif[0x0131] = "Maker", "Camera", 6, "Program"
    inner = exif.get_ifd(0x8769)
    inner[0x9003], inner[0xA405], inner[0x9286] = "2026:01:02 03:04:05", 85, b"ASCII\0\0\0hello"
    exif.get_ifd(0x8825)[1] = "N"
    return exif.tobytes()


def _profiles() -> tuple[bytes, ...]:
    from PIL import ImageCms

    from headshots.core.photos.icc import srgb_profile

    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    return srgb_profile(), ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(), lab


def _with_all() -> bytes:
    out = io.BytesIO()
    picture = PIL.Image.fromarray((_picture() * 255).astype(np.uint8))
    options = {"exif": _exif(), "icc_profile": _profiles()[0], "xmp": _packet(), "dpi": (300, 300)}
    picture.save(out, "JPEG", **options)
    return out.getvalue()


def _heic() -> bytes:
    import pillow_heif

    out = io.BytesIO()
    picture = PIL.Image.fromarray((_picture() * 255).astype(np.uint8))
    pillow_heif.from_pillow(picture).save(out, quality=80)
    return out.getvalue()


def _card() -> Scorecard:
    from headshots.core.scorecard import Measurement, Scorecard

    return Scorecard(
        picture="ada",
        sitter="Ada Lovelace",
        judge="dlib",
        likeness=0.9,
        percentile=0.8,
        measures=(Measurement("sharpness", 0.4, 0.1, 1.0, "", ""),),
        overall=0.7,
        verdict="keep",
        reasons=("sharp",),
    )


def _history() -> Provenance:
    from headshots.core.provenance import Composited, Provenance

    return Provenance(
        generator="studio",
        look="executive",
        photo="ada.jpg",
        seed=7,
        sources=(_HASH,),
        edits=(Composited(head=0.45),),
    )


def _packet() -> bytes:
    from headshots.core.delivery.xmp import build_xmp

    recipe = _recipes()[0].decode()
    return build_xmp(_card(), provenance=_history(), recipe=recipe, title="Ada")


def _summary() -> object:
    from headshots.core.delivery.xmp import summary

    return summary(_card())


def _deliveries() -> tuple[bytes, tuple[bytes, ...], bytes]:
    """A packet, signed pictures in each format, and a signed OpenRaster."""
    from tempfile import TemporaryDirectory

    from headshots.core.delivery.formats import Format, deliver
    from headshots.core.layers import Layer
    from headshots.core.picture import Picture
    from headshots.core.portrait.portrait import Portrait

    formats: tuple[Format, ...] = ("jpeg", "png", "tiff", "ora")

    flat = (_picture() * 255).round().astype(np.uint8)
    portrait = Portrait(flat.astype(np.float32) / 255)
    picture = Picture("ada", portrait, _history(), layers=[Layer("Picture", flat)]).scored(_card())
    with TemporaryDirectory() as place:
        files = [
            deliver(picture, folder=Path(place), format=format).path.read_bytes()
            for format in formats
        ]
    return _packet(), tuple(files[:3]), files[3]


def _recipes() -> tuple[bytes, ...]:
    from headshots.core.recipes.documents import built_in, built_in_names

    return tuple(json.dumps(built_in(name)).encode() for name in built_in_names())


def _looks() -> tuple[bytes, ...]:
    import headshots.core.generation as generation

    text = (Path(generation.__file__).parent / "looks.toml").read_bytes()
    tables = [b"[" + each for each in text.split(b"\n[")[1:]]
    return (b"\n".join(tables[:2]), b"\n".join(tables[-2:]))


def _look_values() -> tuple[bytes, ...]:
    import tomllib

    light = {"pattern": "rembrandt", "key": 1.0}
    tables = [
        table | {"light": each}
        for text in _looks()
        for table in tomllib.loads(text.decode()).values()
        for each in (table.get("light", {}), light)
    ]
    return tuple(json.dumps(each).encode() for each in tables)


def _consent() -> dict[str, object]:
    return {
        "who": "Ada Lovelace",
        "uses": ["generate", "deliver"],
        "how": "signed release",
        "purpose": "headshots for the team page",
        "until": "2999-01-31",
        "text": "studio release 4",
        "given": "2026-01-02",
    }


def _team(count: int) -> bytes:
    rows = [f"Person {number},folder {number},yes" for number in range(count)]
    return "\r\n".join(["name,photos,consent", *rows]).encode()


def _vault(folder: Path) -> tuple[bytes, bytes, bytes]:
    """A vault's file, its key, and the receipt of one who was forgotten; they stay in `folder`."""
    from headshots.core.vault.erasure import forget
    from headshots.core.vault.sealed import SealedVault

    file, keys = folder / "vault.sqlite3", folder / "keys"
    vault = SealedVault(file, keys, "file")
    for name in ("Ada Lovelace", "Ben Bitdiddle", "Cy D. Fect"):
        vault.put(name, "identity", name.encode() * 300)
        with vault.showing([name], [folder / "shown.png"]):
            pass
    vault.choose_policy(20)
    receipt = forget(vault, "Cy D. Fect").file.read_bytes()
    (key,) = keys.glob("*.key")
    return file.read_bytes(), key.read_bytes(), receipt


def _safetensors() -> bytes:
    header = {
        "__metadata__": {"format": "pt", "modelspec.title": "x"},
        **{
            f"layer.{number}.weight": {
                "dtype": "F16",
                "shape": [4, 4],
                "data_offsets": [number * 32, number * 32 + 32],
            }
            for number in range(12)
        },
    }
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + bytes(12 * 32)


def _signing() -> bytes:
    from headshots.core.delivery.signing import _identity

    return _identity().encode()


def _requests(port: int, token: str) -> tuple[bytes, ...]:
    head = f"Host: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n"
    body = json.dumps({"name": "Ada", "pictures": ["x"], "consent": {"how": "in person"}})
    paths = (
        *("/v1/health", "/v1/steps", "/v1/identities/Ada%20L", "/v1/jobs/abc/results", "/"),
        *("/v1/jobs/abc/sheet", "/v1/recipes/generate", "/v1/looks", "/v1/pictures/x?longest=64"),
    )
    asked = [f"GET {path} HTTP/1.1\r\n{head}\r\n" for path in paths]
    sent = [
        f"{verb} {path} HTTP/1.1\r\n{head}Content-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
        for verb, path in (
            ("POST", "/v1/identities"),
            ("POST", "/v1/coach"),
            ("PUT", "/v1/jobs/abc/picks"),
            ("POST", "/v1/pictures?width=4&height=3"),
            ("DELETE", "/v1/identities/Ada"),
        )
    ]
    return tuple(each.encode() for each in (*asked, *sent))


def _orders() -> tuple[bytes, ...]:
    recipe = json.loads(_recipes()[0])
    orders = (
        {"recipe": "generate", "inputs": {"Sitter.name": "Nobody Here", "Studio.count": 1}},
        {"recipe": recipe, "title": "x", "detach": False, "wanted": ["1"]},
        {
            "recipe": "score_a_picture",
            "inputs": {"name": "Nobody"},
            "pictures": {"Pictures": ["a"]},
        },
    )
    return tuple(json.dumps(each).encode() for each in orders)
