// A case's map: what is to bear the name, and the names that the checks found.

import { createMap, readConfig } from "../site/js/map/basemap.js";

const holder = document.getElementById("map");
if (holder) {
  const { features } = JSON.parse(document.getElementById("case-shapes").textContent);
  const points = JSON.parse(document.getElementById("case-points").textContent);
  const map = await createMap(holder, readConfig());
  const shapes = L.geoJSON(features, {
    interactive: false,
    // A way along roads lets them be seen.
    style: ({ properties }) => ({ color: "#0d5a63", ...(properties?.kind === "way" ? { weight: 4, opacity: 0.75 } : { weight: 5 }) }),
    pointToLayer: (_feature, position) => L.circleMarker(position, { radius: 9, color: "#0d5a63", fillOpacity: 0.6 }),
  }).addTo(map);
  const marks = points.map(({ lon, lat, text, stop }) => {
    if (stop) {
      // The first stops lie above later ones: where they are close, one begins to read at the beginning.
      const icon = L.divIcon({ className: "stop-number", html: String(Number(text)), iconSize: [24, 24] });
      return L.marker([lat, lon], { icon, keyboard: false, interactive: false, zIndexOffset: -100 * Number(text) }).addTo(map);
    }
    const label = document.createElement("span");
    label.textContent = text;
    return L.circleMarker([lat, lon], { radius: 7, color: "#a02226" }).bindTooltip(label, { permanent: true, direction: "top" }).addTo(map);
  });
  const all = L.featureGroup([shapes, ...marks]);
  if (all.getBounds().isValid()) map.fitBounds(all.getBounds(), { padding: [40, 40], maxZoom: 16, animate: false });
}
