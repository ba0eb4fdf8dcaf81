// The form for headshots of a sitter who is there.
import { find, send } from "./calls.js";
import { open } from "./form.js";
import { chosen, keepOnly, stop, titleOf, tryOn } from "./looks.js";

let documents = {}; // recipes that a ComfyUI runs, in the API format, by name
let sitters = [];

const form = find("making").querySelector("form");
const { sitter, recipe, dress, count, width } = form.elements;
const byStudio = () => recipe.value === "generate";

// Ways to make headshots of a stored sitter: the studio's, and the recipes that a ComfyUI runs.
// `found`: those recipes in the API format, by name; `dresses`: what they can be dressed in.
export function offerRecipes(recipes, found, dresses) {
  documents = found;
  const native = recipes.filter((each) => each.name in documents);
  recipe.replaceChildren(
    new Option("studio, from the sitter's own pixels", "generate"),
    ...native.map((each) => {
      const option = new Option(`ComfyUI: ${each.name.replaceAll("_", " ")}`, each.name);
      option.disabled = Boolean(each.missing);
      option.title = each.missing;
      return option;
    }),
  );
  const lacks = form.querySelector(".missing");
  const reasons = Object.groupBy(native.filter((each) => each.missing), (each) => each.missing);
  lacks.querySelector("p").replaceChildren(...Object.entries(reasons).map(([reason, unable]) => {
    const line = document.createElement("span");
    const names = unable.map((each) => each.name.replaceAll("_", " ")).join(", ");
    line.textContent = unable.length === native.length ? reason : `${names}: ${reason}`;
    return line;
  }));
  lacks.hidden = !Object.keys(reasons).length;
  dress.replaceChildren(...dresses.map((each) => new Option(each.replaceAll("-", " "), each)));
  shown();
}

// What the form asks for, and what it comes to.
function shown() {
  const nodes = Object.values(documents[recipe.value] ?? {});
  form.querySelector(".dress").hidden = !nodes.some((each) => each._meta.title === "Clothes");
  for (const each of form.querySelectorAll(".studio")) each.hidden = !byStudio();
  const looks = chosen().length;
  form.querySelector(".chosen").textContent = looks === 1 ? "1 chosen" : `${looks} chosen`;
  const made = byStudio() ? looks * (count.valueAsNumber || 0) : looks;
  form.querySelector(".main").textContent = made > 1 ? `Make ${made}` : "Make";
}

export function offerSitters(found) {
  keepOnly(found);
  sitters = found.filter((each) => each.uses.includes("generate"));
  const names = sitters.map((each) => each.name);
  find("make").disabled = !names.length;
  if (names.join("\n") === [...sitter.options].map((each) => each.value).join("\n")) return;
  const before = sitter.value;
  sitter.replaceChildren(...names.map((name) => new Option(name, name)));
  if (names.includes(before)) sitter.value = before;
}

function tried() {
  const found = sitters.find((each) => each.name === sitter.value);
  if (found) tryOn(found).catch(() => {}); // the looks then stay pictures of nobody
}

export function make(opened) {
  open(find("making"), async () => {
    const looks = chosen();
    if (!looks.length) throw new Error("No look is chosen. Tick one or more.");
    await stop(); // what is ordered doesn't wait for pictures in a form
    // Nothing is written to a file before somebody has picked it.
    const order = (own, called) => send("POST", "/v1/jobs", {
      recipe: recipe.value,
      title: `${sitter.value}, ${called}`,
      detach: true, // this page may be closed meanwhile
      files: false,
      inputs: { "Sitter.name": sitter.value, ...own },
    });
    if (byStudio()) {
      const all = looks.length * count.valueAsNumber;
      const called = looks.length > 3 ? `${looks.length} looks` : looks.map(titleOf).join(", ");
      opened(await order({
        "Look.looks": looks, count: all, keep: looks.length, width: width.valueAsNumber,
      }, called));
      return;
    }
    const dressed = dress.closest("label").hidden ? {} : { "Clothes.dress": dress.value };
    const jobs = [];
    for (const look of looks) jobs.push(await order({ "Look.looks": [look], ...dressed }, titleOf(look)));
    opened(jobs[0]);
  });
  shown();
  tried();
}

form.addEventListener("input", shown);
sitter.addEventListener("change", tried);
find("making").addEventListener("close", stop);
