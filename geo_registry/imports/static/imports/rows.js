// The rows of an import on a map. The table is the primary way to them; those that were placed roughly can be put right here: in a
// preview they are sent with the form that previews again, afterwards each is stored at once.

import { placeBox } from "../search/place-box.js";
import { createMap, readConfig } from "../site/js/map/basemap.js";

const block = document.getElementById("map");
const box = document.getElementById("map-box");
const note = document.getElementById("map-note");
const words = JSON.parse(document.getElementById("import-words").textContent);
const config = readConfig();
const token = () => document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
let map;
let selected;
let unkept = false;
const markers = new Map();

const icon = (properties) =>
  L.divIcon({ className: "", html: `<span class="imports-dot ${properties.placed ? "rough" : properties.outcome}"></span>`, iconSize: [14, 14] });

// A row of a preview has no record yet: where it was put goes along with the form.
function pick(marker, feature) {
  const { lat, lng } = marker.getLatLng();
  const name = `place-${feature.properties.row}`;
  const form = document.getElementById("decide");
  const field = form.elements[name] ?? form.appendChild(Object.assign(document.createElement("input"), { type: "hidden", name }));
  field.value = `${lng.toFixed(7)},${lat.toFixed(7)}`;
  document.getElementById("picked").hidden = false;
  // What is taken in, or sent for approval, is the preview as it stands: without what was moved since.
  document.getElementById("take-in").hidden = true;
  document.getElementById("unkept").hidden = false;
  if (!unkept) window.addEventListener("beforeunload", ask);
  unkept = true;
  note.textContent = words.picked.replace("%(row)s", feature.properties.row);
}

// Another group, another page: the browser asks first.
function ask(event) {
  event.preventDefault();
}

document.getElementById("decide")?.addEventListener("submit", () => window.removeEventListener("beforeunload", ask));

async function save(marker, feature) {
  if (!feature.properties.pk) {
    pick(marker, feature);
    return;
  }
  const { lat, lng } = marker.getLatLng();
  const body = new URLSearchParams({ lon: lng.toFixed(7), lat: lat.toFixed(7), csrfmiddlewaretoken: token() });
  try {
    const answer = await fetch(block.dataset.move.replace("/0/", `/${feature.properties.pk}/`), { method: "POST", body });
    const said = await answer.json();
    note.textContent = said.message ?? said.error ?? words.failed;
    if (!answer.ok) throw new Error(String(answer.status));
    feature.geometry.coordinates = [lng, lat];
    feature.properties.placed = "";
    marker.setIcon(icon(feature.properties));
  } catch {
    const [lon, latitude] = feature.geometry.coordinates;
    marker.setLatLng([latitude, lon]);
    if (!note.textContent) note.textContent = words.failed;
  }
}

function select(row, { reveal = false } = {}) {
  selected?.getElement()?.firstElementChild.classList.remove("selected");
  selected = markers.get(String(row))?.marker;
  if (!selected) return;
  selected.getElement()?.firstElementChild.classList.add("selected");
  if (reveal) map.setView(selected.getLatLng(), Math.max(map.getZoom(), 14), { animate: false });
  for (const line of document.querySelectorAll("#rows [aria-selected]")) line.removeAttribute("aria-selected");
  document.getElementById(`row-${row}`)?.setAttribute("aria-selected", "true");
}

// With the keyboard: arrow keys move a selected marker, Enter puts it there.
function byKeys(marker, feature) {
  const steps = { ArrowLeft: [-8, 0], ArrowRight: [8, 0], ArrowUp: [0, -8], ArrowDown: [0, 8] };
  marker.getElement().addEventListener("keydown", (event) => {
    const step = steps[event.key];
    if (step) {
      event.preventDefault();
      event.stopPropagation();
      marker.setLatLng(map.containerPointToLatLng(map.latLngToContainerPoint(marker.getLatLng()).add(step)));
    } else if (event.key === "Enter") {
      event.preventDefault();
      event.stopPropagation();
      save(marker, feature);
    }
  });
}

async function start() {
  const answer = await fetch(block.dataset.points);
  const collection = await answer.json();
  if (!collection.features.length) {
    note.textContent = words.none;
    block.hidden = true;
    document.querySelector(".imports-legend").hidden = true;
    return;
  }
  map = await createMap(block, config, collection.features);
  placeBox(map);
  for (const feature of collection.features) {
    const [lon, lat] = feature.geometry.coordinates;
    const { row, label, movable } = feature.properties;
    const title = `${words.row.replace("%(row)s", row)} ${label}`;
    const marker = L.marker([lat, lon], { icon: icon(feature.properties), title, alt: title, keyboard: Boolean(movable), draggable: Boolean(movable) }).addTo(map);
    marker.on("click", () => {
      select(row);
      document.getElementById(`row-${row}`)?.scrollIntoView({ block: "nearest" });
      note.textContent = movable ? `${title}: ${words.drag}` : title;
    });
    if (movable) {
      marker.on("dragend", () => save(marker, feature));
      byKeys(marker, feature);
    }
    markers.set(String(row), { marker, feature });
  }
  for (const button of document.querySelectorAll("[data-show]")) {
    button.addEventListener("click", () => {
      box.open = true;
      select(button.dataset.show, { reveal: true });
      block.scrollIntoView({ block: "center" });
    });
  }
}

start().catch(() => {
  note.textContent = config.words.failed;
});
