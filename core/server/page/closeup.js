// One picture, large: pixel by pixel, beside the photo that it is made of, and the next one.
import { find } from "./calls.js";

const SWIPE = 50; // pixels that a finger goes to the side for the next picture

const dialog = find("close");
const img = dialog.querySelector("img");
const table = dialog.querySelector(".table");
const compare = dialog.querySelector("[data-do=c]");
let shown = null; // the entry of the contact sheet
let means = null; // what can be done with it
let from = null; // where a finger was put down

// Shows `entry`, opening the view if it isn't open. `how`: its place in words, how it is described,
// URLs of it small, in full and of its source photo, and what picks it, goes to another and takes the focus then.
export async function lookClosely(entry, how) {
  [shown, means] = [entry, how];
  dialog.querySelector(".name").textContent = `${entry.picture}, ${how.place}`;
  how.describe(dialog, entry);
  lookedAt(entry);
  if (!dialog.open) dialog.showModal();
  dialog.focus(); // and no button, which Space would press
  await put(false);
}

// Says whether the picture is picked.
export function lookedAt(entry) {
  const picked = Boolean(entry?.picked);
  dialog.toggleAttribute("data-picked", picked);
  dialog.querySelector("[data-do=' ']").setAttribute("aria-pressed", picked);
}

// Puts the picture on the table, or the photo that it is made of, which has the face at its place.
async function put(source) {
  const entry = shown;
  compare.setAttribute("aria-pressed", source);
  dialog.toggleAttribute("data-compared", source);
  dialog.querySelector(".compared").textContent = source ? "The source photo" : "";
  try {
    for (const part of source ? [means.source] : [means.small, means.picture]) {
      const url = await part();
      if (shown !== entry || source !== dialog.hasAttribute("data-compared")) return;
      if (img.src !== url) img.src = url;
      img.alt = source ? `The photo that ${entry.picture} is made of` : `${entry.picture}, ${entry.verdict}`;
    }
  } catch (error) {
    if (shown === entry) dialog.querySelector(".compared").textContent = error.message;
  }
}

// One pixel of the picture on one of the screen's, from the middle.
function whole() {
  const on = dialog.toggleAttribute("data-whole");
  dialog.querySelector("[data-do=z]").setAttribute("aria-pressed", on);
  img.style.width = on ? `${img.naturalWidth / devicePixelRatio}px` : "";
  table.tabIndex = on ? 0 : -1; // where arrows move it
  if (!on && document.activeElement === table) dialog.focus();
  table.scrollTo((table.scrollWidth - table.clientWidth) / 2, (table.scrollHeight - table.clientHeight) / 3);
}

// What a key, or the button that says it, does.
function act(key) {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[key];
  if (step) means.step(step);
  else if (key === " ") means.pick();
  else if (key.toLowerCase() === "z") whole();
  else if (key.toLowerCase() === "c") put(!dialog.hasAttribute("data-compared"));
  else if (key === "Escape") dialog.close();
  else return false;
  return true;
}

dialog.addEventListener("close", () => {
  if (dialog.hasAttribute("data-whole")) whole();
  means.leave();
});
dialog.addEventListener("click", (event) => {
  if (event.target === img) whole();
  else if (event.target.dataset.do) act(event.target.dataset.do);
});
dialog.addEventListener("keydown", (event) => {
  const pressing = event.target.closest("button") && [" ", "Enter"].includes(event.key);
  const moving = event.target === table && event.key.startsWith("Arrow"); // which the browser does
  if (pressing || moving || event.ctrlKey || event.metaKey || event.altKey) return;
  const held = event.repeat && ["c", "z", " "].includes(event.key.toLowerCase());
  if (held || act(event.key)) event.preventDefault();
});
dialog.addEventListener("keyup", (event) => { // held down, the photo is shown for as long
  if (event.key.toLowerCase() === "c" && dialog.hasAttribute("data-compared")) put(false);
});
table.addEventListener("touchstart", (event) => {
  const one = event.touches.length === 1 && !dialog.hasAttribute("data-whole");
  from = one ? event.touches[0] : null;
}, { passive: true });
table.addEventListener("touchend", (event) => {
  const to = event.changedTouches[0];
  const [across, down] = from ? [to.clientX - from.clientX, to.clientY - from.clientY] : [0, 0];
  if (Math.abs(across) > SWIPE && Math.abs(across) > 2 * Math.abs(down)) means.step(across < 0 ? 1 : -1);
  from = null;
});
