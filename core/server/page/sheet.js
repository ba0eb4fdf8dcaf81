// The contact sheet of a job: looked at and picked from.
import { ask, find, picture, send, stamped } from "./calls.js";
import { lookClosely, lookedAt } from "./closeup.js";
import { offerDelivery } from "./delivering.js";
import { titleOf } from "./looks.js";

const PARTS = ["filter", "cells", "keys", "deliver"];
const VERDICTS = { keep: "Keep", spare: "Spare", pending: "Not judged", reject: "Reject" };

let job = null; // whose sheet is shown
let sheet = [];
let seen = []; // what of it the filter lets through
let show = "all";
let at = 0;
const urls = new Map(); // object URLs by path, let go of with the sheet

const tell = (said) => (find("told").textContent = said);
const cell = (index) => find("cells").children[index];
const picks = () => sheet.filter((entry) => entry.picked);
const place = (entry) =>
  `/v1/jobs/${job.id}/results/${encodeURIComponent(entry.node)}/${entry.output}/${entry.index}`;

function image(path) {
  if (!urls.has(path)) urls.set(path, picture(path));
  return urls.get(path);
}

const small = (entry) =>
  image(`${place(entry)}?form=jpeg&longest=${Math.min(1600, Math.ceil(480 * devicePixelRatio))}`);

export function clear() {
  for (const url of urls.values()) url.then(URL.revokeObjectURL, () => {});
  urls.clear();
  job = null;
  sheet = seen = [];
  find("cells").replaceChildren();
  for (const part of PARTS) find(part).hidden = true;
  if (find("close").open) find("close").close();
  tell("");
}

export async function openSheet(of) {
  clear();
  job = of;
  const found = await ask(`/v1/jobs/${of.id}/sheet`);
  if (job !== of) return; // another was opened meanwhile
  sheet = found;
  for (const part of PARTS) find(part).hidden = false;
  find("deliver").elements.prefix.value = sheet[0]?.sitter ?? "";
  filter("all");
}

function filter(wanted) {
  show = wanted;
  for (const button of find("filter").children)
    button.setAttribute("aria-pressed", button.dataset.show === show);
  seen = sheet.filter((entry) =>
    show === "all" || (show === "keep" ? entry.verdict === "keep" : entry.picked));
  find("cells").replaceChildren(...seen.map(made));
  find("cells").hidden = !seen.length;
  at = 0;
  cell(0)?.setAttribute("tabindex", "0");
  count();
}

function made(entry, index) {
  const option = stamped("cell");
  option.querySelector("b").textContent = entry.picture;
  option.querySelector(".look").textContent = titleOf(entry.look);
  describe(option, entry);
  small(entry).then((url) => (option.querySelector("img").src = url), (error) => tell(error.message));
  option.setAttribute("aria-selected", entry.picked);
  option.onclick = (event) => {
    move(index);
    if (event.target.closest(".closer")) look();
    else toggle();
  };
  return option;
}

// As the contact sheet in a file says it: the verdict, how like the sitter, and why.
function describe(part, entry) {
  const verdict = part.querySelector(".verdict");
  verdict.textContent = VERDICTS[entry.verdict];
  verdict.dataset.verdict = entry.verdict;
  const rest = entry.reasons.filter((reason) => !reason.startsWith(entry.likeness_words));
  // A picture that is refused for it is not the sitter, whatever the figure.
  const refused = entry.verdict === "reject" && rest.length < entry.reasons.length;
  const figure = refused || entry.likeness === null ? "" : `, ${entry.likeness.toFixed(2)}`;
  part.querySelector(".like").textContent = entry.likeness_words + figure;
  part.querySelector(".why").textContent = rest.join("; ");
}

function count() {
  const of = (verdict) => sheet.filter((entry) => entry.verdict === verdict).length;
  const spare = of("spare") ? `, ${of("spare")} spare` : "";
  tell(`${job.title}: ${sheet.length} made, ${of("keep")} kept${spare}, ${picks().length} picked`);
  offerDelivery(job, picks());
}

function move(index) {
  if (!seen.length) return;
  cell(at).setAttribute("tabindex", "-1");
  at = Math.max(0, Math.min(seen.length - 1, index));
  cell(at).setAttribute("tabindex", "0");
  cell(at).focus();
}

async function choose(change) {
  change();
  seen.forEach((entry, index) => cell(index).setAttribute("aria-selected", entry.picked));
  lookedAt(seen[at]);
  count();
  try {
    await send("PUT", `/v1/jobs/${job.id}/picks`, { pictures: picks().map((entry) => entry.picture) });
  } catch (error) {
    tell(error.message);
  }
}
const toggle = () => choose(() => (seen[at].picked = !seen[at].picked));

const look = () => lookClosely(seen[at], {
  place: [titleOf(seen[at].look), `${at + 1} of ${seen.length}`].filter(Boolean).join(", "),
  describe,
  small: () => small(seen[at]),
  picture: () => image(place(seen[at])),
  source: () => image(`${place(seen[at])}/source`),
  pick: toggle,
  step: (by) => { move(at + by); look(); },
  leave: () => cell(at)?.focus(),
});

function columns() {
  const top = cell(0).offsetTop;
  return [...find("cells").children].filter((each) => each.offsetTop === top).length;
}

const SHOWN = { 1: "all", 2: "keep", 3: "picked" };

function pressed(event) {
  const typing = event.target.closest("input, select, dialog") || event.ctrlKey || event.metaKey || event.altKey;
  if (!job || typing || !sheet.length) return;
  if (event.key in SHOWN) {
    filter(SHOWN[event.key]);
    (cell(0) ?? find("filter").querySelector("[aria-pressed=true]")).focus();
  } else if (event.key.toLowerCase() === "k")
    choose(() => sheet.forEach((entry) => (entry.picked = entry.verdict === "keep")));
  else if (!seen.length) return;
  else if (event.key.startsWith("Arrow")) {
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns(), ArrowDown: columns() };
    const here = find("cells").contains(document.activeElement);
    move(here ? at + steps[event.key] : at);
  } else if (event.key === "Home") move(0);
  else if (event.key === "End") move(seen.length - 1);
  else if (event.target.closest("button")) return; // which these press
  else if (event.key === " ") toggle();
  else if (event.key === "Enter") look();
  else return;
  event.preventDefault();
}

document.addEventListener("keydown", pressed);
find("filter").addEventListener("click", (event) => {
  if (event.target.dataset.show) filter(event.target.dataset.show);
});
