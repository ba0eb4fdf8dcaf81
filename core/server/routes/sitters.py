"""Stored sitters: enrolled, listed, reported on, forgotten."""

from __future__ import annotations

import json
from contextlib import suppress

from fastapi import APIRouter, Response

from ...comfyui.remote_nodes import leave
from ...errors import HeadshotsError
from ...identity.stored import KIND, stored_sitter
from ...recipes.actions.retention import clock
from ...recipes.steps import COACH, READ_PHOTOS
from ...vault import key_of, open_vault
from ...vault.consent import TEXT, USUAL, WAYS, asked
from ...vault.erasure import forget, sweep
from ...vault.ids import id_of, name_of
from ...vault.policy import retention_days
from ..events import shape_of
from ..orders import ordered
from ..problems import documented
from ..schemas import Coached, ConsentQuestion, IdentityShape, JobShape, NewIdentity, NewJob
from ..state import ServerState

_COACH = {
    "1": {"class_type": READ_PHOTOS.id, "inputs": {}, "_meta": {"title": "Photos"}},
    "2": {"class_type": COACH.id, "inputs": {"photos": ["1", 0]}, "_meta": {"title": "Coach"}},
}


def router(held: ServerState) -> APIRouter:
    """Routes about sitters."""
    routes = APIRouter(tags=["sitters"], responses=documented())

    @routes.get("/v1/consent")
    def consent() -> ConsentQuestion:
        """What to ask before a sitter is enrolled."""
        question = asked("the sitter", retention_days())
        return ConsentQuestion(question=question, text=TEXT, uses=list(USUAL), ways=list(WAYS))

    @routes.get("/v1/identities")
    def list_identities() -> list[IdentityShape]:
        """The stored sitters."""
        vault = open_vault()
        return [_shape(name) for name in vault.sitters() if KIND in vault.kinds(name)]

    @routes.post("/v1/identities", status_code=202, responses=documented(409, 503))
    def enrol(wanted: NewIdentity) -> JobShape:
        """Enrol and store a sitter, as a job; its results hold the report on each photo."""
        job = ordered(
            NewJob(
                recipe="enrol_and_save",
                title=f"Enrol {wanted.name}",
                inputs={
                    "Enrol.name": wanted.name,
                    "Enrol.consent": _record(wanted),
                    "Enrol.face": wanted.face,
                    "Save.replace": wanted.replace,
                },
                pictures={"Photos": wanted.pictures},
                detach=wanted.detach,
            ),
            held,
        )
        held.jobs.add(job)
        return shape_of(job, held.jobs)

    @routes.post("/v1/coach", status_code=202, responses=documented(404, 503))
    def coach(wanted: Coached) -> JobShape:
        """Say, as a job, what photos of a sitter lack and which does harm; its results hold the
        report. Nothing of them is stored, so that it needs no consent.
        """
        job = ordered(
            NewJob(
                recipe=_COACH,
                title="Look at photos",
                inputs={"Coach.face": wanted.face},
                pictures={"Photos": wanted.pictures},
                detach=wanted.detach,
            ),
            held,
        )
        held.jobs.add(job)
        return shape_of(job, held.jobs)

    @routes.get("/v1/identities/{name:path}", responses=documented(404))
    def identity(name: str) -> IdentityShape:
        """One stored sitter."""
        return _shape(name)

    @routes.delete("/v1/identities/{name:path}", status_code=204, responses=documented(404))
    def remove(name: str, delivered: bool = False) -> Response:
        """Forget a sitter: stop the jobs that use them and drop all that was made of them here.

        With `delivered`, files that were delivered of them are removed too. The receipt lies in the
        folder `receipts` of the data folder.
        """
        forget_sitter_here(held, name, delivered=delivered)
        return Response(status_code=204)

    return routes


def forget_sitter_here(held: ServerState, name: str, *, delivered: bool = False) -> None:
    """Remove a sitter from the vault, the jobs and the cache.

    Raises:
        IdentityNotFound: there is no such sitter; what was made of one is dropped all the same.
    """
    name = name_of(name)
    _drop(held, name)
    try:
        forget(open_vault(), name, delivered=delivered)
    finally:
        _drop(held, name)  # a job may have been ordered meanwhile
        with suppress(HeadshotsError):
            leave()  # a ComfyUI may hold pictures of jobs that have ended


def sweep_here(held: ServerState) -> None:
    """Remove those whose last day is over, as `forget_sitter_here`."""
    for gone in sweep(open_vault()):
        _drop(held, gone.name)


def follow(held: ServerState, since: int | None) -> int:
    """Drop what is held of those who were forgotten since that entry of the log; the last one."""
    keys = {key for job in held.jobs.all() for key in job.sitters}
    last, gone = open_vault().forgotten(keys, since or 0)
    if gone and since is not None:
        for job in held.jobs.all():
            if gone & job.sitters:
                held.jobs.drop(job)
        held.cache.clear()
    return last


def _drop(held: ServerState, name: str) -> None:
    for job in held.jobs.all():
        if not name or key_of(name) in job.sitters:
            held.jobs.drop(job)
    held.cache.clear()


def _shape(name: str) -> IdentityShape:
    found = stored_sitter(name, "manage")
    consent, left = found.consent, clock(name)
    return IdentityShape(
        name=found.name,
        id=id_of(found.name),
        photos=len(found.photos),
        created=found.created,
        uses=list(consent.uses) if consent else [],
        until=left.until,
        days_left=left.days_left,
    )


def _record(wanted: NewIdentity) -> str:
    given = wanted.consent.model_dump(mode="json", exclude_none=True)
    return json.dumps({"who": wanted.name, **given})
