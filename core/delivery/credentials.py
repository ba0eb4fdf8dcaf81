"""Content credentials: the signed C2PA manifest of a delivered picture.

It holds the edits, the software, the scores and the hashes of the source photos. It holds no
embedding, no names of photos, and the sitter's name only if it is requested as the title.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import c2pa
from cryptography import x509

from ..errors import InputError, ReadingFailed, SigningFailed
from ..isolation import apart
from ..provenance import Provenance, SourceType
from ..scorecard import Scorecard
from ..settings import settings
from .actions import AGENT, UNKNOWN_PICTURE, actions_of
from .signing import own_issuer, signer
from .xmp import summary

# OpenRaster is signed as the ZIP archive that it is (C2PA 2.1, A.4).
MIME = {
    "jpeg": "image/jpeg",
    "png": "image/png",
    "tiff": "image/tiff",
    "ora": "application/x-zip",
}
SCORECARD = "org.headshots.scorecard"
_HASH = "urn:sha256:"
_UNTRUSTED = "signingCredential.untrusted"  # always reported, as no trust list is configured
_VALID = ("Valid", "Trusted")
_GENERATIVE = (SourceType.TRAINED_MEDIA, SourceType.COMPOSITE_WITH_TRAINED_MEDIA)
_STARTS = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG": "image/png",
    b"II*\0": "image/tiff",
    b"MM\0*": "image/tiff",
    b"PK\3\4": "application/x-zip",
}


@dataclass(frozen=True)
class Credentials:
    """The content of a picture's manifest, as validated by c2pa-python.

    valid: picture and manifest are unchanged since they were signed.
    signer: named by the certificate.
    own: signed with this machine's own identity.
    vouched: one of the configured trust anchors vouches for the signer.
    actions: C2PA's names.
    done: the actions in words.
    source_type: of the picture as a whole, IPTC's term; empty where it isn't known.
    sources: SHA-256 of the photos.
    models: what painted, as the actions name it; empty texts where they don't.
    faults: what is wrong, in C2PA's codes.
    """

    valid: bool
    signer: str
    own: bool
    vouched: bool
    agent: str
    title: str
    actions: tuple[str, ...]
    done: tuple[str, ...]
    source_type: str
    sources: tuple[str, ...]
    scorecard: Mapping[str, Any] | None
    faults: tuple[str, ...]
    models: tuple[str, ...] = ()

    @property
    def trust(self) -> str:
        """What the signature proves and what it doesn't, in plain words."""
        if not self.valid:
            return f"not to be trusted: changed since it was signed ({', '.join(self.faults)})"
        if self.vouched:
            return f"unchanged since {self.signer!r} signed it, for whom your trust anchors vouch"
        if self.own:
            return "unchanged since this machine signed it, which doesn't prove to others who did"
        return f"unchanged since {self.signer!r} signed it; nothing here vouches for who that is"


def sign(
    data: bytes,
    format: str,
    *,
    provenance: Provenance,
    scorecard: Scorecard | None = None,
    title: str | None = None,
    written: Sequence[str] = (),
) -> bytes:
    """`data`, an encoded picture, with a signed manifest added; the rest stays unchanged.

    Signing the same picture twice gives different bytes, as each manifest has its own id.

    Args:
        format: one of `MIME`.
        provenance: its sources become the ingredients.
        title: the only place for a sitter's name.
        written: see `actions_of`.

    Raises:
        SigningFailed: the certificate that is set isn't one that C2PA takes.
    """
    who, actions = signer(), actions_of(provenance, written)
    manifest = {
        "claim_generator_info": [AGENT],
        "title": title or "Picture",
        "format": MIME[format],
        "ingredients": list(_ingredients(provenance, actions)),
        "assertions": _assertions(actions, scorecard),
    }
    signed = io.BytesIO()
    try:
        info = c2pa.C2paSignerInfo(who.alg, who.chain.encode(), who.key.encode(), None)
        with (
            _context() as context,
            c2pa.Signer.from_info(info) as signing,
            c2pa.Builder(manifest, context) as builder,
        ):
            builder.sign(signing, MIME[format], io.BytesIO(data), signed)
    except c2pa.C2paError as error:
        raise SigningFailed(
            f"The picture can't be signed: {error}",
            "Check HEADSHOTS_SIGN_CERTIFICATE; docs/privacy.md says which certificates fit.",
        ) from None
    return signed.getvalue()


def inspect(data: bytes) -> Credentials | None:
    """The validated credentials in an encoded picture; None if it has none."""
    format = next((mime for start, mime in _STARTS.items() if data.startswith(start)), "")
    if not format:
        return None
    manifests = _read(data, format, ["", own_issuer(), _anchors()])
    if manifests is None:
        return None
    if isinstance(manifests, str):
        return Credentials(False, "", False, False, "", "", (), (), "", (), None, (manifests,))
    report, of_own, of_anchors = manifests
    valid = report.get("validation_state") in _VALID
    active = _mapping(_mapping(report.get("manifests")).get(str(report.get("active_manifest"))))
    assertions = [_mapping(each) for each in _list(active.get("assertions"))]
    actions = [
        _mapping(action)
        for each in assertions
        if str(each.get("label")).startswith("c2pa.actions")
        for action in _list(_mapping(each.get("data")).get("actions"))
    ]
    scorecards = [each.get("data") for each in assertions if each.get("label") == SCORECARD]
    agent = _mapping((_list(active.get("claim_generator_info")) or [{}])[0])
    signature = _mapping(active.get("signature_info"))
    faults = [str(_mapping(each).get("code")) for each in _list(report.get("validation_status"))]
    return Credentials(
        valid=valid,
        signer=str(signature.get("common_name") or signature.get("issuer") or ""),
        own=valid and of_own.get("validation_state") == "Trusted",
        vouched=valid and of_anchors.get("validation_state") == "Trusted",
        agent=" ".join(str(agent[key]) for key in ("name", "version") if key in agent),
        title=str(active.get("title", "")),
        actions=tuple(str(each.get("action")) for each in actions),
        done=tuple(_in_words(each) for each in actions),
        source_type=_source_type(actions),
        sources=tuple(
            str(_mapping(each).get("instance_id", "")).removeprefix(_HASH)
            for each in _list(active.get("ingredients"))
            if str(_mapping(each).get("instance_id", "")).startswith(_HASH)
        ),
        scorecard=_mapping(scorecards[-1]) or None if scorecards else None,
        faults=tuple(each for each in faults if each != _UNTRUSTED),
        models=tuple(_agent(each) for each in actions if _painted(each)),
    )


