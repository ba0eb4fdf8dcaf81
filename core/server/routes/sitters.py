"""Routes about stored sitters: enrol, coach, list, forget."""

from __future__ import annotations

import json
from contextlib import suppress

from fastapi import APIRouter, Response

from ...comfyui.remote_nodes import leave
from ...errors import HeadshotsError
from ...recipes.actions.retention import Kept, kept_sitter, kept_sitters
from ...recipes.steps import COACH, READ_PHOTOS
from ...vault import key_of, open_vault
from ...vault.consent import TEXT, USUAL, WAYS, consent_question
from ...vault.erasure import forget, sweep
from ...vault.ids import name_of
from ...vault.policy import retention_days
from ..events import shape_of
from ..language import Language, Spoken
from ..orders import ordered
from ..problems import documented
from ..schemas import (
    Coached,
    ConsentQuestion,
    IdentityShape,
    JobShape,
    NewIdentity,
    NewJob,
)
from ..state import ServerState

_COACH = {
    "1": {"class_type": READ_PHOTOS.id, "inputs": {}, "_meta": {"title": "Photos"}},
    "2": {"class_type": COACH.id, "inputs": {"photos": ["1", 0]}, "_meta": {"title": "Coach"}},
}


def router(state: ServerState) -> APIRouter:
    """Routes about sitters."""
    routes = APIRouter(tags=["sitters"], responses=documented())

    @routes.get("/v1/consent")
    def consent(language: Language = "en") -> ConsentQuestion:
        """What to ask before a sitter is enrolled, in English or German."""
        question = consent_question("", retention_days(), language)
        return ConsentQuestion(question=question, text=TEXT, uses=list(USUAL), ways=list(WAYS))

    @routes.get("/v1/identities")
    def list_identities() -> list[IdentityShape]:
        """The stored sitters."""
        return list(map(_shape, kept_sitters()))

    @routes.post("/v1/identities", status_code=202, responses=documented(409, 503))
    def enrol(wanted: NewIdentity, say: Spoken) -> JobShape:
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
            state,
        )
        state.jobs.add(job)
        return shape_of(job, state.jobs, say)

    @routes.post("/v1/coach", status_code=202, responses=documented(404, 503))
    def coach(wanted: Coached, say: Spoken) -> JobShape:
        """Start a job that says what photos of a sitter lack and which one to leave out; its
        results hold the report. Nothing is stored, so no consent is needed.
        """
        job = ordered(
            NewJob(
                recipe=_COACH,
                title="Look at photos",
                inputs={"Coach.face": wanted.face},
                pictures={"Photos": wanted.pictures},
                detach=wanted.detach,
            ),
            state,
        )
        state.jobs.add(job)
        return shape_of(job, state.jobs, say)

    @routes.get("/v1/identities/{name:path}", responses=documented(404))
    def identity(name: str) -> IdentityShape:
        """One stored sitter."""
        return _shape(kept_sitter(name))

    @routes.delete("/v1/identities/{name:path}", status_code=204, responses=documented(404))
    def remove(name: str, delivered: bool = False) -> Response:
        """Forget a sitter: erase their data, stop the jobs that use them and drop their results.

        With `delivered`, files that were delivered of them are removed too. The receipt lies in the
        folder `receipts` of the data folder.
        """
        forget_sitter_here(state, name, delivered=delivered)
        return Response(status_code=204)

    return routes


def forget_sitter_here(state: ServerState, name: str, *, delivered: bool = False) -> None:
    """Remove a sitter from the vault, the jobs and the cache.

    Raises:
        IdentityNotFound: there is no such sitter; jobs of that name are dropped all the same.
    """
    name = name_of(name)
    _drop(state, name)
    try:
        forget(open_vault(), name, delivered=delivered)
    finally:
        _drop(state, name)  # a job may have been queued meanwhile
        with suppress(HeadshotsError):
            leave()  # a ComfyUI may still hold pictures of ended jobs


def sweep_here(state: ServerState) -> None:
    """Erase sitters whose last day is over, as `forget_sitter_here` does."""
    for erasure in sweep(open_vault()):
        _drop(state, erasure.name)


def follow(state: ServerState, since: int | None) -> int:
    """Drop jobs of sitters erased since the log entry `since`; returns the last entry's number."""
    keys = {key for job in state.jobs.all() for key in job.sitters}
    last, erased = open_vault().forgotten(keys, since or 0)
    if erased and since is not None:
        for job in state.jobs.all():
            if erased & job.sitters:
                state.jobs.drop(job)
        state.cache.clear()
    return last


def _drop(state: ServerState, name: str) -> None:
    for job in state.jobs.all():
        if not name or key_of(name) in job.sitters:
            state.jobs.drop(job)
    state.cache.clear()


def _shape(sitter: Kept) -> IdentityShape:
    identity, time = sitter.identity, sitter.clock
    consent = identity.consent
    return IdentityShape(
        name=identity.name,
        id=sitter.id,
        photos=len(identity.photos),
        created=identity.created,
        uses=list(consent.uses) if consent else [],
        until=time.until,
        days_left=time.days_left,
    )


def _record(wanted: NewIdentity) -> str:
    consent = wanted.consent.model_dump(mode="json", exclude_none=True)
    return json.dumps({"who": wanted.name, **consent})
