// A Leaflet map on the registry's own vector tiles, with what a map must always show: scale, date, source, review mark.

import { loadLibraries } from "./libraries.js";
import { BACKGROUND, labelRules, paintRules } from "./style.js";

/** Read the configuration that the page carries as JSON (`{% map_config %}` with `json_script`). */
export function readConfig(id = "map-config") {
  return JSON.parse(document.getElementById(id).textContent);
}

/**
 * Make a map in `element`.
 *
 * @param {HTMLElement} element an empty block with a height
 * @param {object} config what `{% map_config %}` gives
 * @param {object[]} [features] GeoJSON points to show at first, instead of the whole home
 * @returns {Promise<L.Map>} the map
 */
export async function createMap(element, config, features = []) {
  await loadLibraries(config.libraries);
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const map = L.map(element, {
    zoomControl: false, attributionControl: false, minZoom: 4, maxZoom: 18, maxBoundsViscosity: 0.6,
    zoomAnimation: !still, fadeAnimation: !still, markerZoomAnimation: !still, inertia: !still,
  });
  map.addControl(L.control.zoom({ position: "topright", zoomInTitle: config.words.zoomIn, zoomOutTitle: config.words.zoomOut }));
  map.addControl(L.control.attribution({ prefix: false, position: "bottomright" }).addAttribution(attribution(config)));
  map.addControl(scale(config.words));
  const home = config.bounds ? L.latLngBounds(config.bounds) : null;
  const shown = boundsOf(features);
  if (shown.isValid()) map.fitBounds(shown, { padding: [40, 40], maxZoom: 15, animate: false });
  else if (home) map.fitBounds(home, { padding: [8, 8], animate: false });
  else map.setView([36, 104], 4);
  if (home) map.setMaxBounds(home.pad(1));
  protomapsL
    .leafletLayer({
      url: config.tiles,
      maxDataZoom: 15,
      lang: config.language,
      attribution: "",
      paintRules: paintRules().filter((rule) => !config.hidden?.includes(rule.dataLayer)),
      labelRules: labelRules().filter((rule) => !config.hidden?.includes(rule.dataLayer)),
      backgroundColor: BACKGROUND,
    })
    .addTo(map);
  // Large text, a sheet that opens, a phone that is turned: the block changes its size without the window doing so.
  new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(element);
  return map;
}

function boundsOf(features) {
  const bounds = L.latLngBounds([]);
  for (const { geometry } of features) {
    if (geometry?.type === "Point") bounds.extend([geometry.coordinates[1], geometry.coordinates[0]]);
  }
  return bounds;
}

const escapeText = (text) => {
  const holder = document.createElement("span");
  holder.textContent = text;
  return holder.innerHTML;
};

const attribution = (config) => config.attribution.map((text) => `<span>${escapeText(text)}</span>`).join(" · ");

// Leaflet writes "km"; the reader's own words stand here.
function scale(words) {
  const Scale = L.Control.Scale.extend({
    _updateMetric(maxMetres) {
      const metres = this._getRoundNum(maxMetres);
      const label = metres < 1000 ? `${metres} ${words.metres}` : `${metres / 1000} ${words.kilometres}`;
      this._updateScale(this._mScale, label, metres / maxMetres);
    },
  });
  return new Scale({ imperial: false, maxWidth: 120, position: "bottomleft" });
}
