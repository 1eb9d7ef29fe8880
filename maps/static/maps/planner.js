// The planner's map: populated places by reach, facilities, divisions. Table and map select in each other.
import { createMap, readConfig } from "../site/js/map/basemap.js";
import { symbolMarkup } from "../site/js/map/symbols.js";

document.documentElement.classList.add("scripted");

const form = document.querySelector("[data-submit-on-change]");
form?.addEventListener("change", () => form.requestSubmit());

const box = document.getElementById("map");
const status = document.querySelector("[data-map-status]");
const table = document.querySelector("[data-divisions-table]");
const colours = new Map(
  [...document.querySelectorAll("[data-legend] [data-step]")].map((line) => [line.dataset.step, line.dataset.colour]),
);

const read = async (url) => {
  const response = await fetch(url, { headers: { Accept: "application/geo+json" } });
  if (!response.ok) throw new Error(`${response.status} ${url}`);
  return response.json();
};

const placeStyle = (feature, most) => {
  const { people, step } = feature.properties;
  const radius = most ? 2 + 9 * Math.sqrt(people / most) : 4;
  const colour = colours.get(String(step));
  return colour
    ? { radius, color: "#6b5a4a", weight: 1, fillColor: colour, fillOpacity: 0.9 }
    : { radius, color: "#333", weight: 1.5, dashArray: "3 2", fillColor: "#fff", fillOpacity: 0.2 };
};

const divisionStyle = { color: "#5c6668", weight: 1.2, dashArray: "7 3 1.5 3", fillColor: "#0d5a63", fillOpacity: 0 };
const selectedStyle = { color: "#0d5a63", weight: 3, dashArray: null, fillOpacity: 0.08 };

const SYMBOLS_FROM_ZOOM = 13;

const siteIcon = (feature, shapes) => {
  const { shape, glyph } = feature.properties;
  return L.divIcon({ className: "map-point site-mark", html: symbolMarkup(shapes, { shape, glyph }), iconSize: [20, 20] });
};

let selected = null;

const select = (layers, id, { scroll = false, zoom = false } = {}) => {
  if (selected !== null) layers.get(selected)?.setStyle(divisionStyle);
  table?.querySelectorAll('[aria-selected="true"]').forEach((row) => row.removeAttribute("aria-selected"));
  selected = selected === id && !zoom ? null : id;
  if (selected === null) return;
  const layer = layers.get(id);
  layer?.setStyle(selectedStyle).bringToFront();
  const row = table?.querySelector(`[data-division="${id}"]`);
  row?.setAttribute("aria-selected", "true");
  if (scroll) row?.scrollIntoView({ block: "nearest" });
  if (zoom && layer) layer._map.fitBounds(layer.getBounds(), { padding: [20, 20] });
};

const draw = async () => {
  const config = readConfig();
  const map = await createMap(box, config);
  // A shape with a tooltip would be a stop of the tab key: hundreds of them lie before the table, which says the same.
  map.on("layeradd", ({ layer }) => {
    const shape = layer instanceof L.Path ? layer.getElement() : null;
    shape?.setAttribute("tabindex", "-1");
  });
  const [divisions, places, facilities] = await Promise.all(
    ["divisions", "places", "facilities"].map((name) => read(box.dataset[name])),
  );
  const layers = new Map();
  L.geoJSON(divisions, {
    style: divisionStyle,
    onEachFeature: (feature, layer) => {
      layers.set(String(feature.id), layer);
      layer.bindTooltip(`${feature.properties.name} ${feature.properties.percent}`, { sticky: true });
      layer.on("click", () => select(layers, String(feature.id), { scroll: true }));
    },
  }).addTo(map);
  const most = Math.max(0, ...places.features.map((feature) => feature.properties.people));
  // Small circles above large ones, so that none is hidden whole.
  places.features.sort((a, b) => b.properties.people - a.properties.people);
  const people = L.geoJSON(places, {
    pointToLayer: (feature, at) => L.circleMarker(at, placeStyle(feature, most)),
    onEachFeature: (feature, layer) => layer.bindTooltip(feature.properties.label, { className: "map-label" }),
  }).addTo(map);
  const sites = L.geoJSON(facilities, {
    pointToLayer: (feature, at) => L.marker(at, { icon: siteIcon(feature, config.shapes), keyboard: false }),
    onEachFeature: (feature, layer) => layer.bindTooltip(feature.properties.label, { className: "map-label" }),
  }).addTo(map);
  const nearOrFar = () => box.classList.toggle("far-off", map.getZoom() < SYMBOLS_FROM_ZOOM);
  map.on("zoomend", nearOrFar);
  const bounds = L.featureGroup([people, sites]).getBounds();
  if (bounds.isValid()) map.fitBounds(bounds, { padding: [16, 16] });
  nearOrFar();
  table?.querySelectorAll("[data-show]").forEach((button) => {
    if (!layers.has(button.dataset.show)) return;
    button.hidden = false;
    button.addEventListener("click", () => {
      select(layers, button.dataset.show, { zoom: true });
      box.scrollIntoView({ block: "nearest" });
    });
  });
  box.dataset.ready = "true";
};

draw().catch((error) => {
  status.textContent = status.dataset.failed;
  status.classList.add("error");
  throw error;
});
