// The looks as pictures to tick: of nobody at first, then of the chosen sitter.
import { ask, find, finished, picture, remove, send, stamped } from "./calls.js";

const WIDTH = 256; // pixels: the smallest that the studio makes
const own = new Map(); // for each sitter that is there, by look, a picture of theirs or ""
let looks = [];
let trying = null; // the job that makes such pictures
let stops = 0; // so that one that was stopped while it was ordered is known

const tiles = () => [...find("looks").children];
const box = (tile) => tile.querySelector("input");

export const titleOf = (name) => looks.find((each) => each.name === name)?.title ?? name;
export const chosen = () => tiles().map(box).filter((each) => each.checked).map((each) => each.value);

export function offerLooks(found) {
  looks = found;
  find("looks").replaceChildren(...looks.map((look, index) => {
    const tile = stamped("tile");
    box(tile).value = look.name;
    box(tile).checked = !index;
    box(tile).tabIndex = index ? -1 : 0;
    tile.title = look.description;
    box(tile).setAttribute("aria-description", look.description);
    tile.querySelector(".title").textContent = look.title;
    picture(`/v1/looks/${encodeURIComponent(look.name)}/picture`).then((url) => {
      tile.dataset.neutral = url;
      if (!tile.dataset.own) tile.querySelector("img").src = url;
    }, () => {});
    return tile;
  }));
}

// Shows the looks as pictures of a sitter, which are made now unless they were before.
export async function tryOn(sitter) {
  await stop();
  const [key, before] = [keyOf(sitter), stops];
  show(own.get(key));
  if (own.has(key)) return;
  const made = new Map(looks.map((look) => [look.name, ""]));
  const job = await send("POST", "/v1/jobs", {
    recipe: {
      sitter: { class_type: "HeadshotsLoadSitter", inputs: { name: sitter.name } },
      look: { class_type: "HeadshotsChooseLook", inputs: {} },
      studio: {
        class_type: "HeadshotsStudio",
        inputs: { identity: ["sitter", 0], looks: ["look", 0], count: looks.length, width: WIDTH },
      },
    },
    title: "Looks",
    inputs: { "look.looks": looks.map((each) => each.name) },
    wanted: ["studio"],
    listed: false,
  });
  if (stops !== before) return remove(`/v1/jobs/${job.id}`);
  trying = job.id;
  find("looks").setAttribute("aria-busy", "true");
  find("trying").textContent = `Making them of ${sitter.name}`;
  try {
    const ended = await finished(job.id, () => trying === job.id);
    if (trying !== job.id || ended.state !== "done") return;
    const results = await ask(`/v1/jobs/${job.id}/results`);
    const pictures = results.find((each) => each.node === "studio" && each.output === "pictures");
    await Promise.all(pictures.value.map(async (each, index) => {
      const url = await picture(`/v1/jobs/${job.id}/results/studio/pictures/${index}?form=jpeg`);
      if (made.get(each.provenance.look)) return URL.revokeObjectURL(url); // where looks were left out
      made.set(each.provenance.look, url);
      if (trying === job.id) show(made);
    }));
    if (trying !== job.id) return;
    own.set(key, made);
    show(made, true);
  } catch {
    // The server stopped, or the sitter was forgotten meanwhile: the page says so elsewhere.
  } finally {
    if (!own.has(key)) for (const url of made.values()) URL.revokeObjectURL(url);
    if (trying === job.id) await stop();
  }
}

// Ends the making of such pictures.
export async function stop() {
  const job = trying;
  [trying, stops] = [null, stops + 1];
  find("looks").removeAttribute("aria-busy");
  find("trying").textContent = "";
  if (job) await remove(`/v1/jobs/${job}`).catch(() => {});
}

// Lets go of the pictures of sitters who are not there any more.
export function keepOnly(sitters) {
  const there = new Set(sitters.map(keyOf));
  for (const [key, made] of own) {
    if (there.has(key)) continue;
    show();
    for (const url of made.values()) URL.revokeObjectURL(url);
    own.delete(key);
  }
}

const keyOf = (sitter) => `${sitter.created} ${sitter.name}`; // who is enrolled anew has others

function show(made, whole = false) {
  for (const tile of tiles()) {
    const url = made?.get(box(tile).value) ?? "";
    tile.dataset.own = url;
    const img = tile.querySelector("img");
    const wanted = url || tile.dataset.neutral;
    if (wanted && img.src !== wanted) img.src = wanted;
    tile.querySelector(".lacks").hidden = !made || Boolean(url) || !whole;
  }
}

// Arrows move among the looks, Tab past them.
find("looks").addEventListener("keydown", (event) => {
  const all = tiles();
  const at = all.findIndex((tile) => tile.contains(event.target));
  const top = all[0].offsetTop;
  const columns = all.filter((tile) => tile.offsetTop === top).length;
  const to = {
    ArrowLeft: at - 1, ArrowRight: at + 1, ArrowUp: at - columns, ArrowDown: at + columns,
    Home: 0, End: all.length - 1,
  }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  if (!all[to]) return;
  box(all[to]).focus();
});
find("looks").addEventListener("focusin", (event) => {
  for (const tile of tiles()) box(tile).tabIndex = tile.contains(event.target) ? 0 : -1;
});
