// The form of a case: checks while one types, readings by character, roads chosen on the map or from the list.

import { createMap, readConfig } from "../site/js/map/basemap.js";
import { placeBox } from "../search/place-box.js";
import { between, distance, nearestFraction } from "../drawing/geometry.js";

const form = document.getElementById("case-form");
const fields = form.elements;
const findings = document.getElementById("findings");
const readings = document.getElementById("readings");
const list = document.getElementById("road-list");
const said = document.getElementById("chosen");
const WAIT_MS = 350;
const SNAP_M = 25;
// Farther out a stretch of road cannot be told from the next.
const NEAR_ZOOM = 11;
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_all, name) => values[name] ?? "");

const chosen = new Set((fields.roads.value || "").split(",").filter(Boolean).map(Number));
const known = new Map();
let byHand = Boolean(fields.spelling.value);
let timer = 0;
let latest = 0;
let pointMark = null;
let found = null;

fields.spelling.addEventListener("input", () => { byHand = fields.spelling.value !== ""; });

function later() {
  clearTimeout(timer);
  timer = setTimeout(check, WAIT_MS);
}

async function check() {
  const asked = (latest += 1);
  findings.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(form.dataset.check, { method: "POST", body: new FormData(form) });
    if (!response.ok) throw new Error(String(response.status));
    const answer = await response.json();
    if (asked !== latest) return;
    findings.innerHTML = answer.html;
    if (!byHand && answer.spelling) fields.spelling.value = answer.spelling;
    showReadings(answer.syllables);
    showPoints(answer.points);
  } catch {
    if (asked === latest) findings.textContent = form.dataset.failed;
  } finally {
    if (asked === latest) findings.removeAttribute("aria-busy");
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

function showPoints(points) {
  if (!map) return;
  found?.remove();
  found = L.layerGroup(
    points.map(({ lon, lat, text }) => {
      const label = document.createElement("span");
      label.textContent = text;
      return L.circleMarker([lat, lon], { radius: 7, color: "#a02226" }).bindTooltip(label, { permanent: true, direction: "top" });
    }),
  ).addTo(map);
}

for (const name of ["act", "kind", "division", "text", "split_mode", "width_m", "measures"]) {
  fields[name].addEventListener("input", later);
}
form.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.ctrlKey) form.requestSubmit();
});

// The map: roads are pressed, a point is set; the list does the same for the keyboard.

let map = null;
const drawn = new Map();

function style(id) {
  return chosen.has(id) ? { color: "#0d5a63", weight: 7, opacity: 1 } : { color: "#3d5a80", weight: 5, opacity: 0.45 };
}

function toggle(id, on = !chosen.has(id)) {
  if (on) chosen.add(id);
  else chosen.delete(id);
  fields.roads.value = [...chosen].join(",");
  if (on) clearPoint();
  drawn.get(id)?.setStyle(style(id));
  const box = list.querySelector(`[value="${id}"]`);
  if (box) box.checked = on;
  tell();
  describe();
  later();
}

function clearPoint() {
  fields.geometry.value = "";
  pointMark?.remove();
  pointMark = null;
}

function tell() {
  const metres = [...chosen].reduce((sum, id) => sum + (known.get(id)?.properties.length ?? 0), 0);
  if (chosen.size) said.textContent = fill(form.dataset.chosen, { count: chosen.size, length: metres });
  else said.textContent = fields.geometry.value ? form.dataset.point : form.dataset.nothing;
}

async function describe() {
  const response = await fetch(`${form.dataset.describe}?roads=${fields.roads.value}`);
  if (!response.ok) return;
  const { extent, course } = await response.json();
  for (const [name, text] of [["extent_text", extent], ["course_text", course]]) {
    const field = fields[name];
    // What a person wrote is left alone.
    if (field.value && field.value !== field.dataset.proposed) continue;
    field.value = text;
    field.dataset.proposed = text;
  }
}

