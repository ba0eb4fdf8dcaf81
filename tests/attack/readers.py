"""Every reader of what others made: what it is fed with, and how."""

from __future__ import annotations

import io
import json
import os
import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import PIL.Image
from safetensors.numpy import load

from ..identity_bytes import header_of, resealed, rewritten
from . import mutators
from .mutators import Mutator
from .samples import Samples

# Reads what was changed, in a folder of its own; raises HeadshotsError where it refuses.
Read = Callable[[bytes, Path], object]


@dataclass(frozen=True)
class Reader:
    """One reader. inputs: how many of all; samples: what is changed; read: how it is read."""

    name: str
    inputs: int
    samples: tuple[bytes, ...]
    mutate: Mutator
    read: Read


def readers(samples: Samples) -> tuple[Reader, ...]:
    """All of them."""
    photos = [
        Reader(f"photo, {kind}", 310, (data,), mutators.binary, _photo)
        for kind, data in samples.photos.items()
    ]
    return (
        *photos,
        Reader("ICC profile", 500, samples.profiles, mutators.binary, _profile),
        Reader("EXIF", 500, samples.exif, mutators.binary, _exif),
        Reader("XMP", 700, samples.packets, mutators.text, _packet),
        Reader("sidecar", 500, samples.sidecars, mutators.text, _sidecar),
        Reader("scorecard in XMP", 500, samples.scorecards, mutators.as_json, _scorecard),
        Reader("delivered picture", 700, samples.delivered, mutators.binary, _delivered),
        Reader("manifest", 300, samples.delivered, _in_manifest, _delivered),
        Reader("another program's graph", 300, samples.recipes, mutators.as_json, _graph),
        Reader("OpenRaster", 400, samples.openraster, mutators.binary, _delivered),
        Reader("file edited in place", 500, _editable(samples), mutators.binary, _put_back),
        Reader("XMP that is added to", 300, samples.packets, mutators.text, _merged),
        Reader("colour table", 400, (_TABLE,), mutators.text, _table),
        Reader("recipe", 900, samples.recipes, mutators.as_json, _recipe),
        Reader("looks", 600, samples.looks, mutators.text, _looks),
        Reader("values of a look", 500, samples.look_values, mutators.as_json, _look),
        Reader("consent in words", 500, samples.words, mutators.text, _consent),
        Reader("consent as JSON", 500, samples.consents, mutators.as_json, _consent),
        Reader("team as CSV", 500, samples.teams, mutators.table, _team),
        Reader("team of 20,000", 16, samples.large_teams, mutators.table, _team),
        Reader("identity", 400, samples.identities, mutators.binary, _identity),
        Reader("identity, its hash made right", 400, samples.identities, _resealed, _identity),
        Reader("vault's file", 450, samples.vaults, mutators.binary, _vault),
        Reader("vault's rows", 300, samples.vaults, _rows, _vault),
        Reader("vault's key", 60, samples.keys, mutators.binary, _key),
        Reader("safetensors", 500, samples.safetensors, _header, _safetensors),
        Reader("receipt", 300, samples.receipts, mutators.as_json, _receipt),
        Reader("receipt, signed by another", 300, samples.receipts, _signed_anew, _receipt),
        Reader("signing identity", 60, samples.signing, mutators.text, _signing),
        Reader("settings", 150, samples.settings, mutators.as_json, _settings),
        Reader("server's request", 700, samples.requests, mutators.binary, _request),
        Reader("server's order", 500, samples.orders, mutators.as_json, _order),
    )


def _photo(data: bytes, folder: Path) -> object:
    import numpy as np

    from headshots.core.photos import read_photo

    photo = read_photo(data, name="photo.dng" if data[:4] == b"II*\0" else "photo", longest=1600)
    image = photo.image
    assert image.dtype == np.float32 and np.isfinite(image).all()
    assert 0 <= image.min() <= image.max() <= 1
    return photo


@cache
def _photo_of() -> Any:
    from headshots.core.photos import read_photo

    return read_photo(_wrapped("PNG"))


_PLAIN = PIL.Image.new("RGB", (48, 40), "teal")


