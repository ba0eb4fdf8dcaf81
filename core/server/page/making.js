// Two forms: a new sitter with their consent, and headshots of one who is there.
import { find, finished, problem, send, text, upload } from "./calls.js";
import { day } from "./side.js";

let looks = [];
let days = 30;
let ways = []; // how consent is given

// Opens a form's dialog; `go` is called when it is sent, and keeps it open where it throws.
function ask(dialog, go) {
  const form = dialog.querySelector("form");
  const trouble = dialog.querySelector(".trouble");
  trouble.textContent = "";
  form.onsubmit = async (event) => {
    if (event.submitter?.value !== "go") return;
    event.preventDefault();
    event.submitter.disabled = true;
    try {
      await go(form, (said) => (trouble.textContent = said));
      dialog.close();
    } catch (error) {
      trouble.textContent = error.message;
    }
    event.submitter.disabled = false;
  };
  dialog.showModal();
}

export function offerLooks(found, retention, given) {
  looks = found;
  days = retention;
  ways = given;
  const select = find("making").querySelector("[name=look]");
  select.replaceChildren(...looks.map((look) => new Option(look.title, look.name)));
  const about = () =>
    (find("making").querySelector(".about").textContent = looks[select.selectedIndex].description);
  select.onchange = about;
  about();
}

// Ways to make headshots of a stored sitter: the studio's, and the recipes that a ComfyUI runs.
// `documents`: those recipes in the API format, by name; `dresses`: what they can be dressed in.
export function offerRecipes(recipes, documents, dresses) {
  const form = find("making").querySelector("form");
  const { recipe, dress, count } = form.elements;
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
  const lacks = form.querySelector(".lacks");
  const reasons = Object.groupBy(native.filter((each) => each.missing), (each) => each.missing);
  lacks.replaceChildren(...Object.entries(reasons).map(([reason, unable]) => {
    const line = document.createElement("span");
    const names = unable.map((each) => each.name.replaceAll("_", " ")).join(", ");
    line.textContent = unable.length === native.length ? reason : `${names}: ${reason}`;
    return line;
  }));
  lacks.hidden = !Object.keys(reasons).length;
  dress.replaceChildren(...dresses.map((each) => new Option(each.replaceAll("-", " "), each)));
  const shown = () => {
    const nodes = Object.values(documents[recipe.value] ?? {});
    form.querySelector(".dress").hidden = !nodes.some((each) => each._meta.title === "Clothes");
    count.closest(".two").hidden = recipe.value in documents;
  };
  recipe.onchange = shown;
  shown();
}

export function offerSitters(sitters) {
  const select = find("making").querySelector("[name=sitter]");
  const names = sitters.filter((each) => each.uses.includes("generate")).map((each) => each.name);
  find("make").disabled = !names.length;
  if (names.join("\n") === [...select.options].map((each) => each.value).join("\n")) return;
  const chosen = select.value;
  select.replaceChildren(...names.map((name) => new Option(name, name)));
  if (names.includes(chosen)) select.value = chosen;
}

export const make = (opened) => ask(find("making"), async (form) => {
  const { sitter, look, recipe, dress, count, width } = form.elements;
  const title = looks.find((each) => each.name === look.value).title;
  const own = recipe.value === "generate"
    ? { count: count.valueAsNumber, width: width.valueAsNumber }
    : dress.closest("label").hidden ? {} : { "Clothes.dress": dress.value };
  opened(await send("POST", "/v1/jobs", {
    recipe: recipe.value,
    title: `${sitter.value}, ${title}`,
    detach: true, // this page may be closed meanwhile
    inputs: {
      "Sitter.name": sitter.value,
      "Look.looks": [look.value],
      "Deliver.folder": "headshots",
      ...own,
    },
  }));
});

export function enrol(changed, tell) {
  const until = new Date(Date.now() + days * 24 * 60 * 60 * 1000).toISOString().slice(0, 10);
  const dialog = find("enrolling");
  dialog.querySelector(".until").textContent = day(until);
  dialog.querySelector("[name=until]").max = until;
  dialog.querySelector("[name=how]").replaceChildren(...ways.map((way) => new Option(way)));
  ask(dialog, async (form, say) => {
    const { name, photos, how } = form.elements;
    const pictures = [];
    for (const file of photos.files) {
      say(`Reading ${file.name}`);
      pictures.push(await upload(file));
    }
    const uses = [...form.querySelectorAll("[name=uses]:checked")].map((each) => each.value);
    const last = form.elements.until.value;
    const job = await send("POST", "/v1/identities", {
      name: name.value, pictures, consent: { how: how.value, uses, ...(last && { until: last }) },
    });
    changed();
    say("Looking at the photos");
    const ended = await finished(job.id);
    if (ended.error) throw new Error(problem(ended.error));
    tell(await text(job.id, "report"));
    form.reset();
    changed();
  });
}

const drop = find("enrolling").querySelector(".drop");
for (const name of ["dragenter", "dragover"])
  drop.addEventListener(name, (event) => { event.preventDefault(); drop.dataset.over = ""; });
for (const name of ["dragleave", "drop"])
  drop.addEventListener(name, () => delete drop.dataset.over);
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  drop.querySelector("input").files = event.dataTransfer.files;
});