function setPoint(latlng) {
  for (const id of [...chosen]) toggle(id, false);
  const pressed = [latlng.lng, latlng.lat];
  const spot = map.latLngToLayerPoint(latlng);
  const onScreen = ([lon, lat]) => map.latLngToLayerPoint([lat, lon]);
  let place = pressed;
  let nearest = SNAP_M;
  for (const { geometry } of known.values()) {
    const points = geometry.coordinates;
    for (let i = 1; i < points.length; i += 1) {
      const at = nearestFraction(spot, onScreen(points[i - 1]), onScreen(points[i]));
      const on = between(points[i - 1], points[i], at);
      const metres = distance(pressed, on);
      if (metres < nearest) [nearest, place] = [metres, on];
    }
  }
  fields.geometry.value = JSON.stringify({ type: "Point", coordinates: place.map((n) => Number(n.toFixed(7))) });
  pointMark?.remove();
  pointMark = L.circleMarker([place[1], place[0]], { radius: 9, color: "#0d5a63", fillOpacity: 0.6 }).addTo(map);
  tell();
  later();
}

async function load() {
  if (map.getZoom() < NEAR_ZOOM) return;
  const bounds = map.getBounds();
  const bbox = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()].map((n) => n.toFixed(6)).join(",");
  const response = await fetch(`${form.dataset.roads}?bbox=${bbox}`);
  if (!response.ok) return;
  const { features } = await response.json();
  add(features);
}

/** Draw roads that are not drawn yet, and list those of the view and those that are chosen. */
function add(features) {
  for (const feature of features) {
    const { id } = feature.properties;
    if (known.has(id)) continue;
    known.set(id, feature);
    const line = L.geoJSON(feature, { style: style(id), bubblingMouseEvents: false }).addTo(map);
    line.on("click", (event) => {
      if (fields.tool.value === "roads") toggle(id);
      else setPoint(event.latlng);
    });
    const label = document.createElement("span");
    label.textContent = feature.properties.name || form.dataset.unnamed;
    line.bindTooltip(label, { sticky: true });
    drawn.set(id, line);
  }
  const shown = new Set(features.map(({ properties }) => properties.id));
  listRoads([...known.values()].filter(({ properties }) => shown.has(properties.id) || chosen.has(properties.id)));
  tell();
}

function listRoads(features) {
  list.replaceChildren(
    ...features.map(({ properties }) => {
      const item = document.createElement("li");
      const label = document.createElement("label");
      const box = Object.assign(document.createElement("input"), { type: "checkbox", value: properties.id, checked: chosen.has(properties.id) });
      // Not a field of the form: the hidden one tells which are chosen.
      box.addEventListener("change", () => toggle(properties.id, box.checked));
      label.append(box, `${properties.name || form.dataset.unnamed} · ${properties.class} · ${properties.length} m`);
      item.append(label);
      return item;
    }),
  );
}

document.getElementById("clear").addEventListener("click", () => {
  for (const id of [...chosen]) toggle(id, false);
  clearPoint();
  tell();
});

tell();
if (chosen.size && !fields.extent_text.value && !fields.course_text.value) describe();
if (fields.text.value) later();
map = await createMap(document.getElementById("map"), readConfig());
placeBox(map);
if (fields.geometry.value) {
  const shape = L.geoJSON(JSON.parse(fields.geometry.value), {
    pointToLayer: (_feature, position) => (pointMark = L.circleMarker(position, { radius: 9, color: "#0d5a63", fillOpacity: 0.6 })),
  }).addTo(map);
  map.fitBounds(shape.getBounds(), { maxZoom: 16, animate: false });
} else if (chosen.size) {
  const response = await fetch(`${form.dataset.roads}?ids=${[...chosen].join(",")}`);
  if (response.ok) {
    const collection = await response.json();
    add(collection.features);
    const own = L.geoJSON(collection);
    if (own.getBounds().isValid()) map.fitBounds(own.getBounds(), { maxZoom: 16, padding: [40, 40], animate: false });
  }
}
map.on("moveend", load);
map.on("click", (event) => { if (fields.tool.value === "point") setPoint(event.latlng); });
await load();
