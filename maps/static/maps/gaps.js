// A map of a table's rows: in the gap list a circle for each village, as large as its people who are not served; behind a number one
// for each row that it counts or misses. Each selects in the other.
import { createMap, readConfig } from "../site/js/map/basemap.js";
import { dot, keepView, selection } from "./selecting.js";

const box = document.getElementById("map");
const status = document.querySelector("[data-map-status]");
const rows = [...document.querySelectorAll("[data-lists] tr[data-lon]")];

const read = async (url) => {
  const response = await fetch(url, { headers: { Accept: "application/geo+json" } });
  if (!response.ok) throw new Error(`${response.status} ${url}`);
  return response.json();
};

const LACKING = { color: "#fff", weight: 1.5, fillColor: "#8a2f16", fillOpacity: 0.85, dashArray: null };
const UNKNOWN = { color: "#333", weight: 1.5, fillColor: "#fff", fillOpacity: 0.2, dashArray: "3 2" };
const COUNTED = { color: "#0d5a63", weight: 2.5, fillColor: "#fff", fillOpacity: 0.9, dashArray: null };
const MARKED = { lacking: { ...LACKING, radius: 7 }, counted: { ...COUNTED, radius: 6 } };

const sized = (people, most) => ({ ...(people ? LACKING : UNKNOWN), radius: people ? 4 + 14 * Math.sqrt(people / most) : 5 });

const circle = (row, most) => {
  const style = MARKED[row.dataset.mark] ?? sized(Number(row.dataset.people), most);
  const layer = L.circleMarker([row.dataset.lat, row.dataset.lon], style);
  layer.bindTooltip(row.dataset.words, { className: "map-label" });
  return [layer, dot(layer, row.dataset.words, style)];
};

// Boundaries and facilities are only there to read the map by.
const behind = async (map) => {
  if (!box.dataset.divisions) return;
  const [divisions, facilities] = await Promise.all([read(box.dataset.divisions), read(box.dataset.facilities)]);
  L.geoJSON(divisions, { interactive: false, style: { color: "#5c6668", weight: 1.2, dashArray: "7 3 1.5 3", fillOpacity: 0 } }).addTo(map).bringToBack();
  const counted = { ...facilities, features: facilities.features.filter((one) => one.properties.counted) };
  L.geoJSON(counted, {
    pointToLayer: (feature, at) => L.marker(at, { icon: L.divIcon({ className: "gap-mark", iconSize: [9, 9] }), keyboard: false }),
    onEachFeature: (feature, layer) => layer.bindTooltip(feature.properties.label, { className: "map-label" }),
  }).addTo(map);
};

const draw = async () => {
  const map = await createMap(box, readConfig());
  map.on("layeradd", ({ layer }) => {
    // Each circle would be a stop of the tab key before the table, which says the same.
    const shape = layer instanceof L.Path ? layer.getElement() : null;
    shape?.setAttribute("tabindex", "-1");
  });
  map.getRenderer(L.polyline([])).addTo(map)._container.setAttribute("aria-hidden", "true");
  const most = Math.max(1, ...rows.map((row) => Number(row.dataset.people ?? 0)));
  const shapes = new Map();
  const choosing = selection({
    box: document.querySelector("[data-lists]"),
    words: document.querySelector("[data-selected]"),
    find: async (key) => shapes.get(key) ?? null,
  });
  const drawn = L.featureGroup();
  // Small circles above large ones, so that none is hidden whole.
  for (const row of [...rows].sort((a, b) => (b.dataset.people ?? 0) - (a.dataset.people ?? 0))) {
    const [layer, shape] = circle(row, most);
    shapes.set(row.dataset.row, shape);
    layer.on("click", () => choosing.choose(row.dataset.row, { from: "map" }).catch(failed));
    drawn.addLayer(layer);
  }
  drawn.addTo(map);
  const bounds = drawn.getBounds();
  map.options.zoomSnap = 0.25;
  const said = keepView(map, () => bounds.isValid() && map.fitBounds(bounds, { padding: [24, 24], maxZoom: 14, animate: false }));
  await behind(map);
  await choosing.begin({ zoom: !said });
  box.dataset.ready = "true";
};

const failed = (error) => {
  status.textContent = status.dataset.failed;
  status.classList.add("error");
  throw error;
};

draw().catch(failed);
