"""A benchmark's result as a page of Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any

OWN, LARGE = "headshots", "headshots 4096"


@dataclass(frozen=True)
class Row:
    """One line: task, what it is, the unit that is counted, the goal in seconds, the peer."""

    task: str
    title: str
    unit: str
    goal: float | None = None
    peer: str = ""


ROWS = (
    Row("enrol", "Enrol a 12-megapixel JPEG", "photos/s", goal=0.25),
    Row("analyse", "Analyse the faces of a photo", "photos/s", peer="face-recognition"),
    Row("prepare", "Prepare a source for 1024x1280", "sources/s", goal=2.5),
    Row("first", "First candidate, 1024x1280", "candidates/s", peer="MODNet + Pillow"),
    Row("next", "Next candidate, same source", "candidates/s", goal=0.5, peer="MODNet + Pillow"),
    Row("large-first", "First candidate, 4096x5120", "candidates/s", goal=8.0),
    Row("large-next", "Next candidate, 4096x5120, same source", "candidates/s", goal=8.0),
    Row("eight, 1 thread", "One of eight candidates, 1024x1280, 1 thread", "candidates/s"),
    Row("eight, 2 threads", "One of eight candidates, 1024x1280, 2 threads", "candidates/s"),
    Row("score", "Score a candidate, the full card", "candidates/s", goal=0.25),
    Row("score-many", "One of 100 candidates scored together", "candidates/s", goal=0.04),
    Row("whole", "Three 12-megapixel photos to eight scored candidates", "jobs/s"),
)
ANALYSIS_FACTOR = 3.0
THREADS_FACTOR = 1.6  # of two cores' 2: what can't be shared is a fifth at most
PEAK_GOAL, LARGE_PEAK_GOAL = 1500.0, 2000.0  # MB

NOTES = """\
Median, and in brackets the middle half of the rounds. Every participant has a process of its own
and they take turns; models are loaded and warm, except in the line about importing.

- Enrol: the steps "Read photos" and "Enrol sitter" on three photos of one person, divided by
  three. The photos are public portraits of 0.8 to 3.3 megapixels enlarged to 12 and saved as
  JPEG (quality 92), so they decode somewhat faster than a camera's own.
- Analyse: decoded photos of 0.3 to 3.3 megapixels, one person each. headshots: detection, 478
  landmarks, pose, expression, quality and embedding. face-recognition: `face_locations`,
  `face_landmarks` and `face_encodings`, at their defaults.
- Candidates: MODNet + Pillow cuts out at 512 px and pastes on a plain wall: no framing by the
  face, edge colours, relighting or retouch. It shows what the matte alone costs; it does not make
  the same picture.
- Prepare a source: decode, cut out, clean the edges, retouch and model the sitter of the demo
  photo (512 px), all that no look changes. The first candidate is this and the next one.
- Next candidate, 1024x1280: by itself, from a source that is ready. The studio works one ahead, so
  that one waits less for it; what a candidate costs then is in the lines of eight.
- 4096x5120: from a photo of 12 megapixels, in a process of its own; the next candidates before a
  plain and a bokeh wall in turn.
- Eight candidates: from three photos of 12 megapixels, eight looks, preparation included, divided
  by eight; with as many threads as said for models, studio and OpenCV.
- 100 candidates: twenty of three photos and as many looks, each five times.
- Peak memory: of a process that did the whole job, three photos to eight scored candidates; for
  the peers, of theirs. For 4096x5120, of a process that enrolled a photo and made a
  first candidate and further ones.
