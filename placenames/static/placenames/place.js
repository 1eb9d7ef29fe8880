// The map of one place: its road, its boundary, its point, and its name beside it.

import { createMap, readConfig } from "../site/js/map/basemap.js";

const config = readConfig();
const wait = document.getElementById("map-wait");

const isLine = ({ type }) => type === "LineString" || type === "MultiLineString";

/** All positions of a geometry, longitude first. */
function positions(geometry) {
  if (geometry.geometries) return geometry.geometries.flatMap(positions);
  const flatten = (coordinates) => (typeof coordinates[0] === "number" ? [coordinates] : coordinates.flatMap(flatten));
  return flatten(geometry.coordinates);
}

/** The south-west and north-east corners of all features as points: what the map is to show at first. */
function corners(features) {
  const all = features.flatMap(({ geometry }) => positions(geometry));
  const lons = all.map(([lon]) => lon);
  const lats = all.map(([, lat]) => lat);
  const corner = (pick) => ({ geometry: { type: "Point", coordinates: [pick(...lons), pick(...lats)] } });
  return [corner(Math.min), corner(Math.max)];
}

/** Where the name goes: the middle of the longest line, else the point, else the middle of the area. */
function labelPosition(features) {
  const lines = features.filter(({ geometry }) => isLine(geometry)).map(({ geometry }) => positions(geometry));
  if (lines.length) {
    const longest = lines.reduce((best, line) => (line.length > best.length ? line : best));
    return longest[Math.floor(longest.length / 2)];
  }
  return features.find(({ geometry }) => geometry.type === "Point")?.geometry.coordinates;
}

/** On paper the page is laid out anew, and a map cannot be drawn anew in time: it keeps the size that it has on screen. */
function keepSizeInPrint(holder) {
  window.addEventListener("beforeprint", () => {
    holder.style.width = `${holder.offsetWidth}px`;
    holder.style.height = `${holder.offsetHeight}px`;
  });
  window.addEventListener("afterprint", () => {
    holder.style.width = "";
    holder.style.height = "";
  });
}

try {
  const { features } = JSON.parse(document.getElementById("map-shapes").textContent);
  const map = await createMap(document.getElementById("map"), config, corners(features));
  wait.hidden = true;
  // Under each road a white one, so that it stands out from what it crosses.
  L.geoJSON(features.filter(({ geometry }) => isLine(geometry)), {
    interactive: false, style: { className: "place-line-ground", weight: 9 },
  }).addTo(map);
  L.geoJSON(features, {
    interactive: false,
    style: ({ properties, geometry }) =>
      isLine(geometry)
        ? { className: "place-line", weight: 5 }
        : { className: `place-area place-area-${properties.role}`, weight: 2 },
    pointToLayer: (feature, position) =>
      L.marker(position, {
        icon: L.divIcon({ className: "place-point", iconSize: [22, 22] }), interactive: false, keyboard: false,
      }),
  }).addTo(map);
  const label = labelPosition(features);
  if (label) {
    L.tooltip([label[1], label[0]], {
      content: features[0].properties.name, permanent: true, direction: "top", offset: [0, -14], className: "place-label", interactive: false,
    }).addTo(map);
  }
  keepSizeInPrint(map.getContainer().parentElement);
} catch (error) {
  wait.hidden = false;
  wait.textContent = config.words.failed;
  console.error(error);
}
