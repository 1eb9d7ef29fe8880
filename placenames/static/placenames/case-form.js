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
// The division that what is chosen or drawn lies in, as the server has told.
let lying = null;
const said = document.getElementById("division-said");

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
    if (response.redirected) {
      if (asked === latest) findings.textContent = form.dataset.signedOut;
      return;
    }
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

/** Take away readings that were chosen for characters which stand there no more: they are none of the new ones. */
function forgetReadings() {
  const text = fields.text.value.replaceAll(" ", "");
  for (const choice of [...readings.children]) {
    const { index, characters } = choice.dataset;
    if (characters && text.slice(Number(index), Number(index) + characters.length) !== characters) {
      choice.remove();
      delete readings.dataset.key;
    }
  }
}

/** One row of readings a character; what was chosen stays chosen as long as the character stands there. */
function showReadings(syllables) {
  const key = JSON.stringify(syllables.map(({ index, characters }) => [index, characters]));
  if (readings.dataset.key === key) return;
  readings.dataset.key = key;
  readings.replaceChildren(
    ...syllables.map(({ index, characters, options, reading }) => {
      const set = document.createElement("fieldset");
      Object.assign(set.dataset, { index, characters });
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

fields.text.addEventListener("input", forgetReadings);
for (const name of ["act", "kind", "division", "text", "split_mode", "width_m", "measures"]) {
  fields[name]?.addEventListener("input", later);
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
  if (!response.ok || response.redirected || asked !== told) return;
  const { extent, course, division } = await response.json();
  lying = division;
  // Whoever begins on the map need not look for the division in the list.
  if (division && !fields.division.value) {
    fields.division.value = String(division.pk);
    later();
  }
  tellDivision();
  for (const [name, text] of [["extent_text", extent], ["course_text", course]]) {
    const field = fields[name];
    if (field.value && field.value !== field.dataset.proposed) continue;
    field.value = text;
    field.dataset.proposed = text;
  }
}

/** Where what is chosen lies in another division than the form says, say so; it is for the person which of them is right. */
function tellDivision() {
  const chosen = fields.division.value;
  said.replaceChildren();
  if (!lying || !chosen || lying.within.map(String).includes(chosen)) return;
  const take = Object.assign(document.createElement("button"), { type: "button", className: "button-link", textContent: form.dataset.takeDivision });
  take.addEventListener("click", () => {
    fields.division.value = String(lying.pk);
    tellDivision();
    later();
    fields.division.focus();
  });
  said.append(form.dataset.lies.replace("{name}", lying.name), " ", take);
}

/** A name that is retired has no new name to be written, spelled or explained. */
function showFields() {
  for (const part of form.querySelectorAll("[data-new-name]")) part.hidden = fields.act.value === "retiring";
}

fields.act.addEventListener("input", showFields);
showFields();
fields.division.addEventListener("change", tellDivision);
if (fields.roads.value || fields.geometry.value) describe();
if (fields.text.value || fields.act.value === "retiring") later();
map = await CaseMap.make(form, () => {
  describe();
  later();
});
placeBox(map.canvas.map);
