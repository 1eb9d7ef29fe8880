// The planner's map: people by reach, facilities by status, areas within reach, boundaries, idle buildings. Table and map select in each other.
import { createMap, readConfig } from "../site/js/map/basemap.js";
import { symbolMarkup } from "../site/js/map/symbols.js";
import { dot, keepView, outline, remember, selection, sign } from "./selecting.js";

const box = document.getElementById("map");
const status = document.querySelector("[data-map-status]");
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

const points = (collection, icon, each = () => {}) =>
  L.geoJSON(collection, {
    pointToLayer: (feature, at) => L.marker(at, { icon: icon(feature), keyboard: false }),
    onEachFeature: (feature, layer) => {
      layer.bindTooltip(feature.properties.label, { className: "map-label" });
      if (feature.properties.url) layer.bindPopup(() => popupOf(feature));
      each(feature, layer);
    },
  });

/* Layers: made when first shown. */

const makers = (shapes, config, pressed) => {
  const keep = (key, on, shape, layer) => {
    shapes.set(key, { ...shape, on });
    layer.on("click", () => pressed(key));
  };
  const facility = (on) => (feature, layer) => keep(`f${feature.id}`, on, sign(layer, feature.properties.label), layer);
  return {
  async divisions() {
    return L.geoJSON(await read(box.dataset.divisions), {
      style: divisionStyle,
      onEachFeature: (feature, layer) => {
        const label = `${feature.properties.name} ${feature.properties.percent}`;
        keep(String(feature.id), "divisions", outline(layer, label, divisionStyle), layer);
        layer.bindTooltip(label, { sticky: true });
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
        keep(`p${feature.id}`, "places", dot(layer, feature.properties.label, placeStyle(feature, most)), layer);
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
  facilities: async () => points(filtered(await facilities(), (one) => one.counted), (feature) => siteIcon(feature, config.shapes), facility("facilities")),
  others: async () => points(filtered(await facilities(), (one) => !one.counted), (feature) => siteIcon(feature, config.shapes), facility("others")),
  scores: async () => points(filtered(await facilities(), (one) => one.score !== null), scoreIcon),
  assets: async () => points(await read(box.dataset.assets), assetIcon),
  };
};

let allFacilities = null;
const facilities = () => (allFacilities ??= read(box.dataset.facilities));
const filtered = (collection, wanted) => ({ ...collection, features: collection.features.filter((one) => wanted(one.properties)) });

const layersOf = (key, row) => {
  if (key.startsWith("p")) return ["places"];
  if (key.startsWith("f")) return row?.dataset.layer === "others" ? ["others"] : ["facilities", "others"];
  return ["divisions"];
};

const legends = { areas: "area", others: "others", scores: "scores", assets: "assets" };

const draw = async () => {
  const config = readConfig();
  const map = await createMap(box, config);
  // A shape with a tooltip would be a stop of the tab key: hundreds of them lie before the table, which says the same.
  map.on("layeradd", ({ layer }) => {
    const shape = layer instanceof L.Path ? layer.getElement() : null;
    shape?.setAttribute("tabindex", "-1");
  });
  map.getRenderer(L.polyline([])).addTo(map)._container.setAttribute("aria-hidden", "true");
  const shapes = new Map();
  const boxes = [...layerChoices.querySelectorAll("input")];
  const choosing = selection({
    box: document.querySelector("[data-lists]"),
    words: document.querySelector("[data-selected]"),
    // What is on a layer that is not shown is shown for it.
    find: async (key, row) => {
      for (const name of layersOf(key, row)) {
        const choice = boxes.find((one) => one.value === name);
        if (!made.has(name)) await show(name, true);
        const found = shapes.get(key);
        if (found?.on !== name) {
          if (!choice.checked) await show(name, false);
          continue;
        }
        if (!choice.checked) {
          choice.checked = true;
          await show(name, true);
          noteLayers();
        }
        return found;
      }
      return null;
    },
  });
  const make = makers(shapes, config, (key) => choosing.choose(key, { from: "map" }).catch(failed));
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

  const noteLayers = () => remember("layers", boxes.filter((one) => one.checked).map((one) => one.value).join(","));
  const wanted = order.filter((key) => boxes.find((one) => one.value === key)?.checked);
  // What the table says is drawn first; areas take longer.
  await Promise.all(wanted.filter((key) => key !== "areas").map((key) => show(key, true)));
  if (wanted.includes("areas")) show("areas", true).catch(failed);
  layerChoices.addEventListener("change", ({ target }) => {
    noteLayers();
    show(target.value, target.checked).catch(failed);
  });

  const nearOrFar = () => box.classList.toggle("far-off", map.getZoom() < SYMBOLS_FROM_ZOOM);
  map.on("zoomend", nearOrFar);
  const bounds = L.featureGroup([...made.values()]).getBounds();
  // Quarter steps of zoom: a county seldom fits a screen at a whole one.
  map.options.zoomSnap = 0.25;
  const said = keepView(map, () => bounds.isValid() && map.fitBounds(bounds, { padding: [16, 16], animate: false }));
  nearOrFar();
  await choosing.begin({ zoom: !said });
  box.dataset.ready = "true";
};

const failed = (error) => {
  status.textContent = status.dataset.failed;
  status.classList.add("error");
  throw error;
};

draw().catch(failed);
