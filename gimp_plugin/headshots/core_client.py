"""The client of a headshots server: sends pictures, starts jobs and watches them.

It uses only the standard library, as GIMP's Python has nothing else, and doesn't depend on GIMP.
"""

import http.client
import json
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import suppress
from pathlib import Path

from words import language, say

# The errors of urllib when the server is gone or ends in the middle of a response.
_GONE = (OSError, http.client.HTTPException)


class Problem(Exception):
    """An error for people.

    code: stable, as in the server's docs.
    what, remedy: for people.
    """

    def __init__(self, code, what, remedy):
        super().__init__(f"{what}. {remedy}")
        self.code, self.what, self.remedy = code, what, remedy


class Cancelled(Exception):
    """The user stopped the work."""


class Server:
    """One running server."""

    def __init__(self, url, token, version="", pid=None):
        self.url, self.version, self.pid = url, version, pid
        self._headers = {"Authorization": f"Bearer {token}"}
        # Without the system's proxies, as the requests stay on this machine.
        self._open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open

    def call(self, method, path, body=None, *, query=None, timeout=30):
        """Send one request; returns the response's bytes and headers.

        Args:
            body: bytes, or a value that is sent as JSON.

        Raises:
            Problem: the server refused, or it can't be reached ("server.stopped").
        """
        with self._request(method, path, body, query, timeout) as answer:
            try:
                return answer.read(), answer.headers
            except _GONE as error:
                raise _stopped(error) from None

    def json(self, method, path, body=None, **options):
        """Send one request; returns the response's JSON value."""
        data, _ = self.call(method, path, body, **options)
        return json.loads(data) if data else None

    def _request(self, method, path, body, query, timeout):
        headers = dict(self._headers)
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        elif body is not None:
            headers["Content-Type"] = "application/octet-stream"
        query = dict(query or {})
        if language() != "en":
            query["language"] = language()
        if query:
            path = f"{path}?{urllib.parse.urlencode(query)}"
        request = urllib.request.Request(self.url + path, body, headers, method=method)
        try:
            return self._open(request, timeout=timeout)
        except urllib.error.HTTPError as error:
            raise _problem(error) from None
        except _GONE as error:
            raise _stopped(error) from None

    def send_pixels(self, name, pixels):
        """Upload `samples.Pixels`; returns the picture's id."""
        query = {
            "name": name,
            "width": pixels.width,
            "height": pixels.height,
            "channels": pixels.channels,
            "bits": pixels.bits,
        }
        if pixels.provenance is not None:
            query["provenance"] = json.dumps(pixels.provenance)
        return self.json("POST", "/v1/pictures", pixels.samples, query=query, timeout=120)["id"]

    def send_file(self, path):
        """Upload a photo's file; returns the picture's id."""
        path = Path(path)
        try:
            data = path.read_bytes()
        except OSError as error:
            raise Problem(
                "photo.unreadable",
                say("{name} can't be read: {why}", name=path.name, why=error.strerror),
                say("Choose another."),
            ) from None
        return self.json("POST", "/v1/pictures", data, query={"name": path.name}, timeout=120)["id"]

    def forget_picture(self, id):
        """Delete an upload; else the server drops it after ten minutes."""
        with suppress(Problem):
            self.json("DELETE", f"/v1/pictures/{id}")

    def forget_job(self, id):
        """Delete a job with its results; else the server drops them after half an hour."""
        with suppress(Problem):
            self.json("DELETE", f"/v1/jobs/{id}", timeout=3)

    def recipe(self, name):
        """The document of a recipe."""
        return self.json("GET", f"/v1/recipes/{urllib.parse.quote(name, safe='')}")

    def order(
        self,
        recipe,
        inputs=None,
        pictures=None,
        title="",
        wanted=(),
        detach=False,
        folders=(),
        listed=True,
    ):
        """Start a job; returns its state. See `POST /v1/jobs` in the server's docs."""
        order = {
            "recipe": recipe,
            "inputs": inputs or {},
            "pictures": pictures or {},
            "title": title,
            "wanted": list(wanted),
            "detach": detach,
            "folders": list(folders),
            "listed": listed,
        }
        return self.json("POST", "/v1/jobs", order)

    def watch(self, id, report=lambda job: None, stop=None):
        """Follow a job to its end, reconnecting if needed; returns its final state.

        Args:
            report: called with every state of the job.
            stop: a threading.Event; once set, the job is cancelled.

        Raises:
            Problem: the job failed, or the server has stopped.
            Cancelled: the job was stopped.
        """
        done = threading.Event()
        if stop is not None:
            threading.Thread(target=self._stop_when, args=(id, stop, done), daemon=True).start()
        try:
            job = self._followed(id, report)
        finally:
            done.set()
        if job["state"] == "cancelled":
            raise Cancelled
        if job["error"]:
            raise Problem(job["error"]["code"], job["error"]["what"], job["error"]["remedy"])
        return job

    def _followed(self, id, report):
        failures = 0
        while True:
            try:
                # The server sends something every second, so silence means that it is gone.
                with self._request("GET", f"/v1/jobs/{id}/events", None, None, 10) as stream:
                    for line in stream:
                        if line.startswith(b"data: "):
                            failures = 0
                            job = json.loads(line[6:])
                            report(job)
                            if job["state"] in ("done", "failed", "cancelled"):
                                return job
            except Problem as problem:
                if problem.code != "server.stopped" or failures >= 2:
                    raise
            except (*_GONE, ValueError):
                pass
            failures += 1
            if failures > 2:
                raise _stopped(say("the connection was lost"))
            time.sleep(0.3)

    def _stop_when(self, id, stop, done):
        while not done.is_set():
            if stop.wait(0.1):
                with suppress(Problem):  # the server or the job is gone already
                    self.json("POST", f"/v1/jobs/{id}/cancel")
                return


def _problem(error):
    try:
        answer = json.loads(error.read())
        return Problem(answer["code"], answer["what"], answer["remedy"])
    except (OSError, ValueError, KeyError, TypeError):
        return Problem(
            "server.error", say("The server answered {code}", code=error.code), say("Try again.")
        )


def _stopped(reason):
    return Problem(
        "server.stopped",
        say("The headshots server has stopped: {why}", why=getattr(reason, "reason", reason)),
        say("Start the work again; the server starts by itself."),
    )
