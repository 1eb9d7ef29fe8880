// The editor of a map: what is entered is drawn at once, kept in this browser until it is saved, and steps of a story are added.

import { readConfig } from "../site/js/map/basemap.js";
import { Layers, startMap } from "./composed.js";

const form = document.getElementById("compose");
const config = readConfig();
const runs = JSON.parse(document.getElementById("compose-runs").textContent);
const said = document.getElementById("preview-said");
const wait = document.getElementById("map-wait");
const WAIT_MS = 350;

/* Preview */

let map = null;
let layers = null;
let hidden = "";
let asked = 0;

async function preview() {
  const own = (asked += 1);
  const entered = new FormData(form);
  for (const name of [...entered.keys()]) if (name.startsWith("step-")) entered.delete(name);
  const answer = await fetch(form.dataset.preview, { method: "POST", body: entered, headers: { Accept: "application/json" } });
  if (own !== asked) return;
  const told = await answer.json();
  if (told.errors) {
    said.textContent = Object.values(told.errors).flat().join(" ");
    return;
  }
  said.textContent = told.problem;
  document.getElementById("preview-legend").innerHTML = told.legend;
  document.getElementById("preview-tables").innerHTML = told.tables;
  document.getElementById("preview-data").textContent = told.data;
  await draw(told.map);
}

// Another base needs another map; where one looks stays.
async function draw(drawn) {
  const base = JSON.stringify(drawn.hidden);
  const seen = map?.getBounds();
  if (map && base !== hidden) {
    map.remove();
    map = null;
  }
  if (!map) {
    hidden = base;
    map = await startMap(document.getElementById("map"), config, drawn);
    layers = new Layers(map, config);
    if (seen) map.fitBounds(seen, { animate: false });
    wait.hidden = true;
  }
  layers.draw(drawn);
}

let timer = 0;
function later() {
  window.clearTimeout(timer);
  timer = window.setTimeout(() => {
    preview().catch((error) => {
      said.textContent = config.words.previewFailed;
      console.error(error);
    });
  }, WAIT_MS);
}

/* What a run has: other limits, groups and sets cannot be chosen. */

function offer() {
  const run = runs[form.elements.run.value];
  for (const [name, key] of [["set_key", "sets"], ["limit", "limits"], ["group", "groups"]]) {
    const select = form.elements[name];
    const there = new Set((run?.[key] ?? []).map(([value]) => value));
    for (const option of select.options) option.disabled = Boolean(run) && !there.has(option.value);
    if (run && !there.has(select.value)) select.value = run[key][0][0];
  }
}

/* The part of the map */

const seenExtent = () => {
  const bounds = map.getBounds();
  return [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()].map((one) => one.toFixed(4)).join(", ");
};

const take = document.getElementById("extent-take");
take.hidden = false;
take.addEventListener("click", () => {
  if (!map) return;
  form.elements.extent.value = seenExtent();
  keep();
});
const whole = document.getElementById("extent-of");
whole.hidden = false;
whole.addEventListener("change", () => {
  form.elements.extent.value = whole.value;
  const [west, south, east, north] = whole.value.split(",").map(Number);
  if (map && Number.isFinite(north)) map.fitBounds([[south, west], [north, east]], { animate: false });
  keep();
});

/* Steps of a story */

const steps = document.getElementById("story-steps");
const total = form.elements["step-TOTAL_FORMS"];

function ready(step) {
  const button = step.querySelector("[data-take-extent]");
  if (button) button.hidden = false;
}

document.getElementById("story-add").addEventListener("click", (event) => {
  event.preventDefault();
  const number = Number(total.value);
  const holder = document.createElement("div");
  holder.innerHTML = document.getElementById("story-empty").innerHTML.replaceAll("__prefix__", number).replaceAll("__number__", number + 1);
  const step = holder.firstElementChild;
  steps.append(step);
  total.value = number + 1;
  const order = step.querySelector('[name$="-ORDER"]');
  if (order) order.value = number + 1;
  ready(step);
  step.querySelector("input:not([type=hidden])").focus();
});

steps.addEventListener("click", (event) => {
  const button = event.target.closest("[data-take-extent]");
  if (!button || !map) return;
  button.closest("[data-step]").querySelector('[name$="-extent"]').value = seenExtent();
  keep();
});
steps.querySelectorAll("[data-step]").forEach(ready);

/* Nothing typed is lost: it is kept in this browser until the draft is saved. Files are not. */

const key = form.dataset.kept;
const note = document.getElementById("compose-kept");

function keep() {
  const entered = [...new FormData(form)].filter(([name, value]) => typeof value === "string" && name !== "csrfmiddlewaretoken" && !name.startsWith("step-"));
  try {
    localStorage.setItem(key, JSON.stringify(entered));
  } catch {
    // Nothing is kept where nothing may be kept.
  }
}

function bringBack() {
  let kept = null;
  try {
    kept = JSON.parse(localStorage.getItem(key) ?? "null");
  } catch {
    return;
  }
  if (!kept) return;
  const values = new Map();
  for (const [name, value] of kept) values.set(name, [...(values.get(name) ?? []), value]);
  for (const field of form.elements) {
    if (!field.name || field.type === "hidden" || field.type === "file" || field.type === "submit" || field.name.startsWith("step-")) continue;
    const there = values.get(field.name) ?? [];
    if (field.type === "checkbox" || field.type === "radio") field.checked = there.includes(field.value);
    else field.value = there[0] ?? "";
  }
  note.hidden = false;
}

document.getElementById("compose-forget").addEventListener("click", () => {
  localStorage.removeItem(key);
  window.location.reload();
});
form.addEventListener("submit", () => {
  try {
    localStorage.removeItem(key);
  } catch {
    // As above.
  }
});

form.addEventListener("input", (event) => {
  keep();
  if (!event.target.name?.startsWith("step-")) later();
});
form.addEventListener("change", (event) => {
  if (event.target.name === "run") offer();
  keep();
  if (!event.target.name?.startsWith("step-")) later();
});

if (!form.querySelector(".errorlist")) bringBack();
offer();
later();
