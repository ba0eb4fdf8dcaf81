// Writes what was picked, in a size and format.
import { find, finished, problem, send, text } from "./calls.js";

const form = find("deliver");
const tell = (said) => (find("told").textContent = said);
let job = null;
let chosen = [];
let changed = null; // has the page look at its jobs

export function offerDelivery(of, picks) {
  [job, chosen] = [of, picks];
  form.querySelector("button").setAttribute("aria-disabled", !chosen.length);
}

// Sizes and formats, as the step declares them.
export function prepareDelivery(steps, refresh) {
  changed = refresh;
  const inputs = steps.find((step) => step.id === "HeadshotsDeliver").inputs;
  for (const name of ["size", "format"]) {
    const input = inputs.find((each) => each.name === name);
    const select = form.elements[name];
    select.replaceChildren(...input.choices.map((each) => new Option(each, each)));
    select.value = input.default;
  }
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (!chosen.length) return tell("Nothing is picked yet. Space picks, and so does a click.");
  const { folder, prefix, size, format } = form.elements;
  const names = chosen.map((entry) => [prefix.value.trim(), entry.look, entry.picture].filter(Boolean).join(" "));
  try {
    const ordered = await send("POST", "/v1/jobs", {
      recipe: "deliver",
      title: chosen.length === 1 ? "Deliver 1 picture" : `Deliver ${chosen.length} pictures`,
      detach: true,
      inputs: {
        names: names.join("\n"), folder: folder.value, size: size.value, format: format.value,
        existing: "number", // nothing is overwritten
      },
      pictures: { Pictures: chosen.map((entry) => `${job.id}/${entry.picture}`) },
    });
    const ended = await finished(ordered.id);
    await changed(); // or the list would offer to stop it
    if (ended.error) return tell(problem(ended.error));
    const files = (await text(ordered.id, "paths")).split("\n");
    const where = files[0].replace(/[/\\][^/\\]*$/, "");
    tell(`Delivered to ${where}: ${files.map((file) => file.slice(where.length + 1)).join(", ")}`);
  } catch (error) {
    tell(error.message);
  }
});
