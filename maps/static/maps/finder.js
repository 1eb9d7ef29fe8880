// The public page with scripts: position, map, and list and map selecting in each other. Without them the list and the forms
// do everything but the map.

import { createMap, readConfig } from "../site/js/map/basemap.js";
import { loadLibraries } from "../site/js/map/libraries.js";
import { showPoints } from "../site/js/map/points.js";

const page = document.querySelector(".finder");
const config = readConfig();
const wide = window.matchMedia("(min-width: 60rem)");
const wait = document.getElementById("map-wait");
const sheet = document.getElementById("map-sheet");
const NEAR = 12;
let points = null;
let starting = null;

/* Position: asked for only when pressed, rounded before it leaves this device. */

const locate = document.getElementById("locate");
const problem = document.getElementById("locate-problem");

function usePosition({ coords }) {
  const address = new URL(window.location.href);
  address.searchParams.set("lat", coords.latitude.toFixed(3));
  address.searchParams.set("lon", coords.longitude.toFixed(3));
  for (const key of ["village", "page", "sel"]) address.searchParams.delete(key);
  window.location.assign(address);
}

if (window.isSecureContext && "geolocation" in navigator) {
  locate.hidden = false;
  locate.addEventListener("click", () => {
    problem.textContent = problem.dataset.waiting;
    navigator.geolocation.getCurrentPosition(
      usePosition,
      () => {
        problem.textContent = problem.dataset.refused;
        document.getElementById("village").focus();
      },
      { timeout: 10000, maximumAge: 300000 },
    );
  });
}

/* Map */

function here() {
  const parameters = new URLSearchParams(window.location.search);
  const lat = Number.parseFloat(parameters.get("lat"));
  const lon = Number.parseFloat(parameters.get("lon"));
  return Number.isFinite(lat) && Number.isFinite(lon) ? [lat, lon] : null;
}

// Where somebody has said where they are, the map starts with what is near; else with everything.
function nearest(features, position) {
  const located = features.filter(({ geometry }) => geometry);
  if (located[0]?.properties.distance_m === undefined) return located;
  const self = position ? [{ geometry: { type: "Point", coordinates: [position[1], position[0]] } }] : [];
  return [...self, ...located.slice(0, NEAR)];
}

async function startMap() {
  const [answer] = await Promise.all([
    fetch(page.querySelector(".finder-map").dataset.points),
    loadLibraries(config.libraries),
  ]);
  if (!answer.ok) throw new Error(`points: ${answer.status}`);
  const collection = await answer.json();
  const position = here();
  const shown = nearest(collection.features, position);
  const map = await createMap(document.getElementById("map"), config, shown);
  wait.hidden = true;
  if (position) L.marker(position, { icon: L.divIcon({ className: "map-here", iconSize: [18, 18] }), keyboard: false, interactive: false }).addTo(map);
  points = showPoints(map, collection, config, (feature) => select(feature.properties.number, { from: "map" }));
  const chosen = new URLSearchParams(window.location.search).get("sel");
  if (chosen) select(chosen, { from: "address" });
}

function ensureMap() {
  if (!starting) wait.textContent = wait.dataset.loading;
  starting ??= startMap().catch((error) => {
    wait.textContent = config.words.failed;
    wait.hidden = false;
    console.error(error);
  });
  return starting;
}

/* Selecting: the same place in list, map and address. */

function select(number, { from }) {
  for (const entry of page.querySelectorAll(".place[data-selected]")) delete entry.dataset.selected;
  const entry = document.getElementById(`place-${number}`);
  if (entry) {
    entry.dataset.selected = "";
    if (from === "map" && wide.matches) entry.scrollIntoView({ block: "nearest" });
  }
  showSheet(number, entry);
  points?.select(number, { reveal: from !== "map" });
  remember({ sel: number });
}

function showSheet(number, entry) {
  const feature = points?.feature(number);
  if (!feature) return;
  const { name, url, kind, opening, status_words: status, division } = feature.properties;
  sheet.replaceChildren();
  const close = document.createElement("button");
  close.type = "button";
  close.className = "map-sheet-close";
  close.textContent = "✕";
  close.setAttribute("aria-label", config.words.close);
  close.addEventListener("click", unselect);
  sheet.append(close);
  if (entry) {
    const copy = document.createElement("div");
    copy.className = "place";
    copy.append(...[...entry.children].map((child) => child.cloneNode(true)));
    for (const button of copy.querySelectorAll("[data-show]")) button.remove();
    sheet.append(copy);
  } else {
    const heading = document.createElement("h3");
    const link = document.createElement("a");
    link.href = url;
    link.textContent = name;
    heading.append(link);
    const facts = document.createElement("p");
    facts.textContent = [kind, division, opening || status].filter(Boolean).join(" · ");
    sheet.append(heading, facts);
  }
  sheet.hidden = false;
}

function unselect() {
  sheet.hidden = true;
  points?.select("");
  for (const entry of page.querySelectorAll(".place[data-selected]")) delete entry.dataset.selected;
  remember({ sel: "" });
}

function remember(changes) {
  const address = new URL(window.location.href);
  for (const [key, value] of Object.entries(changes)) {
    if (value) address.searchParams.set(key, value);
    else address.searchParams.delete(key);
  }
  window.history.replaceState(null, "", address);
}

/* List or map, on a phone */

function show(view) {
  page.classList.toggle("finder-shows-map", view === "map");
  page.classList.toggle("finder-shows-list", view === "list");
  remember({ view: view === "map" ? "map" : "" });
  if (view === "map") {
    window.scrollTo(0, 0);
    return ensureMap();
  }
  document.querySelector(".place[data-selected]")?.scrollIntoView({ block: "center" });
  return null;
}

page.addEventListener("click", async (event) => {
  const view = event.target.closest("[data-view]");
  const shown = event.target.closest("[data-show]");
  if (!view && !shown) return;
  event.preventDefault();
  if (view) {
    await show(view.dataset.view);
    return;
  }
  if (!wide.matches) show("map");
  await ensureMap();
  select(shown.dataset.show, { from: "list" });
});

if (wide.matches || page.classList.contains("finder-shows-map")) ensureMap();
wide.addEventListener("change", () => wide.matches && ensureMap());
