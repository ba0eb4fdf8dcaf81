"""Credentials: what a delivered picture proves of itself, by c2pa-python's own validation."""

from __future__ import annotations

import io
import json
import stat
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import c2pa
import numpy as np
import PIL.Image
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from headshots.core import cli
from headshots.core.delivery.credentials import MIME, inspect, sign
from headshots.core.delivery.formats import deliver
from headshots.core.delivery.openraster import encode_openraster
from headshots.core.delivery.signing import FILE, signer
from headshots.core.delivery.xmp import build_xmp, read_xmp
from headshots.core.errors import SigningFailed
from headshots.core.generation.patterns import PATTERNS
from headshots.core.identity.identity import Identity
from headshots.core.images import to_u8
from headshots.core.isolation import reading_apart
from headshots.core.layers import Layer
from headshots.core.photos import read_photo
from headshots.core.photos.writing import FileFormat, encode
from headshots.core.picture import Picture
from headshots.core.progress import SILENT
from headshots.core.provenance import (
    UNKNOWN,
    BackdropReplaced,
    Cropped,
    Provenance,
    Retouched,
    SourceType,
)
from headshots.core.recipes.actions.files import deliver_pictures
from headshots.core.recipes.actions.sitters import save_sitter
from headshots.core.scorecard import Scorecard
from headshots.core.settings import settings
from headshots.core.vault import open_vault

from ...histories import PHOTOGRAPH, painted, pictured, studio
from ...unsigned import unsigned

