// Jobs and sitters, in the column at the side.
import { call, find, hasEnded, remove, stamped } from "./calls.js";

const USES = { generate: "make headshots", tune: "train a model", deliver: "hand them on" };
const DAY = 24 * 60 * 60 * 1000;

export function showJobs(jobs, shown, open, changed) {
  fill("jobs", "job", [...jobs].reverse(), (job) => job.id, "None yet.", (row, job) => {
    row.dataset.state = job.state;
    row.querySelector(".title").textContent = job.title;
    row.querySelector(".state").textContent = state(job);
    const bar = row.querySelector("progress");
    bar.value = job.share;
    bar.hidden = job.state !== "running";
    const button = row.querySelector(".open");
    button.setAttribute("aria-current", job.id === shown);
    button.onclick = () => open(job.id);
    const end = row.querySelector(".end");
    end.textContent = hasEnded(job) ? "×" : "Stop";
    end.title = hasEnded(job) ? "Remove" : "Stop";
    end.setAttribute("aria-label", `${end.title} ${job.title}`);
    end.onclick = async () => {
      if (hasEnded(job)) await remove(`/v1/jobs/${job.id}`);
      else await call(`/v1/jobs/${job.id}/cancel`, { method: "POST" });
      changed();
    };
  });
}

export function state(job) {
  if (job.error) return job.error.what;
  if (job.state === "queued") return job.position ? `waits, ${job.position} before it` : "is next";
  if (job.state === "running") return `${Math.round(100 * job.share)} % ${job.note}`;
  return { done: "done", cancelled: "stopped" }[job.state];
}

export function showSitters(sitters, changed) {
  fill("sitters", "sitter", sitters, (sitter) => sitter.name, "None enrolled.", (row, sitter) => {
    const uses = sitter.uses.map((use) => USES[use]).join(", ");
    const photos = sitter.photos === 1 ? "1 photo" : `${sitter.photos} photos`;
    row.querySelector("b").textContent = sitter.name;
    row.querySelector(".may").textContent =
      uses ? `${photos}. May: ${uses}` : `${photos}. No consent recorded: nothing is made of them`;
    const clock = row.querySelector("meter");
    clock.hidden = !sitter.until;
    if (sitter.until) retention(sitter, clock, row.querySelector(".until"));
    const end = row.querySelector(".end");
    end.setAttribute("aria-label", `Forget ${sitter.name}`);
    end.onclick = async () => {
      const asked = `Forget ${sitter.name} for good, and all that was made of them here?`;
      const backups = "A backup that holds the vault and its key still reads them: see `headshots key`.";
      if (!confirm(`${asked}\n\n${backups}`)) return;
      await remove(`/v1/identities/${encodeURIComponent(sitter.name)}`);
      changed();
    };
  });
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

// A row stays the same element while its entry lives: a click goes to no element that was replaced
// between pressing and letting go, and the focus stays.
function fill(id, template, entries, keyOf, none, show) {
  const list = find(id);
  const rows = new Map([...list.children].map((row) => [row.dataset.key, row]));
  const wanted = entries.map((entry) => {
    const key = keyOf(entry);
    const row = rows.get(key) ?? stamped(template);
    row.dataset.key = key;
    show(row, entry);
    return row;
  });
  if (!wanted.length) wanted.push(rows.get("") ?? empty(none));
  const focused = [...list.children].findIndex((row) => row.contains(document.activeElement));
  for (const row of [...list.children]) if (!wanted.includes(row)) row.remove();
  wanted.forEach((row, place) => {
    if (list.children[place] !== row) list.insertBefore(row, list.children[place] ?? null);
  });
  if (focused < 0 || list.contains(document.activeElement)) return;
  const next = list.children[Math.min(focused, list.children.length - 1)];
  (next.querySelector(".end") ?? find("enrol")).focus(); // where the row was that had it
}

function empty(words) {
  const row = document.createElement("li");
  row.className = "empty";
  row.dataset.key = "";
  row.textContent = words;
  return row;
}
