"""A benchmark's result as a page of Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any

OWN = "headshots"


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
    Row("first", "First candidate, 1024x1280", "candidates/s", peer="MODNet + Pillow"),
    Row("next", "Next candidate, same source", "candidates/s", goal=0.5, peer="MODNet + Pillow"),
    Row("score", "Score a candidate", "candidates/s", goal=0.06),
    Row("whole", "Three 12-megapixel photos to eight scored candidates", "jobs/s"),
)
ANALYSIS_FACTOR = 3.0
PEAK_GOAL = 1500.0

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
- Peak memory: of a process that did the whole job, three photos to eight scored candidates; for
  the peers, of theirs.
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
            _peak(result["peak_megabytes"]),
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


def _peak(peaks: Mapping[str, float | None]) -> str:
    own = peaks[OWN]
    others = ", ".join(f"{n}: {p:.0f} MB" for n, p in peaks.items() if n != OWN and p is not None)
    if own is None:
        return _cells("Peak memory", "not told here", "", "", "", "", others, "")
    goal = f"{PEAK_GOAL:.0f} MB"
    return _cells("Peak memory", f"{own:.0f} MB", "", "", goal, _met(own <= PEAK_GOAL), others, "")


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