FORMATS: tuple[FileFormat, ...] = ("jpeg", "png", "tiff")
HASH = "ab" * 32
ORIGIN = studio(photo="ada.jpg", sources=(HASH,))
PICTURE = np.random.default_rng(1).random((96, 80, 3), np.float32)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A signing identity of this test."""
    use(monkeypatch, CONFIG_DIR=tmp_path / "config", DATA_DIR=tmp_path / "data")
    yield tmp_path
    monkeypatch.undo()
    settings.cache_clear()


def use(monkeypatch: pytest.MonkeyPatch, **values: object) -> None:
    for name, value in values.items():
        monkeypatch.setenv(f"HEADSHOTS_{name}", str(value))
    settings.cache_clear()


def card(sitter: str = "Ada Lovelace") -> Scorecard:
    return Scorecard(
        picture="ada",
        sitter=sitter,
        judge="dlib",
        likeness=0.9,
        percentile=0.8,
        measures=(),
        overall=0.7,
        verdict="keep",
        reasons=("Ada Lovelace smiles",),
    )


def scored(**options: Any) -> Picture:
    return pictured(PICTURE, card(), **{"provenance": ORIGIN, **options})


def signed(format: FileFormat, **options: object) -> bytes:
    data = encode(PICTURE, format, xmp=build_xmp(card()))
    return sign(data, format, **{"provenance": ORIGIN, **options})  # type: ignore[arg-type]


@pytest.mark.parametrize("format", FORMATS)
def test_a_manifest_says_what_the_picture_is(format: FileFormat) -> None:
    twice = ORIGIN.model_copy(update={"sources": (HASH, HASH)})
    data = signed(format, scorecard=card(), provenance=twice)
    with c2pa.Reader(MIME[format], io.BytesIO(data)) as reader:  # c2pa-python itself
        told = json.loads(reader.json())
    assert told["validation_state"] == "Valid"
    found = inspect(data)
    assert found and found.valid and found.own and found.faults == ()
    assert found.actions == ("c2pa.created", "c2pa.edited", "c2pa.color_adjustments")
    assert found.source_type == "compositeSynthetic"
    assert found.sources == (HASH,)
    assert found.agent.startswith("headshots ")
    assert found.scorecard and found.scorecard["likeness"] == 0.9
    assert "doesn't prove to others" in found.trust


@pytest.mark.parametrize(
    ("provenance", "term"),
    [
        (Provenance(capture=SourceType.TRAINED_MEDIA), "trainedAlgorithmicMedia"),
        (PHOTOGRAPH, "digitalCapture"),
        (PHOTOGRAPH.edited(Retouched(skin=0.5)), "algorithmicallyEnhanced"),
        (painted(), "compositeWithTrainedAlgorithmicMedia"),
        (UNKNOWN, ""),
        (UNKNOWN.edited(Retouched(skin=0.5)), ""),
    ],
)
def test_the_source_type_is_that_of_the_whole_picture(provenance: Provenance, term: str) -> None:
    found = inspect(sign(encode(PICTURE, "jpeg"), "jpeg", provenance=provenance))
    assert found and found.valid and found.source_type == term


def test_a_picture_of_unknown_origin_is_opened_and_not_created() -> None:
    history = UNKNOWN.edited(PATTERNS["loop"].record("loop"), BackdropReplaced(backdrop="office"))
    data = sign(encode(PICTURE, "png"), "png", provenance=history)
    with c2pa.Reader("image/png", io.BytesIO(data)) as reader:
        told = json.loads(reader.json())
    assert told["validation_state"] == "Valid"
    manifest = told["manifests"][told["active_manifest"]]
    (actions,) = [
        each["data"]["actions"]
        for each in manifest["assertions"]
        if each["label"].startswith("c2pa.actions")
    ]
    assert [each["action"] for each in actions] == [
        "c2pa.opened",
        "c2pa.color_adjustments",
        "c2pa.edited",
    ]
    terms = [each.get("digitalSourceType", "").rpartition("/")[2] for each in actions]
    assert terms == ["", "", "compositeSynthetic"]
    (parent,) = manifest["ingredients"]
    assert parent["relationship"] == "parentOf"
    found = inspect(data)
    assert found and found.source_type == "" and found.sources == ()


@pytest.mark.parametrize("format", FORMATS)
def test_nobody_is_named_unless_asked_for(format: FileFormat) -> None:
    data = signed(format, scorecard=card())
    assert b"Lovelace" not in data and b"ada.jpg" not in data and b"thumbnail" not in data
    named = inspect(signed(format, title="Ada Lovelace"))
    assert named and named.title == "Ada Lovelace"


@pytest.mark.parametrize("format", FORMATS)
def test_signing_leaves_pixels_and_metadata_as_they_were(format: FileFormat) -> None:
    before = encode(PICTURE, format, xmp=build_xmp(card(), provenance=ORIGIN))
    after = sign(before, format, provenance=ORIGIN)
    assert read_xmp(after) == read_xmp(before) and read_xmp(after)["source_type"]
    with PIL.Image.open(io.BytesIO(before)) as old, PIL.Image.open(io.BytesIO(after)) as new:
        assert np.array_equal(np.asarray(old), np.asarray(new))
        assert old.info["icc_profile"] == new.info["icc_profile"]
        assert old.info["dpi"] == pytest.approx(new.info["dpi"])
    if format != "tiff":
        assert unsigned(after) == before


@pytest.mark.parametrize("format", FORMATS)
def test_what_was_changed_since_is_not_to_be_trusted(format: FileFormat) -> None:
    data = bytearray(signed(format))
    with PIL.Image.open(io.BytesIO(bytes(data))) as picture:
        place = picture.tile[0].offset + 40 if format != "png" else len(data) - 40
    data[place] ^= 1
    found = inspect(bytes(data))
    assert found and not found.valid and not found.own and found.faults
    assert found.trust.startswith("not to be trusted")


def test_what_has_no_manifest() -> None:
    for format in FORMATS:
        assert inspect(encode(PICTURE, format)) is None
    assert inspect(b"") is None and inspect(b"no picture") is None


def test_another_machines_identity_is_not_taken_for_our_own(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = signed("jpeg")
    use(monkeypatch, CONFIG_DIR=home / "other")
    found = inspect(theirs)
    assert found and found.valid and not found.own and "nothing here vouches" in found.trust
    signer()
    found = inspect(theirs)
    assert found and found.valid and not found.own


def test_the_own_identity_is_made_once_and_closed(home: Path) -> None:
    first = signer()
    file = home / "config" / FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    settings.cache_clear()
    assert signer() == first and first.own and first.alg == "ed25519"
    assert first.key.count("PRIVATE KEY") == 2  # the leaf's; the issuer's is kept nowhere


def certificate(folder: Path, *, fit: bool = True) -> tuple[Path, Path]:
    """A user's own chain and key."""
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    names = [
        x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Studio Example"),
                x509.NameAttribute(NameOID.COMMON_NAME, common),
            ]
        )
        for common in ("Studio Example", "Example CA")
    ]
    chain: list[bytes] = []
    for subject, key, authority in zip(names, keys, (False, True), strict=True):
        usage = {"digital_signature": not authority, "key_cert_sign": authority}
        rest = dict.fromkeys(
            (
                *("content_commitment", "key_encipherment", "data_encipherment"),
                *("key_agreement", "crl_sign", "encipher_only", "decipher_only"),
            ),
            False,
        )
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(names[1])
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(datetime.now(UTC) - timedelta(days=1))
            .not_valid_after(datetime.now(UTC) + timedelta(days=9))
            .add_extension(x509.BasicConstraints(authority, None), critical=True)
            .add_extension(x509.KeyUsage(**usage, **rest), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(keys[1].public_key()), False
            )
        )
        if not authority and fit:
            purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
            builder = builder.add_extension(purpose, False)
        made = builder.sign(keys[1], hashes.SHA256())
        chain.append(made.public_bytes(serialization.Encoding.PEM))
    files = folder / "chain.pem", folder / "key.pem"
    files[0].write_bytes(b"".join(chain))
    files[1].write_bytes(
        keys[0].private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files


def test_the_users_certificate_signs(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chain, key = certificate(home)
    use(monkeypatch, SIGN_CERTIFICATE=chain, SIGN_KEY=key)
    found = inspect(signed("jpeg"))
    assert found and found.valid and not found.own and found.signer == "Studio Example"


def test_openraster_is_signed_as_the_archive_that_it_is(home: Path) -> None:
    layers = [Layer("Backdrop", to_u8(PICTURE))]
    path = deliver(scored(layers=layers), folder=home, format="ora").path
    data = path.read_bytes()
    with c2pa.Reader(MIME["ora"], io.BytesIO(data)) as reader:
        assert json.loads(reader.json())["validation_state"] == "Valid"
    found = inspect(data)
    assert found and found.own and found.sources == (HASH,) and b"Lovelace" not in data
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        before = encode_openraster(layers, PICTURE, xmp=build_xmp(card(), provenance=ORIGIN))
        with zipfile.ZipFile(io.BytesIO(before)) as plain:
            for name in plain.namelist():
                assert archive.read(name) == plain.read(name)
    altered = bytearray(data)
    altered[data.index(b"IDAT") + 20] ^= 1
    changed = inspect(bytes(altered))
    assert changed and not changed.valid and changed.trust.startswith("not to be trusted")
    assert inspect(before) is None
    assert cli.run(["inspect", str(path)]) == 0


def test_whom_trust_anchors_vouch_for(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    chain, key = certificate(home)
    use(monkeypatch, SIGN_CERTIFICATE=chain, SIGN_KEY=key)
    (home / "signed.jpg").write_bytes(signed("jpeg"))
    anchors = home / "anchors.pem"
    anchors.write_text(
        "-----BEGIN CERTIFICATE" + chain.read_text().split("-----BEGIN CERTIFICATE")[-1]
    )
    use(monkeypatch, TRUST_ANCHORS=anchors)
    assert cli.run(["inspect", str(home / "signed.jpg")]) == 0
    assert (
        "'Studio Example' signed it, for whom your trust anchors vouch" in capsys.readouterr().out
    )
    other = home / "other"
    other.mkdir()
    use(monkeypatch, TRUST_ANCHORS=certificate(other)[0])  # of the same name, with another key
    found = inspect((home / "signed.jpg").read_bytes())
    assert found and found.valid and not found.vouched and "nothing here vouches" in found.trust
    for bad in (home / "nothing.pem", key):
        use(monkeypatch, TRUST_ANCHORS=bad)
        assert cli.run(["inspect", str(home / "signed.jpg")]) == 2
        assert "HEADSHOTS_TRUST_ANCHORS" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("provenance", "actions"),
    [
        (PHOTOGRAPH, ()),
        (PHOTOGRAPH.edited(Retouched(skin=0.5)), ("c2pa.edited",)),
        (PHOTOGRAPH.edited(Retouched(lint=0.5)), ("c2pa.edited",)),
        (PHOTOGRAPH.edited(Cropped(size="square")), ("c2pa.cropped",)),
        (studio(azimuth=0.0), ("c2pa.edited", "c2pa.color_adjustments")),
        (painted(), ("c2pa.edited", "c2pa.color_adjustments", "c2pa.edited")),
    ],
)
def test_actions_say_what_was_done(provenance: Provenance, actions: tuple[str, ...]) -> None:
    data = sign(encode(PICTURE, "png"), "png", provenance=provenance, written=["c2pa.resized"])
    found = inspect(data)
    assert found and found.valid and found.faults == ()
    assert found.actions == ("c2pa.created", *actions, "c2pa.resized")


def test_a_delivery_in_a_named_size_is_told_as_cropped_and_resized(
    home: Path, photos: Path
) -> None:
    arguments = ["deliver", str(photos / "obama.jpg"), "--out", str(home / "out")]
    assert cli.run([*arguments, "--size", "linkedin"]) == 0
    found = inspect(next((home / "out").iterdir()).read_bytes())
    assert found and found.valid and found.source_type == ""  # nothing is known of it
    assert found.actions == ("c2pa.opened", "c2pa.cropped", "c2pa.resized")
    picture = read_photo((photos / "obama.jpg").read_bytes(), name="o").image
    path = deliver(pictured(picture, provenance=ORIGIN), folder=home, size="linkedin").path
    found = inspect(path.read_bytes())
    assert found and found.valid
    assert found.actions[0] == "c2pa.created"
    assert found.actions[-2:] == ("c2pa.cropped", "c2pa.resized")


def test_a_certificate_that_does_not_fit(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chain, key = certificate(home)
    other = home / "other"
    other.mkdir()
    for values in (
        {"SIGN_CERTIFICATE": chain},
        {"SIGN_CERTIFICATE": home / "nothing.pem", "SIGN_KEY": key},
        {"SIGN_CERTIFICATE": key, "SIGN_KEY": chain},
        {"SIGN_CERTIFICATE": chain, "SIGN_KEY": certificate(other)[1]},
        {"SIGN_CERTIFICATE": certificate(other, fit=False)[0], "SIGN_KEY": other / "key.pem"},
    ):
        with pytest.MonkeyPatch.context() as patch:
            use(patch, **values)
            with pytest.raises(SigningFailed):
                signed("jpeg")
        settings.cache_clear()


@pytest.mark.parametrize("format", FORMATS)
def test_a_delivery_is_signed(home: Path, format: FileFormat) -> None:
    delivered = deliver(scored(), folder=home, format=format)
    found = inspect(delivered.path.read_bytes())
    assert found and found.valid and found.sources == (HASH,)
    assert cli.run(["inspect", str(delivered.path)]) == 0


def test_of_a_picture_of_which_nothing_is_known_nothing_is_claimed(home: Path) -> None:
    found = inspect(deliver(pictured(PICTURE), folder=home).path.read_bytes())
    assert found and found.valid and found.actions == ("c2pa.opened",)
    assert found.source_type == "" and found.sources == () and found.scorecard is None


def test_the_sitters_photos_are_told_by_hash(home: Path, astronaut: Identity) -> None:
    save_sitter(SILENT, astronaut, True)
    photo = astronaut.photos[0]
    provenance = ORIGIN.model_copy(update={"photo": photo.name, "sources": (photo.sha256,)})
    try:
        picture = pictured(PICTURE, card(astronaut.name), provenance=provenance)
        paths, _ = deliver_pictures(SILENT, [picture], "", str(home / "out"), "full", "jpeg")
    finally:
        open_vault().forget(astronaut.name)
    found = inspect(Path(paths).read_bytes())
    assert found and found.sources == (photo.sha256,)


def test_inspect_shows_and_validates(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = deliver(scored(), folder=home).path
    assert cli.run(["inspect", str(path), "--json"]) == 0
    (told,) = json.loads(capsys.readouterr().out)
    assert told["credentials"]["valid"] is True and told["credentials"]["sources"] == [HASH]
    assert cli.run(["inspect", str(path)]) == 0
    said = capsys.readouterr().out
    assert "unchanged since this machine signed it" in said and HASH in said
    data = bytearray(path.read_bytes())
    data[-40] ^= 1
    path.write_bytes(bytes(data))
    assert cli.run(["inspect", str(path)]) == 0
    assert "not to be trusted" in capsys.readouterr().out


def test_place_and_camera_of_a_photo_do_not_travel(home: Path, photos: Path) -> None:
    with PIL.Image.open(photos / "obama.jpg") as photo:
        exif = photo.getexif()
        exif[0xA431] = "SERIAL-4711"  # BodySerialNumber, EXIF 2.32
        exif[0x010F] = "Camera Maker"
        exif.get_ifd(0x8825)[2] = (51.0, 30.0, 26.0)  # GPSLatitude
        photo.save(home / "with.jpg", exif=exif)
    assert b"SERIAL-4711" in (home / "with.jpg").read_bytes()
    arguments = ["deliver", str(home / "with.jpg"), "--out", str(home / "out")]
    for format in FORMATS:
        assert cli.run([*arguments, "--format", format]) == 0
    written = sorted((home / "out").iterdir())
    assert len(written) == 3
    for path in written:
        assert b"SERIAL-4711" not in path.read_bytes() and b"Camera Maker" not in path.read_bytes()
        with PIL.Image.open(path) as picture:
            assert not picture.getexif().get_ifd(0x8825)


@pytest.mark.parametrize("card", [[1, 2], "good", 5, None])
def test_a_strangers_manifest_may_hold_anything_under_our_label(card: object) -> None:
    who = signer()
    created = {"action": "c2pa.created", "digitalSourceType": "http://elsewhere.example/kind"}
    manifest = {
        "title": "Theirs",
        "format": "image/png",
        "claim_generator_info": [],
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": [created]}},
            {"label": "org.headshots.scorecard", "data": card},
        ],
    }
    info = c2pa.C2paSignerInfo(who.alg, who.chain.encode(), who.key.encode(), None)
    signed = io.BytesIO()
    with c2pa.Signer.from_info(info) as signing, c2pa.Builder(manifest) as builder:
        builder.sign(signing, "image/png", io.BytesIO(encode(PICTURE, "png")), signed)
    told = inspect(signed.getvalue())
    with reading_apart():
        assert inspect(signed.getvalue()) == told
    assert told is not None and told.valid and told.title == "Theirs"
    assert told.scorecard is None and told.source_type == "kind"
