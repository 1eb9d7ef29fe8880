// A composed map on the registry's base map: coloured divisions, dots, facilities; the steps of a story show parts of it.

import { createMap } from "../site/js/map/basemap.js";
import { showPoints } from "../site/js/map/points.js";

const HATCH = "composed-hatch";
const LINE = { 3: { color: "#8d7f92", weight: 2, dashArray: "12 4 2 4" }, 4: { color: "#a79dab", weight: 1.2, dashArray: "8 3 2 3" } };

/** Four numbers (west, south, east, north) as Leaflet wants them. */
export const boundsOf = ([west, south, east, north]) => [
  [south, west],
  [north, east],
];

/** Make the map: its base without what the map leaves out, on the part that it is about. */
export async function startMap(element, config, drawn) {
  const bounds = drawn.extent ? boundsOf(drawn.extent) : config.bounds;
  const map = await createMap(element, { ...config, hidden: drawn.hidden, bounds: bounds ?? config.bounds });
  // A reader may look at what lies around, and a step of a story may lie there.
  map.setMaxBounds(config.bounds ? L.latLngBounds(config.bounds).pad(1) : null);
  return map;
}

/** Put the layers of `drawn` on the map; what an earlier call put there is taken away. */
export class Layers {
  constructor(map, config) {
    Object.assign(this, { map, config, groups: new Map(), base: null });
    addHatch(map);
  }

  draw(drawn) {
    for (const group of this.groups.values()) group.remove();
    this.groups.clear();
    this.groups.set("coverage", L.layerGroup());
    this.groups.set("divisions", L.layerGroup());
    this.groups.set("places", L.layerGroup());
    for (const feature of drawn.divisions) this.division(feature);
    for (const dot of drawn.dots) this.dot(dot);
    for (const group of this.groups.values()) group.addTo(this.map);
    this.groups.set("facilities", this.facilities(drawn));
    return this;
  }

  /** Show just these layers. */
  show(names) {
    for (const [name, group] of this.groups) {
      if (names.includes(name)) group.addTo(this.map);
      else group.remove();
    }
  }

  division({ geometry, properties }) {
    const line = LINE[properties.level] ?? { color: "#c3bcc4", weight: 1, dashArray: "2 4" };
    L.geoJSON(geometry, { style: { ...line, fill: false }, interactive: false }).addTo(this.groups.get("divisions"));
    if (!properties.has_figure) return;
    const { words, language } = this.config;
    const fill = properties.fill ?? `url(#${HATCH})`;
    const share =
      properties.fill === null || properties.share === null
        ? words.hidden
        : words.share.replace("%(share)s", new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 }).format(properties.share));
    const area = L.geoJSON(geometry, { style: { stroke: false, fillColor: fill, fillOpacity: properties.fill ? 0.72 : 0.9 } });
    area.bindTooltip(textOf(`${properties.name}: ${share}`), { sticky: true });
    area.addTo(this.groups.get("coverage"));
  }

  dot({ layer, name, at, colour }) {
    const style = colour
      ? { radius: 5, color: "#6b5a4a", weight: 1, fillColor: colour, fillOpacity: 0.95 }
      : { radius: 5, color: "#333333", weight: 1.5, dashArray: "2 2", fillColor: "#ffffff", fillOpacity: 0.8 };
    L.circleMarker(at, style).bindTooltip(textOf(name)).addTo(this.groups.get(layer));
  }

  facilities(drawn) {
    const points = showPoints(this.map, drawn.facilities, this.config, (feature) => {
      const [lon, lat] = feature.geometry.coordinates;
      points.select(feature.properties.number);
      L.popup({ closeButton: true }).setLatLng([lat, lon]).setContent(card(feature.properties)).openOn(this.map);
    });
    return points.groups;
  }
}

const textOf = (text) => {
  const holder = document.createElement("span");
  holder.textContent = text;
  return holder;
};

function card({ name, kind, url, phone }) {
  const holder = document.createElement("div");
  const link = document.createElement("a");
  link.href = url;
  link.textContent = name;
  holder.append(link, document.createElement("br"), kind);
  if (phone) {
    const call = document.createElement("a");
    call.href = `tel:${phone}`;
    call.textContent = phone;
    holder.append(document.createElement("br"), call);
  }
  return holder;
}

// What is not published is hatched, and never a shade.
function addHatch(map) {
  const renderer = L.svg().addTo(map);
  const svg = renderer._container;
  const space = "http://www.w3.org/2000/svg";
  const pattern = document.createElementNS(space, "pattern");
  for (const [name, value] of Object.entries({ id: HATCH, width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" })) {
    pattern.setAttribute(name, value);
  }
  const ground = document.createElementNS(space, "rect");
  for (const [name, value] of Object.entries({ width: 7, height: 7, fill: "#ffffff" })) ground.setAttribute(name, value);
  const stripe = document.createElementNS(space, "rect");
  for (const [name, value] of Object.entries({ width: 1, height: 7, fill: "#6b6b6b" })) stripe.setAttribute(name, value);
  pattern.append(ground, stripe);
  const definitions = document.createElementNS(space, "defs");
  definitions.append(pattern);
  svg.prepend(definitions);
}
