"""The page of a tethered shoot: the best frame so far in the studio's look, and what came last.

It is a file that reads itself anew, beside its pictures, in a folder that goes with the shoot: no
server, and nothing for others to reach.
"""

from __future__ import annotations

import json
from collections import deque
from dataclasses import asdict
from pathlib import Path
from threading import Condition, Thread

import numpy as np

from ..errors import HeadshotsError
from ..faces import ANALYSERS, Face
from ..faces.head_pose import turned
from ..faces.regions import CHIN
from ..files import write_file
from ..generation import Look, find_subject, relit, set_before
from ..images import Box, Image
from ..photos.preview import Preview
from ..photos.writing import encode
from ..portrait.matting import crown, cut_out
from ..settings import settings
from .tethered import News

PAGE, STATE = "watch.html", "state.js"
_LONGEST = 1200  # pixels of the frame that is shown
_KEPT = 12  # frames that are listed
_AREA = 160_000  # of what the sitter is cut out of, pixels: a preview has coarser edges


class WatchPage:
    """Writes the page into `folder`; the look is put on pictures by a thread of its own.

    look: None shows frames as they are.
    """

    def __init__(self, folder: Path, look: Look | None) -> None:
        self._folder, self._look = folder, look
        self._news: deque[News] = deque(maxlen=_KEPT)
        self._person, self._shown, self._number = "", "", 0
        self._changed = Condition()
        self._wanted: Path | None = None
        self._ended = False
        write_file(folder / PAGE, Path(__file__).with_name(PAGE).read_bytes(), mode=0o600)
        self._write()
        self._thread = Thread(target=self._work, daemon=True)
        self._thread.start()

    @property
    def path(self) -> Path:
        """The page."""
        return self._folder / PAGE

    def tell(self, news: News | None, person: str, best: Path | None) -> None:
        """Show what came, who is in front of the camera, and have their best frame shown."""
        with self._changed:
            if news is not None:
                self._news.appendleft(news)
            self._person = person
            if best != self._wanted:
                self._wanted = best
                self._changed.notify()
            if best is None:
                self._shown = ""
            self._write()

    def end(self) -> None:
        """Stop; the picture in work is dropped."""
        with self._changed:
            self._ended = True
            self._changed.notify()
        self._thread.join()

    def _work(self) -> None:
        done: Path | None = None
        while True:
            with self._changed:
                while self._wanted == done and not self._ended:
                    self._changed.wait()
                if self._ended:
                    return
                done = self._wanted
            if done is not None:
                self._show(done)

    def _show(self, frame: Path) -> None:
        """Show a frame as it is, and then in the look."""
        try:
            photo = Preview(frame, _LONGEST)
            self._picture(frame, photo.image)
            if self._look is not None:
                self._picture(frame, _in_look(photo.image, self._look))
        except HeadshotsError:  # the card was pulled out, or the look doesn't suit: as it is, then
            return

    def _picture(self, frame: Path, image: Image) -> None:
        with self._changed:
            if self._wanted != frame:  # a better one came meanwhile
                return
            self._number += 1
            former, self._shown = self._shown, f"best-{self._number}.jpg"
            write_file(self._folder / self._shown, encode(image, "jpeg", quality=90), mode=0o600)
            self._write()
            if former:
                (self._folder / former).unlink(missing_ok=True)

    def _write(self) -> None:
        state = {
            "person": self._person,
            "picture": self._shown,
            "news": [asdict(each) for each in self._news],
        }
        # In a script, as a page from a file may load nothing else. "<" could end it.
        text = json.dumps(state).replace("<", "\\u003c")
        write_file(self._folder / STATE, f"show({text});".encode(), mode=0o600)


def _in_look(image: Image, look: Look) -> Image:
    """Head and shoulders of `image` in the light and before the backdrop of `look`.

    Raises:
        HeadshotsError: the sitter can't be cut out.
    """
    analyser = ANALYSERS.get(settings().analyser)
    faces = analyser.analyse(image, embed=False)
    if not faces:
        return image
    image, face = _headshot(image, faces[0])
    matte = cut_out(image, face, area=_AREA).matte
    lit = relit(find_subject(image, face, matte), look.light)
    return set_before(find_subject(lit, face, matte), look.backdrop, 1)


def _headshot(image: Image, face: Face) -> tuple[Image, Face]:
    """`image` cropped to the head and shoulders, and the face in it."""
    chin, top = float(face.landmarks[CHIN, 1]), crown(face, None)
    head, x = chin - top, float(face.landmarks[CHIN, 0])
    box = Box(x - 1.1 * head, top - 0.45 * head, x + 1.1 * head, chin + 1.3 * head)
    left, upper = max(0, round(box.x0)), max(0, round(box.y0))
    shift = np.array([[1, 0, -left], [0, 1, -upper]], np.float32)
    return np.ascontiguousarray(box.cut(image)), turned(face, shift)
