// The form of a case: checks while one types, readings by character, what the program says of the place. The map is case-map.js.

import { placeBox } from "../search/place-box.js";
import { CaseMap } from "./case-map.js";

const form = document.getElementById("case-form");
const fields = form.elements;
const findings = document.getElementById("findings");
const readings = document.getElementById("readings");
const WAIT_MS = 350;

let byHand = Boolean(fields.spelling.value);
let timer = 0;
let latest = 0;
let told = 0;
let map = null;

fields.spelling.addEventListener("input", () => { byHand = fields.spelling.value !== ""; });

function later() {
  clearTimeout(timer);
  timer = setTimeout(check, WAIT_MS);
}

async function check() {
  const asked = (latest += 1);
  findings.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(form.dataset.check, { method: "POST", body: sent() });
    if (!response.ok) throw new Error(String(response.status));
    const answer = await response.json();
    if (asked !== latest) return;
    findings.innerHTML = answer.html;
    if (!byHand && answer.spelling) fields.spelling.value = answer.spelling;
    showReadings(answer.syllables);
    map?.showPoints(answer.points);
  } catch {
    if (asked === latest) findings.textContent = form.dataset.failed;
  } finally {
    if (asked === latest) findings.removeAttribute("aria-busy");
  }
}

/** The form without the file that may be chosen beside the map: the checks have no use for it. */
function sent() {
  const data = new FormData(form);
  data.delete("file");
  return data;
}

/** One row of readings a character; what was chosen stays chosen as long as the character stands there. */
function showReadings(syllables) {
  const key = JSON.stringify(syllables.map(({ index, characters }) => [index, characters]));
  if (readings.dataset.key === key) return;
  readings.dataset.key = key;
  readings.replaceChildren(
    ...syllables.map(({ index, characters, options, reading }) => {
      const set = document.createElement("fieldset");
      const legend = document.createElement("legend");
      legend.textContent = characters;
      legend.lang = "zh-Hans";
      set.append(legend);
      for (const option of options) {
        const label = document.createElement("label");
        const radio = Object.assign(document.createElement("input"), { type: "radio", name: `reading-${index}`, value: option, checked: option === reading });
        radio.addEventListener("change", () => { byHand = false; later(); });
        label.append(radio, option);
        set.append(label);
      }
      return set;
    }),
  );
}

for (const name of ["act", "kind", "division", "text", "split_mode", "width_m", "measures"]) {
  fields[name].addEventListener("input", later);
}
form.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.ctrlKey) form.requestSubmit();
});

/** What the program says of the place; what a person wrote is left alone. */
async function describe() {
  const asked = (told += 1);
  const drawn = fields.geometry.value;
  let response;
  try {
    response = await (drawn ? fetch(form.dataset.describe, { method: "POST", body: sent() }) : fetch(`${form.dataset.describe}?roads=${fields.roads.value}`));
  } catch {
    return;
  }
  if (!response.ok || asked !== told) return;
  const { extent, course } = await response.json();
  for (const [name, text] of [["extent_text", extent], ["course_text", course]]) {
    const field = fields[name];
    if (field.value && field.value !== field.dataset.proposed) continue;
    field.value = text;
    field.dataset.proposed = text;
  }
}

if ((fields.roads.value || fields.geometry.value) && !fields.extent_text.value && !fields.course_text.value) describe();
if (fields.text.value) later();
map = await CaseMap.make(form, () => {
  describe();
  later();
});
placeBox(map.canvas.map);
