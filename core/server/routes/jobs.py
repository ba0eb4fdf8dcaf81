"""Routes about jobs: start, watch and stop them, read their results."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from sse_starlette import EventSourceResponse

from ...errors import NothingHere, ServerBusy
from ...photos import read_photo
from ...picture import Picture
from ...recipes.jsonable import to_jsonable
from ...recipes.runner import Results
from ...recipes.step import Kind, Output
from ...scoring.likeness_words import likeness_in_words
from ...translation.translate import Say
from ..events import PING_SECONDS, events, shape_of
from ..jobs import Job
from ..language import Spoken
from ..orders import ordered
from ..pixels import As, picture_response, raw_response
from ..problems import documented
from ..schemas import JobShape, LayerShape, NewJob, Picks, ResultShape, SheetEntry
from ..sheet import places
from ..source_photo import source_photo
from ..state import ServerState

_PICTURES = {
    200: {
        "content": {
            media: {"schema": {"type": "string", "format": "binary"}}
            for media in ("image/png", "image/jpeg", "application/octet-stream")
        }
    }
}
Longest = Annotated[int | None, Query(ge=16, le=16384, description="Shrink to this longer side.")]


def router(state: ServerState) -> APIRouter:
    """Routes about jobs."""
    routes = APIRouter(tags=["jobs"], responses=documented())
    jobs = state.jobs

    @routes.post("/v1/jobs", status_code=201, responses=documented(404, 503))
    def order(wanted: NewJob, say: Spoken) -> JobShape:
        """Queue a recipe; it runs as soon as a device is free."""
        job = ordered(wanted, state)
        jobs.add(job)
        return shape_of(job, jobs, say)

    @routes.get("/v1/jobs")
    def list_jobs(say: Spoken) -> list[JobShape]:
        """All jobs that are held, the oldest first, but for those that only serve a form."""
        return [shape_of(job, jobs, say) for job in jobs.all() if job.listed]

    @routes.get("/v1/jobs/{id}", responses=documented(404))
    def read(id: str, say: Spoken) -> JobShape:
        """The state of a job. Asking counts as watching."""
        return shape_of(jobs.get(id), jobs, say)

    @routes.get(
        "/v1/jobs/{id}/events",
        response_class=EventSourceResponse,
        responses={
            **documented(404, 503),
            200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}},
        },
    )
    async def watch(id: str, say: Spoken) -> EventSourceResponse:
        """Events "job", each with the whole state of the job as JSON, until it has ended."""
        job = jobs.get(id)
        if sum(len(each.watchers) for each in jobs.all()) >= state.limits.streams:
            raise ServerBusy("Too many event streams are open", "Close some of them.")
        return EventSourceResponse(events(job, jobs, say), ping=PING_SECONDS)

    @routes.post("/v1/jobs/{id}/cancel", responses=documented(404))
    def cancel(id: str, say: Spoken) -> JobShape:
        """Stop a job; one that has ended stays as it is."""
        job = jobs.get(id)
        jobs.cancel(job)
        return shape_of(job, jobs, say)

    @routes.post("/v1/jobs/{id}/detach", responses=documented(404))
    def detach(id: str, say: Spoken) -> JobShape:
        """Let a job continue when nobody watches it."""
        job = jobs.get(id)
        job.detached = True
        return shape_of(job, jobs, say)

    @routes.delete("/v1/jobs/{id}", status_code=204, responses=documented(404))
    def drop(id: str) -> Response:
        """Stop a job and forget it with its results."""
        jobs.drop(jobs.get(id))
        return Response(status_code=204)

    @routes.get("/v1/jobs/{id}/preview", responses={**documented(404), **_PICTURES})
    def preview(id: str, form: As = "jpeg", longest: Longest = 512) -> Response:
        """The last preview of a running job. Asking doesn't count as watching."""
        image = jobs.get(id, watching=False).preview
        if image is None:
            raise NothingHere(f"The job {id!r} has no preview", "Ask while it makes pictures.")
        return picture_response(image, form, longest)

    @routes.get("/v1/jobs/{id}/results", responses=documented(404))
    def results(id: str, say: Spoken) -> list[ResultShape]:
        """The outputs of every node of the recipe: text in full, pictures without their pixels,
        which are requested by number.
        """
        results = _results(jobs.get(id))
        return [
            _shape(results, node, output, value, say)
            for node, output, value in _outputs(results)
            if value is not None
        ]

    @routes.get("/v1/jobs/{id}/scorecards", responses=documented(404))
    def scorecards(id: str) -> list[dict[str, Any]]:
        """The last scorecard of each picture, verdict and reasons included."""
        latest: dict[str, dict[str, Any]] = {}
        for _, output, value in _outputs(_results(jobs.get(id))):
            if output.kind is Kind.PICTURES:
                for card in (each.scorecard for each in value if each.scorecard):
                    if card.verdict != "pending" or card.picture not in latest:
                        latest[card.picture] = to_jsonable(card)
        return list(latest.values())

    @routes.get("/v1/jobs/{id}/sheet", responses=documented(404))
    def sheet(id: str, say: Spoken) -> list[SheetEntry]:
        """The contact sheet: every scored picture, its place among the results, and why it was
        kept or rejected.
        """
        job = jobs.get(id)
        return [
            SheetEntry(
                picture=each.picture.name,
                sitter=each.picture.sitter,
                look=each.picture.provenance.look,
                look_words=say(each.picture.provenance.look.replace("-", " ")),
                node=each.node,
                output=each.output,
                index=each.index,
                verdict=each.picture.card.verdict,
                likeness_words=say(likeness_in_words(each.picture.card)),
                likeness=to_jsonable(each.picture.card.likeness),
                percentile=to_jsonable(each.picture.card.percentile),
                overall=to_jsonable(each.picture.card.overall),
                reasons=list(map(say, each.picture.card.reasons)),
                picked=each.picture.name in job.picks,
            )
            for each in places(job)
        ]

    @routes.put("/v1/jobs/{id}/picks", responses=documented(404))
    def pick(id: str, picks: Picks) -> Picks:
        """Store which pictures a person chose, whatever the verdicts."""
        job = jobs.get(id)
        names = {each.picture.name for each in places(job)}
        for name in picks.pictures:
            if name not in names:
                raise NothingHere(f"No picture is called {name!r}", "See the job's sheet.")
        job.picks = tuple(dict.fromkeys(picks.pictures))
        return Picks(pictures=list(job.picks))

    @routes.get(
        "/v1/jobs/{id}/results/{node}/{output}/{index}",
        responses={**documented(404), **_PICTURES},
    )
    def picture(
        id: str,
        node: str,
        output: str,
        index: int,
        form: As = "png",
        longest: Longest = None,
        since: str = "",
    ) -> Response:
        """One picture or mask of a node's output. For raw samples, `since` is the id of the upload
        that it was made from: a fourth channel then says where it differs.
        """
        item = _item(jobs.get(id), node, output, index, (Kind.PICTURES, Kind.IMAGE, Kind.MASK))
        image = item.image if isinstance(item, Picture) else item
        before = read_photo(state.uploads.get(since).data).image if since else None
        return picture_response(image, form, longest, before)

    @routes.get(
        "/v1/jobs/{id}/results/{node}/{output}/{index}/source",
        responses={**documented(404), **_PICTURES},
    )
    def source(
        id: str, node: str, output: str, index: int, form: As = "jpeg", longest: Longest = None
    ) -> Response:
        """The sitter's photo that most of a picture is made of, laid so that the face is where it
        is in the picture. It is read from the vault, if the sitter still consents to their use.
        """
        made: Picture = _item(jobs.get(id), node, output, index, (Kind.PICTURES,))
        return picture_response(source_photo(made), form, longest)

    @routes.get("/v1/jobs/{id}/results/{node}/{output}/{index}/layers", responses=documented(404))
    def layers(id: str, node: str, output: str, index: int) -> list[LayerShape]:
        """The layers of one picture, bottom to top."""
        picture: Picture = _item(jobs.get(id), node, output, index, (Kind.PICTURES,))
        return [
            LayerShape(
                name=layer.name,
                blend=layer.blend,
                opacity=layer.opacity,
                width=layer.pixels.shape[1],
                height=layer.pixels.shape[0],
                mask=layer.mask is not None,
            )
            for layer in picture.layers
        ]

    @routes.get(
        "/v1/jobs/{id}/results/{node}/{output}/{index}/layers/{number}/{part}",
        responses={**documented(404), **_PICTURES},
    )
    def layer(id: str, node: str, output: str, index: int, number: int, part: str) -> Response:
        """The samples of a layer: `pixels`, uint8 sRGB (H, W, 3), or `mask`, uint8 (H, W)."""
        picture: Picture = _item(jobs.get(id), node, output, index, (Kind.PICTURES,))
        if not 0 <= number < len(picture.layers) or part not in ("pixels", "mask"):
            raise NothingHere(f"There is no layer {number} {part}", "Ask for the list of layers.")
        layer = picture.layers[number]
        samples = layer.pixels if part == "pixels" else layer.mask
        if samples is None:
            raise NothingHere(f"Layer {number} has no mask", "It shows all of its pixels.")
        return raw_response(samples)

    return routes


