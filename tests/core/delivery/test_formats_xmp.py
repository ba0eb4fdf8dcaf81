"""The XMP packet: written, read back by us and by readers that are not ours, in every format."""

from __future__ import annotations

import contextlib
import io
import json
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from headshots.core.delivery.xmp import build_xmp, read_xmp
from headshots.core.errors import HeadshotsError, PhotoDamaged
from headshots.core.generation.patterns import PATTERNS
from headshots.core.photos.writing import encode
from headshots.core.provenance import UNKNOWN, provenance_from_json
from headshots.core.scorecard import Measurement, Scorecard

from ...histories import painted

ORIGIN = painted().model_copy(
    update={"photo": "jane-holiday.jpg", "sources": ("0a" * 32, "1b" * 32)}
)
CARD = Scorecard(
    picture="01",
    sitter="Jane Doe",
    judge="dlib",
    likeness=0.7912345,
    percentile=48.0,
    measures=(Measurement("eyes-open", 0.93, 0.4, None, "", "Both eyes are open."),),
    overall=0.88,
    verdict="keep",
    reasons=("Very like Jane Doe & <friends>",),
)
RECIPE = json.dumps(
    {"1": {"class_type": "HeadshotsStudio", "inputs": {"seed": 7, "note": 'é "<&>"\n'}}},
    ensure_ascii=False,
)
IMAGE = np.random.default_rng(0).random((40, 50, 3), np.float32)


@pytest.mark.parametrize("format", ["jpeg", "png", "tiff"])
def test_round_trip_in_every_format(format):
    said = read_xmp(
        encode(
            IMAGE, format, xmp=build_xmp(CARD, provenance=ORIGIN, recipe=RECIPE, title="Jane Doe")
        )
    )
    assert said["source_type"] == "compositeWithTrainedAlgorithmicMedia"
    assert said["creator_tool"].startswith("headshots ")
    assert said["title"] == "Jane Doe"
    assert said["recipe"] == RECIPE
    assert said["sources"] == ORIGIN.sources
    card = said["scorecard"]
    assert card["likeness"] == 0.79123
    assert card["verdict"] == "keep"
    assert card["measures"] == {"eyes-open": {"value": 0.93, "low": 0.4}}
    assert "provenance" not in card
    history = provenance_from_json(said["provenance"])
    assert history == ORIGIN.model_copy(update={"photo": ""})


def packet_by_others(data, format):
    """The packet as Pillow or tifffile find it."""
    if format == "tiff":
        with tifffile.TiffFile(io.BytesIO(data)) as file:
            return file.pages[0].tags[700].value
    with Image.open(io.BytesIO(data)) as picture:
        found = picture.info.get("xmp") or picture.info["XML:com.adobe.xmp"]
    return found if isinstance(found, bytes) else found.encode()


@pytest.mark.parametrize("format", ["jpeg", "png", "tiff"])
def test_other_readers_find_the_source_type(format):
    packet = packet_by_others(encode(IMAGE, format, xmp=build_xmp(CARD, provenance=ORIGIN)), format)
    root = ElementTree.fromstring(packet)
    found = root.find(".//{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType")
    assert found is not None
    assert found.text == (
        "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
    )


def test_nothing_names_the_sitter_unless_asked():
    packet = build_xmp(CARD, provenance=ORIGIN, recipe=RECIPE)
    assert b"Jane" not in packet
    assert b"jane" not in packet
    assert b"the sitter" in packet
    assert b"embedding" not in packet


def test_picture_of_unknown_origin_claims_none():
    assert "source_type" not in read_xmp(build_xmp(CARD))
    assert set(read_xmp(build_xmp(None))) == {"creator_tool"}
    bare = ORIGIN.model_copy(update={"sources": ()})
    assert "sources" not in read_xmp(build_xmp(None, provenance=bare))


def test_what_is_not_known_to_be_a_photograph_is_not_called_one():
    lit = UNKNOWN.edited(PATTERNS["loop"].record("loop"))
    said = read_xmp(build_xmp(None, provenance=lit))
    assert "source_type" not in said
    assert provenance_from_json(said["provenance"]) == lit


def test_values_that_json_lacks_are_null():
    card = replace(CARD, likeness=float("nan"), overall=float("inf"))
    assert read_xmp(build_xmp(card))["scorecard"]["likeness"] is None


@given(st.text(), st.text(), st.text())
def test_any_text_survives_or_loses_only_what_xml_lacks(recipe, title, reason):
    card = replace(CARD, reasons=(reason,), sitter="")
    said = read_xmp(build_xmp(card, recipe=recipe, title=title))
    assert said["scorecard"]["reasons"] == [reason]
    for given_text, read in ((recipe, said["recipe"]), (title, said["title"])):
        kept = [
            c
            for c in given_text
            if c in "\t\n\r" or "\x20" <= c < "\ud800" or "\ue000" <= c <= "\ufffd" or c > "\uffff"
        ]
        assert read == "".join(kept)


@given(st.binary(max_size=200), st.integers(0, 3000))
def test_any_bytes_are_read_or_refused(junk, place):
    packet = build_xmp(CARD, provenance=ORIGIN, recipe=RECIPE)
    for data in (
        junk,
        b'<?xpacket begin=""?>' + junk + b"<?xpacket end=",
        packet[:place] + junk + packet[place + len(junk) :],
    ):
        with contextlib.suppress(HeadshotsError):
            assert isinstance(read_xmp(data), dict)


def test_entities_are_refused():
    bomb = b'<?xpacket begin=""?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a><?xpacket end="w"?>'
    with pytest.raises(PhotoDamaged):
        read_xmp(bomb)
    assert read_xmp(b"no packet at all") == {}