def _wrapped(kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    _PLAIN.save(out, kind, **options)
    return out.getvalue()


def _profile(data: bytes, folder: Path) -> object:
    if len(data) > 60_000:  # what no JPEG holds in one piece
        return _photo(_wrapped("PNG", icc_profile=data), folder)
    return _photo(_wrapped("JPEG", icc_profile=data), folder)


def _exif(data: bytes, folder: Path) -> object:
    kind = "PNG" if len(data) > 60_000 else ("JPEG", "WEBP")[len(data) % 2]
    return _photo(_wrapped(kind, exif=data), folder)


def _packet(data: bytes, folder: Path) -> object:
    from headshots.core.delivery.xmp import read_xmp

    picture = _wrapped("PNG") + data  # what is looked for anywhere in a file
    _origin(picture)
    return read_xmp(picture)


def _origin(data: bytes) -> None:
    """As whatever reads a picture that somebody else wrote asks it."""
    from headshots.core.recipes.actions.embedded_history import picture_of, provenance_of

    provenance_of(data)
    picture_of(replace(_photo_of(), data=data))


def _sidecar(data: bytes, folder: Path) -> object:
    from headshots.core.culling.sidecar import Verdict, merged, without

    said = Verdict(4, "Green", ("cull: best",), "the best")
    edited, written = merged(data, "a.xmp", said)
    return without(edited, "a.xmp", written)


def _scorecard(data: bytes, folder: Path) -> object:
    from xml.sax.saxutils import escape

    from headshots.core.delivery.xmp import read_xmp

    said = data.decode(errors="replace").replace("\0", "")
    picture = (
        b'<?xpacket begin="" id=""?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        b'<rdf:Description xmlns:headshots="urn:headshots:xmp:1.0/" '
        b'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">'
        b"<Iptc4xmpExt:DigitalSourceType>http://cv.iptc.org/newscodes/digitalsourcetype/"
        b"compositeSynthetic</Iptc4xmpExt:DigitalSourceType><headshots:Scorecard>"
        + escape(said).encode()
        + b'</headshots:Scorecard></rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    )
    _origin(picture)
    return read_xmp(picture)


def _graph(data: bytes, folder: Path) -> object:
    from headshots.core.delivery.foreign_model import foreign_model

    text = b"prompt\0" + data
    chunk = len(text).to_bytes(4, "big") + b"tEXt" + text + b"\0\0\0\0"
    return foreign_model(b"\x89PNG\r\n\x1a\n" + chunk)


def _delivered(data: bytes, folder: Path) -> object:
    """As `headshots inspect` does."""
    from headshots.core.cli.inspect_command import inspect

    path = folder / "delivered"
    path.write_bytes(data)
    return inspect([path], json=bool(len(data) % 2))


def _editable(samples: Samples) -> tuple[bytes, ...]:
    """A JPEG with all kinds of metadata, and the TIFF that was delivered."""
    tiff = next(each for each in samples.delivered if each[:2] in (b"II", b"MM"))
    return samples.photos["with all"], tiff


def _put_back(data: bytes, folder: Path) -> object:
    import numpy as np

    from headshots.core.photos import read_photo
    from headshots.core.photos.put_back import packet_of, put_back

    before = read_photo(data, name="photo").image
    after = np.clip(before + np.float32(0.1), 0, 1)
    edited = put_back(data, "photo", before, after, packet_of(data, "photo"))
    assert read_photo(edited).image.shape == before.shape
    return edited


def _merged(data: bytes, folder: Path) -> object:
    from headshots.core.delivery.xmp_merge import merge_xmp
    from headshots.core.photos.described import from_xmp
    from headshots.core.provenance import Provenance, Retouched

    from_xmp(data)
    return merge_xmp(data, provenance=Provenance(edits=(Retouched(skin=0.5),)))


_TABLE = b"""TITLE "Warm"
LUT_3D_SIZE 2
DOMAIN_MIN 0 0 0
DOMAIN_MAX 1 1 1
0 0 0
1 0 0
0 1 0
1 1 0
0 0 1
1 0 1
0 1 1
1 1 0.5
"""


def _table(data: bytes, folder: Path) -> object:
    from headshots.core.generation.finish_table import table_of

    path = folder / "mine.cube"
    path.write_bytes(data)
    return table_of(str(path))


def _in_manifest(data: bytes, dice: random.Random) -> bytes:
    """Bytes of the C2PA manifest store alone (its boxes are called jumb)."""
    start = data.find(b"jumb")
    piece = data[start : start + 8_000]
    return data[:start] + mutators.binary(piece, dice)[:9_000] + data[start + len(piece) :]


def _recipe(data: bytes, folder: Path) -> object:
    from headshots.core.recipes.anonymise import anonymise, written
    from headshots.core.recipes.documents import document
    from headshots.core.recipes.graph import build

    read = document(data)
    recipe = build(read)
    for node in recipe.nodes:  # as whichever of them delivers writes it into its files
        written(anonymise(read, node))
    return recipe


def _looks(data: bytes, folder: Path) -> object:
    from headshots.core.generation.look_files import read_looks

    path = folder / "looks.toml"
    path.write_bytes(data)
    return read_looks(path)


def _look(data: bytes, folder: Path) -> object:
    """Other values than TOML's text would give by chance."""
    from headshots.core.generation.look_files import read_look

    try:
        table = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return read_look("mine", table)


def _consent(data: bytes, folder: Path) -> object:
    from headshots.core.cli.sitters import read_consent
    from headshots.core.vault.consent import USES, agreed

    path = folder / "consent.txt"
    path.write_bytes(data)
    consent = agreed("Ada Lovelace", read_consent(str(path)), days=30)
    assert consent.who == "Ada Lovelace" and 0 <= consent.days_left() <= 30
    assert consent.uses and set(consent.uses) <= set(USES)
    return consent


def _team(data: bytes, folder: Path) -> object:
    from headshots.core.batch.people import read_people

    path = folder / "team.csv"
    path.write_bytes(data)
    people = read_people(path)
    assert len({each.folder.casefold() for each in people}) == len(people)
    return people


def _identity(data: bytes, folder: Path) -> object:
    from headshots.core.identity.codec import from_bytes

    return from_bytes(data)


def _resealed(data: bytes, dice: random.Random) -> bytes:
    """The header's values changed, or any bytes, and the hash made to fit."""
    if dice.random() < 0.4:
        return resealed(mutators.binary(data, dice))
    header = mutators.as_json(header_of(data).encode(), dice)
    return rewritten(load(data), header.decode("utf-8", "replace"))


def _vault(data: bytes, folder: Path) -> object:
    """What opens, is what was put; all else is refused."""
    from headshots.core.errors import HeadshotsError
    from headshots.core.vault.sealed import SealedVault

    file = folder / "vault.sqlite3"
    for left in folder.glob("vault.sqlite3*"):
        left.unlink()
    file.write_bytes(data)
    keys = folder / "keys"
    shutil.rmtree(keys, ignore_errors=True)  # a vault may write keys, or destroy them
    shutil.copytree(os.environ["ATTACK_KEYS"], keys)
    vault = SealedVault(file, keys, "file")
    refused: HeadshotsError | None = None
    looks: list[Callable[[], object]] = [vault.audit, vault.policy]
    for name in ("Ada Lovelace", "Ben Bitdiddle"):
        looks += [
            lambda name=name: _as_put(vault.get(name, "identity"), name),
            lambda name=name: vault.until(name),
            lambda name=name: vault.written(name),
            lambda name=name: vault.kinds(name),
        ]
    for look in (vault.sitters, *looks):
        try:
            look()
        except HeadshotsError as error:
            refused = error
    if refused:
        raise refused
    return vault


def _as_put(data: bytes, name: str) -> None:
    assert data == name.encode() * 300, f"something else than was put of {name}"


def _rows(data: bytes, dice: random.Random) -> bytes:
    """Values in the vault's tables changed, removed or swapped, as SQLite would do it."""
    with closing(sqlite3.connect(":memory:")) as db:
        db.deserialize(data[:18] + b"\1\1" + data[20:])  # no WAL, which memory has none of
        tables = [
            name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type='table'")
        ]
        for trigger in ("audit_is_not_changed", "audit_is_not_cut"):
            db.execute(f"DROP TRIGGER IF EXISTS {trigger}")
        for _ in range(dice.choice((1, 1, 3))):
            table = dice.choice(tables)
            columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
            column, other = dice.choice(columns), dice.choice(columns)
            chosen = f"rowid = (SELECT rowid FROM {table} ORDER BY rowid LIMIT 1 OFFSET ?)"
            row = (dice.randrange(3),)
            value = dice.choice((None, 0, -1, 2**62, 0.5, "", "x", "9999-99-99", b"", b"\0" * 60))
            try:
                match dice.randrange(4):
                    case 0:
                        db.execute(f"DELETE FROM {table} WHERE {chosen}", row)
                    case 1:
                        db.execute(f"UPDATE {table} SET {column} = {other} WHERE {chosen}", row)
                    case 2:
                        db.execute(
                            f"UPDATE {table} SET {column} = (SELECT {column} FROM {table} "
                            f"ORDER BY rowid DESC LIMIT 1) WHERE {chosen}",
                            row,
                        )
                    case _:
                        db.execute(f"UPDATE {table} SET {column} = ? WHERE {chosen}", (value, *row))
            except sqlite3.Error:
                continue  # the schema itself refuses it
        db.commit()
        return db.serialize()


def _key(data: bytes, folder: Path) -> object:
    """The vault is as it was, and its key is not."""
    keys = folder / "keys"
    shutil.rmtree(keys, ignore_errors=True)
    keys.mkdir()
    (place,) = Path(os.environ["ATTACK_KEYS"]).glob("*.key")
    (keys / place.name).write_bytes(data)
    (keys / place.name).chmod(0o600)
    from headshots.core.vault.sealed import SealedVault

    file = folder / "keyed.sqlite3"
    shutil.copy(os.environ["ATTACK_VAULT"], file)
    return SealedVault(file, keys, "file").sitters()


def _header(data: bytes, dice: random.Random) -> bytes:
    length = int.from_bytes(data[:8], "little")
    if dice.random() < 0.3:
        return mutators.binary(data, dice)
    text = mutators.as_json(data[8 : 8 + length], dice)
    return len(text).to_bytes(8, "little") + text + data[8 + length :]


def _safetensors(data: bytes, folder: Path) -> object:
    from headshots.core.safetensors_header import read_header

    path = folder / "model.safetensors"
    path.write_bytes(data)
    return read_header(path).tensors


def _receipt(data: bytes, folder: Path) -> object:
    from headshots.core.cli.retention import verify

    path = folder / "receipt.json"
    path.write_bytes(data)
    return verify(path, name="Ada Lovelace" if len(data) % 3 == 0 else "", json=False)


def _signed_anew(data: bytes, dice: random.Random) -> bytes:
    """A receipt with other content, rightly signed by a key of the enemy's."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.from_private_bytes(dice.randbytes(32))
    value = json.loads(data)
    for _ in range(dice.choice((1, 2))):
        value = mutators.changed(value, dice)
    if not isinstance(value, dict):
        return json.dumps(value).encode()
    value["signer"] = key.public_key().public_bytes_raw().hex()
    value.pop("signature", None)
    signed = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
    return json.dumps(value | {"signature": key.sign(signed).hex()}).encode()


def _signing(data: bytes, folder: Path) -> object:
    from headshots.core.delivery.signing import signer
    from headshots.core.settings import settings

    (folder / "signing.pem").write_bytes(data)
    os.environ["HEADSHOTS_SIGN_CERTIFICATE"] = str(folder / "signing.pem")
    os.environ["HEADSHOTS_SIGN_KEY"] = str(folder / "signing.pem")
    settings.cache_clear()
    try:
        return signer()
    finally:
        del os.environ["HEADSHOTS_SIGN_CERTIFICATE"], os.environ["HEADSHOTS_SIGN_KEY"]
        settings.cache_clear()


def _settings(data: bytes, folder: Path) -> object:
    from headshots.core.settings import settings

    try:
        values = json.loads(data)
    except (ValueError, RecursionError):
        return None
    before = dict(os.environ)
    try:
        for name, value in values.items() if isinstance(values, dict) else ():
            shown = (
                str(value)
                .replace("\0", "")
                .encode(errors="replace")[:9_000]
                .decode(errors="replace")
            )
            if name.isidentifier():
                os.environ[f"HEADSHOTS_{name.upper()}"] = shown
        settings.cache_clear()
        chosen = settings()
        return chosen.served, chosen.keys, chosen.runtime
    finally:
        os.environ.clear()
        os.environ.update(before)
        settings.cache_clear()


def _request(data: bytes, folder: Path) -> object:
    """The bytes of a request, as they are; the answer is no fault of the server's."""
    import socket

    address = ("127.0.0.1", int(os.environ["ATTACK_PORT"]))
    with socket.create_connection(address, timeout=30) as connection:
        connection.settimeout(0.5)
        answer = b""
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(65_536):
                answer += part
        except OSError:
            pass
    status = answer.split(b" ", 2)[1:2]
    assert status != [b"500"], answer[:500]
    return status


def _order(data: bytes, folder: Path) -> object:
    head = (
        "POST /v1/jobs HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n"
        "Content-Type: application/json\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
    ).format(port=os.environ["ATTACK_PORT"], token=os.environ["ATTACK_TOKEN"], length=len(data))
    return _request(head.encode() + data, folder)
