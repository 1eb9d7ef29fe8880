// The place of a report: pressed on the map, or where the reporter stands. Without scripts it is described in words.

import { placeBox } from "../search/place-box.js";
import { createMap, readConfig } from "../site/js/map/basemap.js";

const config = readConfig();
const subject = JSON.parse(document.getElementById("subject-point").textContent);
const said = document.getElementById("where-said");
const pick = document.getElementById("pick");
const here = document.getElementById("here");
const none = document.getElementById("no-point");
const area = document.getElementById("pick-area");
const wait = document.getElementById("map-wait");
const [lat, lon] = ["id_lat", "id_lon"].map((id) => document.getElementById(id));
let map = null;
let marker = null;

function chosen() {
  return lat.value !== "" && lon.value !== "" ? [Number(lat.value), Number(lon.value)] : null;
}

function draw() {
  const place = chosen();
  none.hidden = !place;
  said.textContent = place ? said.dataset.chosen : "";
  marker?.remove();
  marker = null;
  if (place && map) {
    marker = L.marker(place, { icon: L.divIcon({ className: "map-here", iconSize: [18, 18] }), keyboard: false, interactive: false }).addTo(map);
  }
}

function choose(position) {
  lat.value = position.lat.toFixed(5);
  lon.value = position.lng.toFixed(5);
  draw();
}

async function startMap() {
  const place = chosen();
  const point = place ? { lat: place[0], lon: place[1] } : subject;
  const features = point ? [{ geometry: { type: "Point", coordinates: [point.lon, point.lat] } }] : [];
  map = await createMap(document.getElementById("map"), config, features);
  placeBox(map);
  wait.hidden = true;
  map.on("click", ({ latlng }) => choose(latlng));
  map.getContainer().addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target !== map.getContainer()) return;
    event.preventDefault();
    choose(map.getCenter());
  });
  draw();
}

document.getElementById("where").hidden = false;
pick.addEventListener("click", async () => {
  area.hidden = !area.hidden;
  pick.setAttribute("aria-expanded", String(!area.hidden));
  if (area.hidden || map) return;
  try {
    await startMap();
    map.getContainer().focus({ preventScroll: true });
  } catch (error) {
    wait.textContent = config.words.failed;
    console.error(error);
  }
});

if (window.isSecureContext && "geolocation" in navigator) {
  here.hidden = false;
  here.addEventListener("click", () => {
    said.textContent = said.dataset.waiting;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => choose({ lat: coords.latitude, lng: coords.longitude }),
      () => {
        said.textContent = said.dataset.refused;
      },
      { timeout: 10000, maximumAge: 60000, enableHighAccuracy: true },
    );
  });
}

none.addEventListener("click", () => {
  lat.value = "";
  lon.value = "";
  draw();
  pick.focus();
});

draw();
