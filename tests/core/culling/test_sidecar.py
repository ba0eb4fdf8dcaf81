"""Verdicts merged into sidecars of other programs, which keep every byte of their own."""

from __future__ import annotations

import difflib
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headshots.core.culling.sidecar import Verdict, merged, without
from headshots.core.culling.xmp_text import XmpText
from headshots.core.errors import SidecarUnreadable

from .sidecar_samples import DARKTABLE, DIGIKAM, LIGHTROOM, SAMPLES, encoded

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
XMP = "{http://ns.adobe.com/xap/1.0/}"
DC = "{http://purl.org/dc/elements/1.1/}"
OURS = "{urn:headshots:xmp:1.0/}"
VERDICT = Verdict(4, "Green", ("cull: best", "cull: <odd> & quoted"), 'The "sharpest" of 5 <ok>')

forms = st.sampled_from(sorted(SAMPLES))
newlines = st.sampled_from(["\n", "\r\n"])
encodings = st.sampled_from(["utf-8", "utf-8-sig", "utf-16"])


def facts(data: bytes) -> dict[str, object]:
    """Every property by an independent parser, in whichever form it is written."""
    text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    root = ElementTree.fromstring(text.partition("?>")[2] if "<?xml" in text[:10] else text)
    values: dict[str, object] = {}
    for described in root.iter(f"{RDF}Description"):
        values |= {name: value for name, value in described.attrib.items() if name[0] == "{"}
        for child in described:
            items = [ElementTree.tostring(each).strip() for each in child.iter(f"{RDF}li")]
            if not len(child) or items:  # an empty list says nothing
                values[child.tag] = items or child.text or ""
    return values


def keywords(values: dict[str, object]) -> list[str]:
    items = values.get(f"{DC}subject", [])
    assert isinstance(items, list)
    return [ElementTree.fromstring(each).text or "" for each in items]


@given(forms, newlines, encodings)
def test_what_others_wrote_keeps_its_every_byte(form: str, newline: str, encoding: str) -> None:
    before = encoded(SAMPLES[form], newline=newline, encoding=encoding)
    after, written = merged(before, "a.xmp", VERDICT)
    ours = {f"{XMP}Rating", f"{XMP}Label", f"{DC}subject", f"{OURS}Reason"}
    was, now = facts(before), facts(after)
    assert {k: v for k, v in now.items() if k not in ours} == {
        k: v for k, v in was.items() if k not in ours
    }
    assert now[f"{OURS}Reason"] == VERDICT.reason
    assert keywords(now) == [*keywords(was), *VERDICT.keywords]
    assert now[f"{XMP}Rating"] == (written.rating or was[f"{XMP}Rating"])
    # Nothing goes but the value of an unset rating, and an end of an empty element.
    old, new = (
        each.decode("utf-16" if encoding == "utf-16" else "utf-8") for each in (before, after)
    )
    changes = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    gone = [old[a:b] for kind, a, b, _, _ in changes if kind in ("delete", "replace")]
    assert all(each in ("0", "/", "/>", "") for each in gone), gone
    if newline == "\r\n":
        assert "\n" not in new.replace("\r\n", "")


@given(forms, newlines, encodings)
def test_taken_out_again_the_properties_are_what_they_were(
    form: str, newline: str, encoding: str
) -> None:
    before = encoded(SAMPLES[form], newline=newline, encoding=encoding)
    after, written = merged(before, "a.xmp", VERDICT)
    assert facts(without(after, "a.xmp", written)) == facts(before)


def test_a_persons_own_rating_and_label_stay() -> None:
    after, written = merged(encoded(DIGIKAM), "a.xmp", VERDICT)
    assert (facts(after)[f"{XMP}Rating"], facts(after)[f"{XMP}Label"]) == ("4", "Purple")
    assert (written.rating, written.label) == (None, None)
    low, _ = merged(encoded(DIGIKAM), "a.xmp", Verdict(1, "Red", (), "blinks"))
    assert facts(low)[f"{XMP}Rating"] == "4"


def test_the_star_that_darktable_gives_at_import_is_nobodys() -> None:
    imported = DARKTABLE.replace(
        'darktable:raw_params="0"', 'darktable:raw_params="0"\n   xmp:Rating="1"'
    )
    after, written = merged(encoded(imported), "a.xmp", VERDICT)
    assert facts(after)[f"{XMP}Rating"] == "4"
    assert facts(without(after, "a.xmp", written)) == facts(encoded(imported))
    other = LIGHTROOM.replace('xmp:Rating="0"', 'xmp:Rating="1"')
    assert facts(merged(encoded(other), "a.xmp", VERDICT)[0])[f"{XMP}Rating"] == "1"


def test_asked_to_it_replaces_them_and_gives_them_back() -> None:
    after, written = merged(encoded(DIGIKAM), "a.xmp", Verdict(1, "Red", (), "x"), replace=True)
    assert (facts(after)[f"{XMP}Rating"], facts(after)[f"{XMP}Label"]) == ("1", "Red")
    assert facts(without(after, "a.xmp", written)) == facts(encoded(DIGIKAM))


def test_a_caption_is_never_touched() -> None:
    after, _ = merged(encoded(LIGHTROOM), "a.xmp", VERDICT)
    caption = LIGHTROOM[LIGHTROOM.index("<dc:description>") : LIGHTROOM.index("</dc:description>")]
    assert caption.encode() in after


def test_what_somebody_rates_later_stays_when_ours_goes() -> None:
    after, written = merged(encoded(LIGHTROOM), "a.xmp", VERDICT)
    changed = after.replace(b'xmp:Rating="4"', b'xmp:Rating="5"')
    left = facts(without(changed, "a.xmp", written))
    assert left[f"{XMP}Rating"] == "5"
    assert keywords(left) == ["team day", "Müller & Söhne"]
    assert f"{OURS}Reason" not in left


def test_without_a_sidecar_a_new_one_is_written() -> None:
    after, _ = merged(None, "a.xmp", VERDICT)
    values = facts(after)
    assert (values[f"{XMP}Rating"], values[f"{XMP}Label"]) == ("4", "Green")
    assert keywords(values) == list(VERDICT.keywords)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no xml",
        encoded(LIGHTROOM)[:-40],
        b"<a/>",
        b"<!DOCTYPE a [<!ENTITY b 'c'>]>" + encoded(LIGHTROOM),
        encoded(LIGHTROOM).replace(b"M\xc3\xbc", b"M\xfc"),
        b"\xff\xfe<",
        b"<a>" * 5000,
    ],
)
def test_what_is_no_xmp_is_refused(data: bytes) -> None:
    with pytest.raises(SidecarUnreadable):
        XmpText(data, "a.xmp")


@given(st.binary(max_size=300), forms, st.integers(0, 3000))
def test_a_damaged_sidecar_is_refused_or_read(noise: bytes, form: str, place: int) -> None:
    data = encoded(SAMPLES[form])
    try:
        merged(data[:place] + noise + data[place:], "a.xmp", VERDICT)
    except SidecarUnreadable as error:
        assert "a.xmp" in str(error)
