// The planner's map: people by reach, facilities by status, areas within reach, boundaries, idle buildings. Table and map select in each other.
import { createMap, readConfig } from "../site/js/map/basemap.js";
import { symbolMarkup } from "../site/js/map/symbols.js";

const box = document.getElementById("map");
const status = document.querySelector("[data-map-status]");
const table = document.querySelector("[data-divisions-table]");
const layerChoices = document.querySelector("[data-layers]");
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
  const { shape, glyph, open } = feature.properties;
  return L.divIcon({
    className: `map-point site-mark${open ? "" : " site-closed"}`, html: symbolMarkup(shapes, { shape, glyph, hollow: !open }), iconSize: [20, 20],
  });
};

const scoreIcon = (feature) => {
  const holder = document.createElement("span");
  holder.textContent = Math.round(feature.properties.score);
  return L.divIcon({ className: `score ${feature.properties.passed ? "score-good" : "score-bad"}`, html: holder, iconSize: [30, 20], iconAnchor: [15, -8] });
};

const assetIcon = () =>
  L.divIcon({ className: "idle-mark", html: '<svg viewBox="0 0 20 20" aria-hidden="true"><path class="idle" d="M3 18V8l7-6 7 6v10z"/></svg>', iconSize: [22, 22] });

// What is pressed says more, and leads to its card.
const popupOf = (feature) => {
  const holder = document.createElement("div");
  const words = document.createElement("p");
  words.textContent = feature.properties.label;
  const link = document.createElement("a");
  link.href = feature.properties.url;
  link.textContent = box.dataset.openWords;
  holder.append(words, link);
  return holder;
};

const points = (collection, icon) =>
  L.geoJSON(collection, {
    pointToLayer: (feature, at) => L.marker(at, { icon: icon(feature), keyboard: false }),
    onEachFeature: (feature, layer) => {
      layer.bindTooltip(feature.properties.label, { className: "map-label" });
      if (feature.properties.url) layer.bindPopup(() => popupOf(feature));
    },
  });

/* Selecting: one division at a time, in the table and on the map; the address keeps it. */

let selected = null;

const remember = (name, value) => {
  const address = new URL(window.location.href);
  if (value === null) address.searchParams.delete(name);
  else address.searchParams.set(name, value);
  window.history.replaceState(null, "", address);
};

const select = (layers, id, { scroll = false, zoom = false } = {}) => {
  if (selected !== null) layers.get(selected)?.setStyle(divisionStyle);
  table?.querySelectorAll('[aria-selected="true"]').forEach((row) => row.removeAttribute("aria-selected"));
  selected = selected === id && !zoom ? null : id;
  remember("sel", selected);
  if (selected === null) return;
  const layer = layers.get(id);
  layer?.setStyle(selectedStyle).bringToFront();
  const row = table?.querySelector(`[data-division="${id}"]`);
  row?.setAttribute("aria-selected", "true");
  if (scroll) row?.scrollIntoView({ block: "nearest" });
  if (zoom && layer?._map) layer._map.fitBounds(layer.getBounds(), { padding: [20, 20] });
};

const rowOf = (path) =>
  [...(table?.querySelectorAll("tbody tr[data-path]:not(.whole)") ?? [])].find((row) => path?.startsWith(row.dataset.path));

/* Layers: made when first shown. */

