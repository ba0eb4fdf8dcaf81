"""The server's limits on sizes, counts and times."""

from __future__ import annotations

from dataclasses import dataclass

MEBIBYTE = 2**20


@dataclass(frozen=True)
class Limits:
    """Limits; sizes in bytes, times in seconds.

    json_bytes: of a request's JSON.
    picture_bytes: of one uploaded picture.
    pictures_bytes: of all uploaded pictures held.
    pictures_seconds: an upload that is unused for so long is dropped.
    queued: jobs that may wait.
    results_bytes: of the results held, the oldest dropped first.
    results_seconds: a finished job that nobody asked for is dropped after so long.
    orphan_seconds: a job that nobody watches is cancelled after so long, unless detached.
    header_seconds: for a request's head to arrive.
    body_seconds: between two parts of its body.
    answer_seconds: without the client reading any more of its answer.
    connections: open at once.
    streams: of events, open at once.
    """

    json_bytes: int = 2 * MEBIBYTE
    picture_bytes: int = 256 * MEBIBYTE
    pictures_bytes: int = 1024 * MEBIBYTE
    pictures_seconds: float = 600
    queued: int = 64
    results_bytes: int = 1024 * MEBIBYTE
    results_seconds: float = 1800
    orphan_seconds: float = 2
    header_seconds: float = 10
    body_seconds: float = 20
    answer_seconds: float = 20
    connections: int = 512
    streams: int = 256
