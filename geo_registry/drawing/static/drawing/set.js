// One edit set on the map: before and after of each change.

import { createMap, readConfig } from "../site/js/map/basemap.js";
import { boundsOf } from "./geometry.js";

const STYLES = {
  before: { color: "#a02226", weight: 4, opacity: 0.8, dashArray: "8 6", fillOpacity: 0.04 },
  after: { color: "#0d5a63", weight: 4, opacity: 1, fillOpacity: 0.1 },
  companion: { color: "#805200", weight: 3, opacity: 0.9, dashArray: "10 5", fillOpacity: 0.04 },
};

const changes = JSON.parse(document.getElementById("draw-shapes").textContent);
const element = document.getElementById("map");

const fit = (map, some) => {
  const box = boundsOf(some.flatMap(({ before, after }) => [before, after]).filter(Boolean));
  if (box) map.fitBounds([[box[1], box[0]], [box[3], box[2]]], { padding: [40, 40], maxZoom: 17 });
};

try {
  const map = await createMap(element, readConfig());
  const point = (style) => (_feature, latlng) => L.circleMarker(latlng, { ...style, radius: 8 });
  for (const { before, after, companion } of changes) {
    if (JSON.stringify(before) === JSON.stringify(after)) continue;
    if (before) L.geoJSON(before, { style: STYLES.before, pointToLayer: point(STYLES.before), interactive: false }).addTo(map);
    const style = companion ? STYLES.companion : STYLES.after;
    if (after) L.geoJSON(after, { style, pointToLayer: point(style), interactive: false }).addTo(map);
  }
  fit(map, changes);
  let mark = null;
  for (const button of document.querySelectorAll("[data-place]")) {
    button.addEventListener("click", () => {
      const [lon, lat] = button.dataset.place.split(",").map(Number);
      mark?.remove();
      mark = L.circleMarker([lat, lon], { ...STYLES.before, dashArray: null, radius: 10, interactive: false }).addTo(map);
      // What was drawn stays in view: how far the other name is away is what one looks for.
      const box = boundsOf(changes.flatMap(({ before, after }) => [before, after]).filter(Boolean));
      map.fitBounds(L.latLngBounds([[box[1], box[0]], [box[3], box[2]]]).extend([lat, lon]), { padding: [40, 40], maxZoom: 17 });
    });
  }
  for (const button of document.querySelectorAll("[data-show]")) {
    button.addEventListener("click", () => fit(map, changes.filter(({ number }) => String(number) === button.dataset.show)));
  }
} catch {
  element.textContent = readConfig().words.failed;
}