const makers = (map, layers, config) => ({
  async divisions() {
    return L.geoJSON(await read(box.dataset.divisions), {
      style: divisionStyle,
      onEachFeature: (feature, layer) => {
        layers.set(String(feature.id), layer);
        layer.bindTooltip(`${feature.properties.name} ${feature.properties.percent}`, { sticky: true });
        layer.on("click", () => select(layers, String(feature.id), { scroll: true }));
      },
    });
  },
  async places() {
    const places = await read(box.dataset.places);
    const most = Math.max(0, ...places.features.map((feature) => feature.properties.people));
    // Small circles above large ones, so that none is hidden whole.
    places.features.sort((a, b) => b.properties.people - a.properties.people);
    return L.geoJSON(places, {
      pointToLayer: (feature, at) => L.circleMarker(at, placeStyle(feature, most)),
      onEachFeature: (feature, layer) => {
        layer.bindTooltip(feature.properties.label, { className: "map-label" });
        layer.on("click", () => {
          const row = rowOf(feature.properties.path);
          if (row && row.dataset.division !== selected) select(layers, row.dataset.division, { scroll: true });
        });
      },
    });
  },
  async areas() {
    status.textContent = box.dataset.drawing;
    try {
      const areas = await read(box.dataset.areas);
      const limits = [...new Set(areas.features.map((feature) => feature.properties.limit_s))].sort((a, b) => a - b);
      return L.geoJSON(areas, {
        interactive: false,
        style: (feature) => ({ className: `area area-${limits.indexOf(feature.properties.limit_s) + 1}`, weight: 1.5 }),
      });
    } finally {
      status.textContent = "";
    }
  },
  facilities: async () => points(filtered(await facilities(), (one) => one.counted), (feature) => siteIcon(feature, config.shapes)),
  others: async () => points(filtered(await facilities(), (one) => !one.counted), (feature) => siteIcon(feature, config.shapes)),
  scores: async () => points(filtered(await facilities(), (one) => one.score !== null), scoreIcon),
  assets: async () => points(await read(box.dataset.assets), assetIcon),
});

let allFacilities = null;
const facilities = () => (allFacilities ??= read(box.dataset.facilities));
const filtered = (collection, wanted) => ({ ...collection, features: collection.features.filter((one) => wanted(one.properties)) });

const legends = { areas: "area", others: "others", scores: "scores", assets: "assets" };

const draw = async () => {
  const config = readConfig();
  const map = await createMap(box, config);
  // A shape with a tooltip would be a stop of the tab key: hundreds of them lie before the table, which says the same.
  map.on("layeradd", ({ layer }) => {
    const shape = layer instanceof L.Path ? layer.getElement() : null;
    shape?.setAttribute("tabindex", "-1");
  });
  const layers = new Map();
  const make = makers(map, layers, config);
  const made = new Map();
  const order = ["areas", "divisions", "places", "assets", "others", "facilities", "scores"];

  const show = async (key, on) => {
    if (on && !made.has(key)) made.set(key, await make[key]());
    const layer = made.get(key);
    if (on) layer.addTo(map);
    else layer?.remove();
    for (const name of order) if (name !== "areas" && made.has(name) && map.hasLayer(made.get(name))) made.get(name).bringToFront?.();
    const legend = legends[key] && document.querySelector(`[data-${legends[key]}-legend]`);
    if (legend) legend.hidden = !on;
  };

  const boxes = [...layerChoices.querySelectorAll("input")];
  const wanted = order.filter((key) => boxes.find((one) => one.value === key)?.checked);
  // What the table says is drawn first; areas take longer.
  await Promise.all(wanted.filter((key) => key !== "areas").map((key) => show(key, true)));
  if (wanted.includes("areas")) show("areas", true).catch(failed);
  layerChoices.addEventListener("change", ({ target }) => {
    remember("layers", boxes.filter((one) => one.checked).map((one) => one.value).join(","));
    show(target.value, target.checked).catch(failed);
  });

  const nearOrFar = () => box.classList.toggle("far-off", map.getZoom() < SYMBOLS_FROM_ZOOM);
  map.on("zoomend", nearOrFar);
  const bounds = L.featureGroup([...made.values()]).getBounds();
  // Half steps of zoom: a county seldom fits a screen at a whole one.
  map.options.zoomSnap = 0.5;
  if (bounds.isValid()) map.fitBounds(bounds, { padding: [16, 16], animate: false });
  nearOrFar();
  table?.querySelectorAll("[data-show]").forEach((button) => {
    if (!layers.has(button.dataset.show)) return;
    button.hidden = false;
    button.addEventListener("click", () => {
      select(layers, button.dataset.show, { zoom: true });
      box.scrollIntoView({ block: "nearest" });
    });
  });
  const kept = new URL(window.location.href).searchParams.get("sel");
  if (kept && layers.has(kept)) select(layers, kept, { zoom: true });
  box.dataset.ready = "true";
};

const failed = (error) => {
  status.textContent = status.dataset.failed;
  status.classList.add("error");
  throw error;
};

draw().catch(failed);
