// Jobs and sitters, in the column at the side.
import { call, find, hasEnded, remove, stamped } from "./calls.js";

const USES = { generate: "make headshots", tune: "train a model", deliver: "hand them on" };
const DAY = 24 * 60 * 60 * 1000;

export function showJobs(jobs, shown, open, changed) {
  const rows = [...jobs].reverse().map((job) => {
    const row = stamped("job");
    row.dataset.state = job.state;
    row.querySelector(".title").textContent = job.title;
    row.querySelector(".state").textContent = state(job);
    const bar = row.querySelector("progress");
    bar.value = job.share;
    bar.hidden = job.state !== "running";
    const button = row.querySelector(".open");
    button.setAttribute("aria-current", job.id === shown);
    button.dataset.key = `open ${job.id}`;
    button.onclick = () => open(job.id);
    const end = row.querySelector(".end");
    end.textContent = hasEnded(job) ? "×" : "Stop";
    end.title = hasEnded(job) ? "Remove" : "Stop";
    end.setAttribute("aria-label", `${end.title} ${job.title}`);
    end.dataset.key = `end ${job.id}`;
    end.onclick = async () => {
      if (hasEnded(job)) await remove(`/v1/jobs/${job.id}`);
      else await call(`/v1/jobs/${job.id}/cancel`, { method: "POST" });
      changed();
    };
    return row;
  });
  fill("jobs", rows, "None yet.");
}

export function state(job) {
  if (job.error) return job.error.what;
  if (job.state === "queued") return job.position ? `waits, ${job.position} before it` : "is next";
  if (job.state === "running") return `${Math.round(100 * job.share)} % ${job.note}`;
  return { done: "done", cancelled: "stopped" }[job.state];
}

export function showSitters(sitters, changed) {
  const rows = sitters.map((sitter) => {
    const row = stamped("sitter");
    const photos = sitter.photos === 1 ? "1 photo" : `${sitter.photos} photos`;
    row.querySelector("b").textContent = sitter.name;
    const uses = sitter.uses.map((use) => USES[use]).join(", ");
    row.querySelector(".may").textContent =
      uses ? `${photos}. May: ${uses}` : `${photos}. No consent recorded: nothing is made of them`;
    const clock = row.querySelector("meter");
    const until = row.querySelector(".until");
    if (sitter.until) retention(sitter, clock, until);
    else clock.remove();
    const end = row.querySelector(".end");
    end.setAttribute("aria-label", `Forget ${sitter.name}`);
    end.dataset.key = `forget ${sitter.name}`;
    end.onclick = async () => {
      const asked = `Forget ${sitter.name} for good, and all that was made of them here?`;
      const backups = "A backup that holds the vault and its key still reads them: see `headshots key`.";
      if (!confirm(`${asked}\n\n${backups}`)) return;
      await remove(`/v1/identities/${encodeURIComponent(sitter.name)}`);
      changed();
    };
    return row;
  });
  fill("sitters", rows, "None enrolled.");
}

// How much is left of the time that they are kept; the last day counts in whole.
function retention(sitter, clock, told) {
  const end = new Date(`${sitter.until}T00:00:00Z`).getTime() + DAY;
  const left = Math.floor((end - Date.now()) / DAY);
  clock.max = Math.max(1, (end - new Date(sitter.created).getTime()) / DAY);
  clock.low = clock.max / 4;
  clock.high = clock.max / 2;
  clock.optimum = clock.max;
  clock.value = Math.max(0, left);
  const days = left < 0 ? "run out" : left === 0 ? "the last day" : left === 1 ? "1 day left" : `${left} days left`;
  told.textContent = `Kept until ${day(sitter.until)}, ${days}`;
  clock.title = told.textContent;
}

export const day = (iso) =>
  new Date(`${iso}T12:00:00`).toLocaleDateString(undefined, { day: "numeric", month: "long", year: "numeric" });

// Rows are made anew each time; whatever had the focus keeps it.
function fill(id, rows, none) {
  const list = find(id);
  const focused = list.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  if (!rows.length) {
    const empty = document.createElement("li");
    empty.className = "empty";
    empty.textContent = none;
    rows = [empty];
  }
  list.replaceChildren(...rows);
  if (focused) list.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
}
