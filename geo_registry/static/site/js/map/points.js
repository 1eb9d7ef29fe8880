// Facilities on a map: grouped by count when close, the selected one found at once. The list is the primary way to them, so
// neither points nor groups take part in the order of the tab key.

import { symbolMarkup } from "./symbols.js";

/**
 * Show GeoJSON points.
 *
 * @param {L.Map} map
 * @param {object} collection features with `number`, `name`, `shape`, `glyph`, `in_operation`
 * @param {object} config what `{% map_config %}` gives
 * @param {(feature: object) => void} onSelect called when somebody presses a point
 */
export function showPoints(map, collection, config, onSelect) {
  L.MarkerCluster.prototype.options.keyboard = false;
  const markers = new Map();
  const groups = L.markerClusterGroup({
    // From afar the names of towns need the room more than each point does.
    maxClusterRadius: (zoom) => (zoom < 11 ? 60 : zoom < 13 ? 46 : 34),
    showCoverageOnHover: false,
    spiderfyDistanceMultiplier: 1.6,
    disableClusteringAtZoom: 17,
    animate: !window.matchMedia("(prefers-reduced-motion: reduce)").matches,
    iconCreateFunction: (group) => groupIcon(group.getChildCount(), config.words),
  });
  for (const feature of collection.features) {
    if (!feature.geometry) continue;
    const [lon, lat] = feature.geometry.coordinates;
    const marker = L.marker([lat, lon], { icon: pointIcon(feature, config.shapes), keyboard: false, riseOnHover: true, title: feature.properties.name });
    marker.on("click", () => onSelect(feature));
    markers.set(feature.properties.number, { marker, feature });
    groups.addLayer(marker);
  }
  map.addLayer(groups);
  return new Points(map, groups, markers);
}

class Points {
  constructor(map, groups, markers) {
    Object.assign(this, { map, groups, markers, selected: null, halo: null });
  }

  get size() {
    return this.markers.size;
  }

  feature(number) {
    return this.markers.get(number)?.feature;
  }

  /** Mark one point, and bring it into view if `reveal`. */
  select(number, { reveal = false } = {}) {
    this.halo?.remove();
    this.halo = null;
    this.selected = number;
    const found = this.markers.get(number);
    if (!found) return;
    const mark = () => {
      this.halo?.remove();
      this.halo = L.marker(found.marker.getLatLng(), {
        icon: L.divIcon({ className: "map-halo", iconSize: [56, 56] }), interactive: false, keyboard: false, zIndexOffset: -1000,
      }).addTo(this.map);
    };
    if (reveal) this.groups.zoomToShowLayer(found.marker, mark);
    mark();
  }
}

function pointIcon(feature, shapes) {
  const { shape, glyph, in_operation: inOperation } = feature.properties;
  return L.divIcon({
    className: "map-point",
    html: symbolMarkup(shapes, { shape, glyph, hollow: !inOperation }),
    iconSize: [30, 30],
  });
}

function groupIcon(count, words) {
  const size = count < 10 ? 34 : count < 100 ? 40 : 46;
  const holder = document.createElement("span");
  holder.textContent = String(count);
  holder.title = words.grouped.replace("%(count)s", count);
  return L.divIcon({ className: "map-group", html: holder, iconSize: [size, size] });
}
