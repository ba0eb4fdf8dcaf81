"""For people without a picture: the reasons, and which photos would help."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from ..errors import Cancelled, HeadshotsError
from ..photos import Photo
from ..progress import Progress
from ..recipes.graph import build
from ..recipes.runner import Handed, run
from ..recipes.steps import COACH, READ_PHOTOS
from ..recipes.values import lines
from ..scorecard import Scorecard

_COACHING = {
    "1": {"class_type": READ_PHOTOS.id, "inputs": {"paths": ""}},
    "2": {"class_type": COACH.id, "inputs": {"photos": ["1", 0]}},
}


def rejections(cards: Sequence[Scorecard]) -> Iterator[str]:
    """The reasons for rejections, the most frequent first, each with the figures of one picture."""
    reasons = [reason for card in cards for reason in card.reasons]
    count = Counter(reason.partition(" (")[0] for reason in reasons)
    for kind, many in count.most_common():
        first = next(reason for reason in reasons if reason.partition(" (")[0] == kind)
        yield f"{many} of {len(cards)} pictures: {first}"


def noticed(report: str) -> tuple[str, ...]:
    """The lines of an enrolment report that name a problem."""
    notes = lines(report)[:-1]  # the last one is about the consent
    return tuple(each for each in notes if not each.endswith(": accepted"))


def coached(photos: list[Photo], progress: Progress) -> list[str]:
    """The coach's advice on the photos; empty where it can't analyse them."""
    if not photos:
        return []
    try:
        results = run(build(_COACHING), progress=progress, handed={"1": Handed((photos,), "")})
    except Cancelled:
        raise
    except HeadshotsError:
        return []
    advice = lines(results.get("2", "report"))
    return [each for each in advice if not each.endswith(": good") and ": good for" not in each]
