"""What we say goes into other programs' packets, and every byte of theirs stays."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headshots.core.delivery.xmp import read_xmp
from headshots.core.delivery.xmp_merge import merge_xmp
from headshots.core.errors import PhotoDamaged
from headshots.core.provenance import Provenance, Relit, Retouched, SourceType

from ...hosts.debian import program

FIRST = Provenance(capture=SourceType.DIGITAL_CAPTURE, edits=(Retouched(skin=0.4),))
SECOND = FIRST.edited(Relit(azimuth=30, elevation=30, ratio=3, strength=1))
# As Lightroom writes one: properties as attributes, padding, a mark that it may be written.
LIGHTROOM = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Adobe XMP Core 7.0-c000">\n'
    ' <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
    '  <rdf:Description rdf:about=""\n'
    '    xmlns:xmp="http://ns.adobe.com/xap/1.0/"\n'
    '    xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"\n'
    '    xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/"\n'
    '   xmp:Rating="4" xmp:Label="Grün" crs:Exposure2012="+0.35"{type}>\n'
    "   <crs:ToneCurve><rdf:Seq><rdf:li>0, 0</rdf:li></rdf:Seq></crs:ToneCurve>\n"
    "  </rdf:Description>\n </rdf:RDF>\n</x:xmpmeta>\n" + " " * 2000 + '\n<?xpacket end="w"?>'
)
CAPTURE = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"


def ours(merged: bytes) -> bytes:
    """What was added: one description, before the end."""
    start = merged.rindex(b'<rdf:Description rdf:about="" xmlns:dc')
    return merged[start : merged.index(b"</rdf:RDF>")]


@pytest.mark.parametrize(
    "type", ["", f'\n   Iptc4xmpExt:DigitalSourceType="{CAPTURE}"'], ids=["plain", "with a type"]
)
def test_every_other_byte_stays(type: str) -> None:
    packet = LIGHTROOM.replace("{type}", type).encode()
    merged = merge_xmp(packet, provenance=FIRST, recipe='{"1": {}}')
    assert merged.replace(ours(merged), b"") == LIGHTROOM.replace("{type}", "").encode()
    said = read_xmp(merged)
    assert said["source_type"] == FIRST.source_type == SourceType.ALGORITHMICALLY_ENHANCED
    assert merged.count(b"DigitalSourceType") == 2  # one element, its beginning and its end
    assert said["recipe"] == '{"1": {}}'


def test_what_we_said_before_is_replaced() -> None:
    once = merge_xmp(LIGHTROOM.replace("{type}", "").encode(), provenance=FIRST, recipe="{}")
    twice = merge_xmp(once, provenance=SECOND)
    assert twice.replace(ours(twice), b"") == once.replace(ours(once), b"")
    said = read_xmp(twice)
    assert [each["kind"] for each in said["provenance"]["edits"]] == ["retouched", "relit"]
    assert "recipe" not in said


def test_a_packet_of_exiftool_and_none_at_all(tmp_path: Path) -> None:
    file = tmp_path / "a.xmp"
    tool = [str(program("exiftool")), "-q", "-o", str(file), "-XMP-dc:Subject=Ada"]
    subprocess.run(tool, check=True)
    merged = merge_xmp(file.read_bytes(), provenance=FIRST)
    assert b"Ada" in merged and read_xmp(merged)["provenance"]
    assert read_xmp(merge_xmp(None, provenance=FIRST))["provenance"]
    file.write_bytes(merged)
    told = subprocess.run(
        [tool[0], "-XMP-dc:Subject", "-XMP-iptcExt:DigitalSourceType", "-s3", str(file)],
        check=True,
        capture_output=True,
        text=True,
    )
    assert told.stdout.splitlines() == ["Ada", CAPTURE.replace("digitalCapture", FIRST.source_type)]


@given(st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_text_before_the_end_is_kept_or_refused(text: str) -> None:
    packet = LIGHTROOM.replace("{type}", "").replace("0, 0", text).encode("utf-8", "replace")
    try:
        merged = merge_xmp(packet, provenance=FIRST)
    except PhotoDamaged:
        return
    assert merged.replace(ours(merged), b"") == packet