def _results(job: Job) -> Results:
    if job.results is None:
        raise NothingHere(f"The job {job.id!r} has no results", f"It is {job.state}.")
    return job.results


def _outputs(results: Results) -> list[tuple[str, Output, Any]]:
    return [
        (id, output, value)
        for id, values in results.outputs.items()
        for output, value in zip(results.recipe.nodes[id].step.outputs, values, strict=True)
    ]


def _shape(results: Results, id: str, output: Output, value: Any, say: Say) -> ResultShape:
    node = results.recipe.nodes[id]
    whole: Any = None
    if output.kind is Kind.STRING:
        whole = say(value) if output.prose else to_jsonable(value)
    elif output.kind is Kind.PICTURES:
        whole = [
            {
                **to_jsonable(each),
                "reasons": list(map(say, each.scorecard.reasons)) if each.scorecard else [],
            }
            for each in value
        ]
    elif output.kind is Kind.LOOK:
        whole = [look.name for look in value]
    return ResultShape(
        node=id,
        title=node.title,
        step=node.step.id,
        output=output.name,
        kind=output.kind,
        count=len(value) if isinstance(value, list | tuple) else 1,
        value=whole,
    )


def _item(job: Job, node: str, output: str, index: int, kinds: tuple[Kind, ...]) -> Any:
    for id, declared, value in _outputs(_results(job)):
        named = node in (id, job.recipe.nodes[id].title)
        if named and declared.name == output and declared.kind in kinds and value is not None:
            if 0 <= index < len(value):
                return value[index]
            break
    raise NothingHere(
        f"The job {job.id!r} gave no {kinds[0].lower()} {index} at {output!r} of node {node!r}",
        "Ask for its results, which say what there is.",
    )
