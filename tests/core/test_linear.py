"""What strangers wrote is read in a time that grows with its length alone.

Each reader gets, in a process that is killed after a while, an input on which a pattern that tries
anew at each place would work for minutes or hours.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

_SECONDS = 20

READERS = {
    "xmp without an end": """
from headshots.core.delivery.xmp import read_xmp
assert read_xmp(b"<?xpacket begin=" * 80_000) == {}
assert read_xmp(b"<?xpacket begin=?>" * 80_000) == {}
""",
    "xmp in a photo": """
import io
from PIL import Image
from headshots.core.recipes.actions.embedded_history import picture_of
from headshots.core.photos import read_photo
file = io.BytesIO()
Image.new("RGB", (64, 64)).save(file, "JPEG")
photo = read_photo(file.getvalue() + b"<?xpacket begin=?>" * 75_000)
assert picture_of(photo).provenance.source_type is None
""",
    "front matter of a model card": """
from headshots.core.generation.diffusion.models.licences import licence_of, UNKNOWN
assert licence_of("nobody", {}, "---\\nnote: x" + " " * 200_000 + "y\\n---") is not None
assert licence_of("nobody", {}, "---\\nnote: " + "x " * 200_000 + "\\0\\x0b\\n---") is UNKNOWN
""",
    "words on a card": """
from headshots.core.translation.translate import speaker
for part in ("asked ", "measured ", "; ", ", at most ", ", picture ", ": ", "key light asked ; "):
    speaker("de")("key light asked " + part * 20_000)
    speaker("de")(part * 20_000)
speaker("de")("1" * 200_000)
speaker("de")("the recognisers disagree: percentile " + "1 by , " * 20_000)
""",
    "people of one name": """
import csv, tempfile
from pathlib import Path
from headshots.core.batch.people import read_people
with tempfile.TemporaryDirectory() as folder:
    table = Path(folder) / "people.csv"
    table.write_text("name,photos,consent\\n" + "Ada,ada.jpg,yes\\n" * 20_000)
    people = read_people(table)
assert len({each.folder for each in people}) == 20_000
""",
}


@pytest.mark.parametrize("reader", READERS)
def test_no_input_holds_a_reader(reader: str) -> None:
    command = [sys.executable, "-c", READERS[reader]]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS)
    assert answer.returncode == 0, answer.stderr
