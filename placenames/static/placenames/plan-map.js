// The map of a plan: the roads that were planned, and each site where a sign must stand with what became of it. The symbols are those of
// the legend below it; each says itself in words when it is pressed.

import { createMap, readConfig } from "../site/js/map/basemap.js";

const holder = document.getElementById("map");
const { lines, sites } = JSON.parse(document.getElementById("plan-shapes").textContent);
const map = await createMap(holder, readConfig());
const symbols = new Map(
  [...document.querySelectorAll(".plan-legend [data-state]")].map((row) => [row.dataset.state, row.querySelector("svg").outerHTML]),
);

function words({ name, words: said, number, url }) {
  const box = document.createElement("div");
  const title = Object.assign(document.createElement(url ? "a" : "strong"), { textContent: name, lang: "zh-Hans" });
  if (url) title.href = url;
  box.append(title, document.createElement("br"), [said, number].filter(Boolean).join(" · "));
  return box;
}

const roads = lines.map((line) => L.polyline(line.map(([lon, lat]) => [lat, lon]), { color: "#0d5a63", weight: 3, opacity: 0.7, interactive: false }));
// Many close ones are smaller: the streets between them must be seen.
const size = sites.length > 200 ? 12 : 20;
const marks = sites.map((site) =>
  // What is to be done lies above what is done.
  L.marker([site.lat, site.lon], {
    icon: L.divIcon({ className: "plan-mark", html: symbols.get(site.state), iconSize: [size, size] }),
    title: `${site.name} · ${site.words}`,
    alt: `${site.name} · ${site.words}`,
    keyboard: sites.length <= 60,
    zIndexOffset: site.state === "served" ? 0 : 1000,
  }).bindPopup(() => words(site)),
);
L.featureGroup([...roads, ...marks]).addTo(map);
// A road may lead far out of what was asked for: the sites tell where to look.
const all = L.featureGroup(marks.length ? marks : roads);
if (all.getBounds().isValid()) map.fitBounds(all.getBounds(), { padding: [30, 30], maxZoom: 17, animate: false });
holder.dataset.ready = "yes";