- CPU time adds up all threads. On a machine that is busy otherwise it says more than the clock.
- Goals are for 2 cores.
"""


def page(result: Mapping[str, Any]) -> str:
    """The whole page."""
    return "\n".join(
        [
            "# Benchmarks",
            "",
            "Made by `make bench`; run it for the figures of your machine.",
            "",
            _machine(result),
            "",
            "| | headshots | CPU time | rate | goal | met | peer | headshots |",
            "|---|---|---|---|---|---|---|---|",
            *(_line(row, result) for row in ROWS if row.task in result["seconds"][OWN]),
            _analysis(result["seconds"]),
            _threads(result["seconds"][OWN]),
            _peak("Peak memory", result["peak_megabytes"], OWN, PEAK_GOAL),
            _peak("Peak memory, 4096x5120", result["peak_megabytes"], LARGE, LARGE_PEAK_GOAL),
            _imports(result["import_seconds"]),
            "",
            NOTES,
        ]
    )


def _machine(result: Mapping[str, Any]) -> str:
    m = result["machine"]
    packages = ", ".join(f"{name} {number}" for name, number in m["packages"].items())
    busy = (
        " It was busy with other work, so the clock times are too long; CPU times say more."
        if m["load"] > m["cores"] / 4
        else ""
    )
    return (
        f"{result['when']}, {result['rounds']} rounds on {m['processor']}, {m['cores']} cores, "
        f"{m['memory_gb']} GB, {m['system']}, Python {m['python']}; {packages}. "
        f"Load average before the run: {m['load']}.{busy}"
    )


def _line(row: Row, result: Mapping[str, Any]) -> str:
    seconds = result["seconds"]
    own = seconds[OWN][row.task]
    peer = seconds.get(row.peer, {}).get(row.task, ())
    return _cells(
        row.title,
        _spread(own),
        f"{_ms(median(result['cpu_seconds'][OWN][row.task]))} ms",
        f"{1 / median(own):.2g} {row.unit}",
        f"{row.goal * 1000:.0f} ms" if row.goal else "",
        _met(median(own) <= row.goal) if row.goal else "",
        f"{row.peer}: {_spread(peer)}" if peer else "",
        _factor(median(peer) / median(own)) if peer else "",
    )


def _analysis(seconds: Mapping[str, Mapping[str, Sequence[float]]]) -> str:
    peer = seconds.get("face-recognition", {}).get("analyse", ())
    goal = f"{ANALYSIS_FACTOR:.0f}x"
    if not peer:
        return _cells("Analysis against face-recognition", "not measured", "", "", goal, "", "", "")
    factor = median(peer) / median(seconds[OWN]["analyse"])
    met = _met(factor >= ANALYSIS_FACTOR)
    return _cells(
        "Analysis against face-recognition", f"{factor:.1f}x as fast", "", "", goal, met, "", ""
    )


def _threads(seconds: Mapping[str, Sequence[float]]) -> str:
    title, goal = "Two threads against one", f"{THREADS_FACTOR:.1f}x"
    one, two = (seconds.get(f"eight, {name}", ()) for name in ("1 thread", "2 threads"))
    if not one or not two:
        return _cells(title, "not measured", "", "", goal, "", "", "")
    factor = median(one) / median(two)
    return _cells(title, _factor(factor), "", "", goal, _met(factor >= THREADS_FACTOR), "", "")


def _peak(title: str, peaks: Mapping[str, float | None], name: str, most: float) -> str:
    own = peaks.get(name)
    others = {n: p for n, p in peaks.items() if not n.startswith(OWN) and p is not None}
    told = ", ".join(f"{n}: {p:.0f} MB" for n, p in others.items()) if name == OWN else ""
    if own is None:
        return _cells(title, "not told here", "", "", "", "", told, "")
    return _cells(title, f"{own:.0f} MB", "", "", f"{most:.0f} MB", _met(own <= most), told, "")


def _imports(starts: Mapping[str, Sequence[float]]) -> str:
    others = ", ".join(f"{name}: {_spread(s)}" for name, s in starts.items() if name != OWN)
    return _cells(
        "Import the package, cold process", _spread(starts[OWN]), "", "", "", "", others, ""
    )


def _spread(seconds: Sequence[float]) -> str:
    low, _, high = quantiles(seconds, n=4, method="inclusive")
    return f"{_ms(median(seconds))} ms ({_ms(low)} to {_ms(high)})"


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f}" if seconds >= 0.01 else f"{seconds * 1000:.1f}"


def _factor(factor: float) -> str:
    return f"{factor:.1f}x as fast" if factor >= 1 else f"takes {1 / factor:.1f}x as long"


def _met(met: bool) -> str:
    return "yes" if met else "**no**"


def _cells(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"
