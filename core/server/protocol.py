"""An HTTP protocol that disconnects clients that are too slow; uvicorn itself waits for them."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

from .limits import Limits


def protocol(limits: Limits) -> type[H11Protocol]:
    """Uvicorn's protocol with two timeouts.

    `limits.header_seconds` limits the time for a request's head. A client that reads nothing of its
    answer for `limits.answer_seconds` is disconnected, so that the answer's memory is freed.
    """

    class Protocol(H11Protocol):
        _head: asyncio.TimerHandle | None = None
        _reading: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self._await_head()

        def data_received(self, data: bytes) -> None:
            before = self.cycle
            super().data_received(data)
            if self.cycle is not before:
                self._stop_clock()
            elif self._between_requests() and self._head is None:
                self._await_head()  # of a further request on the same connection

        def connection_lost(self, exc: Exception | None) -> None:
            self._stop_clock()
            if self._reading is not None:
                self._reading.cancel()
            super().connection_lost(exc)

        def pause_writing(self) -> None:
            super().pause_writing()
            self._watch_reader(self.transport.get_write_buffer_size())

        def resume_writing(self) -> None:
            if self._reading is not None:
                self._reading.cancel()
            super().resume_writing()

        def _between_requests(self) -> bool:
            return self.cycle is None or self.cycle.response_complete  # pyright: ignore[reportUnnecessaryComparison]

        def _await_head(self) -> None:
            self._head = self.loop.call_later(limits.header_seconds, self._hang_up)

        def _stop_clock(self) -> None:
            if self._head is not None:
                self._head.cancel()
                self._head = None

        def _hang_up(self) -> None:
            if self._between_requests() and not self.transport.is_closing():
                self.transport.close()

        def _watch_reader(self, before: int) -> None:
            def look() -> None:
                now = self.transport.get_write_buffer_size()
                if now >= before:
                    self.transport.abort()
                else:
                    self._watch_reader(now)

            self._reading = self.loop.call_later(limits.answer_seconds, look)

    return Protocol