def _mapping(value: object) -> Mapping[str, Any]:
    """A JSON object of an untrusted file; empty if it is missing or something else."""
    return cast(Mapping[str, Any], value) if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    """As `_mapping`, for a list."""
    return cast(list[Any], value) if isinstance(value, list) else []


def _source_type(actions: Sequence[Mapping[str, Any]]) -> str:
    """The source type of the first action, which is that of the whole picture."""
    return str(actions[0].get("digitalSourceType", "")).rpartition("/")[2] if actions else ""


def _painted(action: Mapping[str, Any]) -> bool:
    """Whether a generative model did it."""
    return str(action.get("digitalSourceType", "")).rpartition("/")[2] in _GENERATIVE


def _agent(action: Mapping[str, Any]) -> str:
    """The software that did it: a text in actions, an object in actions.v2 (C2PA 2.1, 18.13)."""
    agent = action.get("softwareAgent")
    return agent if isinstance(agent, str) else str(_mapping(agent).get("name", ""))


def _in_words(action: Mapping[str, Any]) -> str:
    words = _mapping(action.get("parameters")).get("description")
    return str(words or str(action.get("action")).removeprefix("c2pa."))


def _assertions(
    actions: Sequence[Mapping[str, Any]], scorecard: Scorecard | None
) -> list[dict[str, Any]]:
    done = {"label": "c2pa.actions.v2", "data": {"actions": actions}}
    if scorecard is None:
        return [done]
    return [done, {"label": SCORECARD, "data": summary(scorecard)}]


def _ingredients(
    provenance: Provenance, actions: Sequence[Mapping[str, Any]]
) -> Iterator[dict[str, str]]:
    """The source photos, by hash only, and the ingredient of unknown origin."""
    if actions[0]["action"] == "c2pa.opened":
        yield {
            "title": "Picture of unknown origin",
            "format": "application/octet-stream",
            "instance_id": UNKNOWN_PICTURE,
            "relationship": "parentOf",
        }
    for sha256 in dict.fromkeys(provenance.sources):
        yield {
            "title": "Source photo",
            "format": "application/octet-stream",
            "instance_id": _HASH + sha256,
            "relationship": "componentOf",
        }


def _read(
    data: bytes, format: str, anchors: Sequence[str]
) -> Sequence[Mapping[str, Any]] | str | None:
    """c2pa-python's reports on the manifest in `data`, one for each of the trust anchors, PEM.

    Repeated empty anchors are not read again. An anchor vouches for signers whose certificates it
    issued; this machine's issuer issued only one, as its key was destroyed at once.

    Returns:
        None if there is no manifest, a text if it can't be read.
    """
    pool = apart()
    facts = {"format": format, "anchors": anchors}
    if pool is None:
        answer = read_apart(facts, data)[0]
    else:
        try:
            answer = pool.ask(f"{__name__}:read_apart", facts, data, "The manifest").facts
        except ReadingFailed as error:
            return error.what
    return answer["error"] if "error" in answer else answer["manifests"]


def read_apart(facts: Mapping[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
    """`_read`, as `isolation.child` calls it."""
    manifests: list[Any] = []
    format: str = facts["format"]
    try:
        for place, anchors in enumerate(facts["anchors"]):
            if place and (not anchors or manifests[0].get("validation_state") not in _VALID):
                manifests.append({})
                continue
            with (
                _context(anchors) as context,
                c2pa.Reader(format, io.BytesIO(data), None, context) as read,
            ):
                manifests.append(json.loads(read.json()))
    except c2pa.C2paError as error:
        return {"error": None if "ManifestNotFound" in str(error) else str(error)}, b""
    return {"manifests": manifests}, b""


def _anchors() -> str:
    """The configured trust anchors, PEM; empty if none are set."""
    file = settings().trust_anchors
    if file is None:
        return ""
    try:
        text = file.read_text("utf-8")
        x509.load_pem_x509_certificates(text.encode())
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it holds no certificates"
        raise InputError(
            f"The trust anchors {file} can't be read: {reason}",
            "Set HEADSHOTS_TRUST_ANCHORS to a file of certificates, PEM.",
        ) from None
    return text


def _context(anchors: str = "") -> c2pa.Context:
    """c2pa-python's settings: no network, no thumbnail of the picture in its manifest."""
    chosen: dict[str, Any] = {
        "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},
        "builder": {"thumbnail": {"enabled": False}},
    }
    if anchors:
        chosen["trust"] = {"user_anchors": anchors}
    return c2pa.Context(c2pa.Settings.from_dict(chosen))
