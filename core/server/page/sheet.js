// The contact sheet of a job: looked at, picked from, delivered.
import { ask, find, finished, picture, problem, send, stamped, text } from "./calls.js";

let job = null; // whose sheet is shown
let sheet = [];
let seen = []; // what of it the filter lets through
let show = "all";
let at = 0;
const urls = new Map(); // object URLs by path, let go of with the sheet

const tell = (said) => (find("told").textContent = said);
const cell = (index) => find("cells").children[index];
const picks = () => sheet.filter((entry) => entry.picked).map((entry) => entry.picture);
const path = (entry, longest) =>
  `/v1/jobs/${job.id}/results/${encodeURIComponent(entry.node)}/${entry.output}/${entry.index}` +
  (longest ? `?form=jpeg&longest=${longest}` : "");

async function image(entry, longest) {
  const where = path(entry, longest);
  if (!urls.has(where)) urls.set(where, picture(where));
  return urls.get(where);
}

export function clear() {
  for (const url of urls.values()) url.then(URL.revokeObjectURL, () => {});
  urls.clear();
  job = null;
  sheet = seen = [];
  find("cells").replaceChildren();
  find("keys").hidden = find("tools").hidden = true;
  if (find("close").open) find("close").close();
  tell("");
}

export async function openSheet(of) {
  clear();
  job = of;
  const found = await ask(`/v1/jobs/${of.id}/sheet`);
  if (job !== of) return; // another was opened meanwhile
  sheet = found;
  find("keys").hidden = find("tools").hidden = false;
  filter("all");
}

function filter(wanted) {
  show = wanted;
  for (const button of find("filter").children)
    button.setAttribute("aria-pressed", button.dataset.show === show);
  seen = sheet.filter((entry) =>
    show === "all" || (show === "keep" ? entry.verdict === "keep" : entry.picked));
  const longest = Math.min(1600, Math.ceil(480 * devicePixelRatio));
  find("cells").replaceChildren(...seen.map((entry, index) => made(entry, index, longest)));
  at = 0;
  cell(0)?.setAttribute("tabindex", "0");
  count();
}

function made(entry, index, longest) {
  const figure = stamped("cell");
  figure.querySelector("b").textContent = entry.picture;
  describe(figure, entry);
  const img = figure.querySelector("img");
  img.alt = `${entry.picture}, ${entry.verdict}`;
  image(entry, longest).then((url) => (img.src = url), (error) => tell(error.message));
  figure.setAttribute("aria-selected", entry.picked);
  figure.onclick = () => { move(index); toggle(index); };
  figure.querySelector(".look").onclick = (event) => {
    event.stopPropagation();
    move(index);
    look(index);
  };
  return figure;
}

function describe(part, entry) {
  const verdict = part.querySelector(".verdict");
  verdict.textContent = entry.likeness === null
    ? entry.verdict : `${entry.verdict}, likeness ${entry.likeness.toFixed(2)}`;
  verdict.dataset.verdict = entry.verdict;
  part.querySelector(".why").textContent = entry.reasons.join("; ");
}

function count() {
  const of = (verdict) => sheet.filter((entry) => entry.verdict === verdict).length;
  const spare = of("spare") ? `, ${of("spare")} spare` : "";
  tell(`${job.title}: ${sheet.length} made, ${of("keep")} kept${spare}, ${picks().length} picked`);
  find("deliver").querySelector("button").disabled = !picks().length;
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
  find("close").toggleAttribute("data-picked", Boolean(seen[at]?.picked));
  count();
  try {
    await send("PUT", `/v1/jobs/${job.id}/picks`, { pictures: picks() });
  } catch (error) {
    tell(error.message);
  }
}
const toggle = (index) => choose(() => (seen[index].picked = !seen[index].picked));

async function look(index) {
  const dialog = find("close");
  const entry = seen[index];
  const img = dialog.querySelector("img");
  const url = await image(entry);
  if (img.src !== url) img.src = url;
  img.alt = `${entry.picture}, ${entry.verdict}`;
  dialog.querySelector(".name").textContent = `${entry.picture}, ${index + 1} of ${seen.length}`;
  describe(dialog, entry);
  dialog.toggleAttribute("data-picked", entry.picked);
  if (!dialog.open) dialog.showModal();
  dialog.focus(); // and no button, which Space would press
}

// One pixel of the picture on one of the screen's, from the middle.
function whole() {
  const dialog = find("close");
  const img = dialog.querySelector("img");
  const on = dialog.toggleAttribute("data-whole");
  img.style.width = on ? `${img.naturalWidth / devicePixelRatio}px` : "";
  const table = dialog.querySelector(".table");
  table.scrollTo((table.scrollWidth - table.clientWidth) / 2, (table.scrollHeight - table.clientHeight) / 3);
}

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
    cell(0)?.focus();
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
  else if (event.key === " ") toggle(at);
  else if (event.key === "Enter") look(at);
  else return;
  event.preventDefault();
}

async function deliver(event) {
  event.preventDefault();
  const wanted = new FormData(event.currentTarget);
  const chosen = picks();
  try {
    const ordered = await send("POST", "/v1/jobs", {
      recipe: "deliver",
      title: chosen.length === 1 ? "Deliver 1 picture" : `Deliver ${chosen.length} pictures`,
      detach: true,
      inputs: Object.fromEntries(["folder", "size", "format"].map((name) => [name, wanted.get(name)])),
      pictures: { Pictures: chosen.map((name) => `${job.id}/${name}`) },
    });
    const ended = await finished(ordered.id);
    if (ended.error) return tell(problem(ended.error));
    const files = (await text(ordered.id, "paths")).split("\n");
    const folder = files[0].replace(/[/\\][^/\\]*$/, "");
    tell(`Delivered to ${folder}: ${files.map((file) => file.slice(folder.length + 1)).join(", ")}`);
  } catch (error) {
    tell(error.message);
  }
}

export async function prepareSheet(steps) {
  const inputs = steps.find((step) => step.id === "HeadshotsDeliver").inputs;
  for (const name of ["size", "format"]) {
    const input = inputs.find((each) => each.name === name);
    const select = find("deliver").elements[name];
    select.replaceChildren(...input.choices.map((each) => new Option(each, each)));
    select.value = input.default;
  }
}

document.addEventListener("keydown", pressed);
find("filter").addEventListener("click", (event) => filter(event.target.dataset.show));
find("deliver").addEventListener("submit", deliver);
find("close").addEventListener("close", () => {
  if (find("close").hasAttribute("data-whole")) whole();
  cell(at)?.focus();
});
find("close").addEventListener("click", (event) => {
  if (event.target.tagName === "IMG") whole();
  else if (event.target.dataset.do) act(event.target.dataset.do);
});
find("close").addEventListener("keydown", (event) => {
  const pressing = event.target.closest("button") && [" ", "Enter"].includes(event.key);
  if (!pressing && act(event.key)) event.preventDefault();
});

// What a key, or the button that says it, does to the picture that is looked at closely.
function act(key) {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[key];
  if (step) {
    move(at + step);
    look(at);
  } else if (key === " ") toggle(at);
  else if (key.toLowerCase() === "z") whole();
  else if (key === "Escape") find("close").close();
  else return false;
  return true;
}
