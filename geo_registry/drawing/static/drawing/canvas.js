// The map of the editor: what is there, what is drawn, the handles of what is being adjusted, and where a hand snaps to.

import { createMap } from "../site/js/map/basemap.js";
import { between, boundsOf, nearestFraction, pathsOf, round } from "./geometry.js";

const SNAP_PX = 12;
const SNAP_TOUCH_PX = 22;
const MOST_HANDLES = 400;
const toLatLng = ([lon, lat]) => [lat, lon];

const STYLES = {
  there: { color: "#3d5a80", weight: 3, opacity: 0.9, fillOpacity: 0.04 },
  foreign: { color: "#87918f", weight: 2, opacity: 0.7, fillOpacity: 0.02, dashArray: "4 4" },
  changed: { color: "#0d5a63", weight: 4, opacity: 1, fillOpacity: 0.12 },
  companion: { color: "#805200", weight: 4, opacity: 0.9, fillOpacity: 0.06, dashArray: "10 5" },
  deleted: { color: "#a02226", weight: 3, opacity: 0.6, fillOpacity: 0, dashArray: "2 6" },
  selected: { color: "#1c5fd0", weight: 5, opacity: 1, fillOpacity: 0.12 },
  theirs: { color: "#a02226", weight: 3, opacity: 0.9, fillOpacity: 0, dashArray: "8 6" },
  raw: { color: "#87918f", weight: 2, opacity: 0.8, dashArray: "2 4" },
  piece: { color: "#0d5a63", weight: 4, opacity: 0.9 },
  problem: { color: "#a02226", weight: 2, fillColor: "#a02226", fillOpacity: 0.35 },
};

export class Canvas extends EventTarget {
  static async make(element, config, words) {
    const map = await createMap(element, config);
    return new Canvas(map, words);
  }

  constructor(map, words) {
    super();
    Object.assign(this, { map, words, shapes: new Map(), snapping: true, snapTargets: () => [] });
    this.ground = L.layerGroup().addTo(map);
    this.extra = L.layerGroup().addTo(map);
    this.marks = L.layerGroup().addTo(map);
    this.handles = L.layerGroup().addTo(map);
    this.sketch = L.layerGroup().addTo(map);
    this.touch = window.matchMedia("(pointer: coarse)").matches;
    map.doubleClickZoom.disable();
    map.on("click", (event) => this._press(event.latlng, null));
    map.on("mousemove", (event) => this._hover(event.latlng));
    map.on("dblclick", () => this.dispatchEvent(new Event("finish")));
    map.getContainer().addEventListener("keydown", (event) => this._key(event));
  }

  bbox() {
    const bounds = this.map.getBounds();
    const clamp = (n, limit) => Math.max(-limit, Math.min(limit, n));
    return [clamp(bounds.getWest(), 180), clamp(bounds.getSouth(), 90), clamp(bounds.getEast(), 180), clamp(bounds.getNorth(), 90)];
  }

  /** Draw what is there: [{key, geometry, style, title}]. */
  show(items, selected) {
    this.ground.clearLayers();
    this.shapes.clear();
    for (const item of items) {
      const shape = this._shape(item.geometry, STYLES[item.key === selected ? "selected" : item.style], item);
      if (!shape) continue;
      shape.on("click", (event) => {
        L.DomEvent.stopPropagation(event);
        this._press(event.latlng, item.key);
      });
      shape.addTo(this.ground);
      this.shapes.set(item.key, shape);
      if (item.key === selected && shape.bringToFront) shape.bringToFront();
    }
  }

  /** Draw what is not part of the ground: tracks, somebody else's version. */
  showExtra(items) {
    this.extra.clearLayers();
    for (const { geometry, style } of items) this._shape(geometry, { ...STYLES[style], interactive: false })?.addTo(this.extra);
  }

  /** Draw where something is wrong. */
  showProblems(problems) {
    this.marks.clearLayers();
    for (const { place, shape, text } of problems) {
      if (shape) this._shape(shape, { ...STYLES.problem, interactive: false })?.addTo(this.marks);
      if (place) L.circleMarker(toLatLng(place), { ...STYLES.problem, radius: 8, interactive: false }).addTo(this.marks).bindTooltip(text);
    }
  }

  _shape(geometry, style, item = {}) {
    if (!geometry) return null;
    if (geometry.type === "Point") {
      return L.circleMarker(toLatLng(geometry.coordinates), { ...style, radius: style === STYLES.selected ? 10 : 8, fillOpacity: 0.7 });
    }
    const rings = (polygon) => polygon.map((ring) => ring.map(toLatLng));
    const shape =
      geometry.type === "LineString"
        ? L.polyline(geometry.coordinates.map(toLatLng), style)
        : L.polygon(geometry.type === "Polygon" ? rings(geometry.coordinates) : geometry.coordinates.map(rings), style);
    if (item.title) {
      shape.bindTooltip(document.createTextNode(item.title).textContent.replace(/[<>&]/g, ""), { sticky: true });
      // A tooltip listens to the focus, and that alone makes a path a stop for the Tab key: hundreds of roads on the way to the next
      // field. By keyboard they are chosen from the list, or under the middle of the map.
      shape.on("add", () => shape.getElement()?.setAttribute("tabindex", "-1"));
    }
    return shape;
  }

  fit(geometries) {
    const box = boundsOf(geometries);
    if (!box) return;
    const [west, south, east, north] = box;
    this.map.fitBounds([[south, west], [north, east]], { padding: [50, 50], maxZoom: 17 });
  }

  goTo([lon, lat]) {
    this.map.setView([lat, lon], Math.max(this.map.getZoom(), 16));
  }

  centre() {
    const { lng, lat } = this.map.getCenter();
    return [lng, lat];
  }

  // -- the hand ------------------------------------------------------------------------------

  _press(latlng, key) {
    const snap = this.snap([latlng.lng, latlng.lat]);
    this.dispatchEvent(new CustomEvent("press", { detail: { point: snap.point, raw: [latlng.lng, latlng.lat], key, snap } }));
  }

  _hover(latlng) {
    if (!this.running) return;
    const snap = this.snap([latlng.lng, latlng.lat]);
    this._rubber(snap.point);
    this.dispatchEvent(new CustomEvent("hover", { detail: snap }));
  }

  _key(event) {
    if (event.target !== this.map.getContainer()) return;
    if (event.key === "Enter") {
      event.preventDefault();
      this.dispatchEvent(new Event("finish"));
    } else if (event.key === " ") {
      event.preventDefault();
      const { lat, lng } = this.map.getCenter();
      this._press({ lat, lng }, this._under(this.map.getCenter()));
    }
  }

  /** The key of what lies under a place, for whoever has no mouse. */
  _under(latlng) {
    return this.nearest([latlng.lng, latlng.lat]);
  }

  /** The key of what lies nearest to a position, within reach of a hand; null where nothing does. A line is a few pixels wide: a finger is not. */
  nearest(point, wanted = () => true) {
    let best = null;
    for (const found of this._within(point, ({ key }) => wanted(key))) if (!best || found.d < best.d) best = found;
    return best?.key ?? null;
  }

  /**
   * Where a position snaps to: a vertex within reach, else an edge, else itself.
   * `except` is the key of what is being moved.
   */
  snap(point, { except = null } = {}) {
    if (!this.snapping) return { point: round(point) };
    let vertex = null;
    let edge = null;
    for (const found of this._within(point, ({ key }) => key !== except)) {
      if (found.what === "snapVertex") {
        if (!vertex || found.d < vertex.d) vertex = found;
      } else if (!edge || found.d < edge.d) edge = found;
    }
    return vertex ?? edge ?? { point: round(point) };
  }

  /** The vertices and edges of targets within reach of a position, each with how many pixels it is away. */
  *_within(point, wanted) {
    const reach = this.touch ? SNAP_TOUCH_PX : SNAP_PX;
    const here = this.map.latLngToContainerPoint(toLatLng(point));
    const low = this.map.containerPointToLatLng([here.x - reach, here.y + reach]);
    const high = this.map.containerPointToLatLng([here.x + reach, here.y - reach]);
    for (const target of this.snapTargets()) {
      const { key, geometry, title, box } = target;
      if (!wanted(target) || !box || box[0] > high.lng || box[2] < low.lng || box[1] > high.lat || box[3] < low.lat) continue;
      for (const { points, closed } of pathsOf(geometry)) {
        const count = points.length;
        for (let i = 0; i < count; i += 1) {
          const [lon, lat] = points[i];
          const next = points[i + 1] ?? (closed ? points[0] : null);
          const near = lon >= low.lng && lon <= high.lng && lat >= low.lat && lat <= high.lat;
          if (near) {
            const d = here.distanceTo(this.map.latLngToContainerPoint([lat, lon]));
            if (d <= reach) yield { d, point: points[i], key, title, what: "snapVertex" };
          }
          if (!next) continue;
          if (Math.min(lon, next[0]) > high.lng || Math.max(lon, next[0]) < low.lng) continue;
          if (Math.min(lat, next[1]) > high.lat || Math.max(lat, next[1]) < low.lat) continue;
          const a = this.map.latLngToContainerPoint([lat, lon]);
          const b = this.map.latLngToContainerPoint(toLatLng(next));
          const t = nearestFraction(here, a, b);
          const d = here.distanceTo(L.point(a.x + (b.x - a.x) * t, a.y + (b.y - a.y) * t));
          if (d <= reach) yield { d, point: between(points[i], next, t), key, title, what: "snapEdge" };
        }
      }
    }
  }

  // -- a drawing in progress -----------------------------------------------------------------

  start(family) {
    this.running = { family, points: [] };
    this.map.getContainer().classList.add("is-drawing");
    this._sketch();
  }

  add(point) {
    this.running.points.push(point);
    this._sketch();
  }

  /** Take back the last point of the drawing in progress; say whether there was one. */
  takeBack() {
    if (!this.running?.points.length) return false;
    this.running.points.pop();
    this._sketch();
    return true;
  }

  stop() {
    this.running = null;
    this.sketch.clearLayers();
    this.map.getContainer().classList.remove("is-drawing");
  }

  /** Whether a press lies on the first corner, which closes an outline. */
  closes(raw) {
    const { points, family } = this.running;
    if (family !== "polygon" || points.length < 3) return false;
    const here = this.map.latLngToContainerPoint(toLatLng(raw));
    return here.distanceTo(this.map.latLngToContainerPoint(toLatLng(points[0]))) <= (this.touch ? SNAP_TOUCH_PX : SNAP_PX);
  }

  _sketch() {
    this.sketch.clearLayers();
    const { points, family } = this.running;
    const latlngs = points.map(toLatLng);
    if (latlngs.length > 1) {
      (family === "polygon" ? L.polygon(latlngs, { ...STYLES.selected, interactive: false }) : L.polyline(latlngs, { ...STYLES.selected, interactive: false })).addTo(this.sketch);
    }
    for (const latlng of latlngs) L.circleMarker(latlng, { ...STYLES.selected, radius: 5, fillOpacity: 1, fillColor: "#fff", weight: 2, interactive: false }).addTo(this.sketch);
    this.rubber = null;
  }

  _rubber(point) {
    const { points } = this.running;
    this.rubber?.remove();
    const ends = points.length ? [toLatLng(points[points.length - 1]), toLatLng(point)] : [toLatLng(point), toLatLng(point)];
    this.rubber = L.polyline(ends, { ...STYLES.selected, weight: 2, dashArray: "4 4", interactive: false }).addTo(this.sketch);
  }

  // -- handles -------------------------------------------------------------------------------

  /**
   * Show the points of a shape to be moved. `onMove(path, index, point, snap)`, `onInsert(path, after, point)`,
   * `onRemove(path, index)`; while a point is dragged the shape follows.
   */
  adjust(key, geometry, callbacks) {
    const focused = document.activeElement?.dataset?.vertex;
    this.handles.clearLayers();
    if (!geometry) return;
    const bounds = this.map.getBounds().pad(0.2);
    let shown = 0;
    pathsOf(geometry).forEach((path, pathIndex) => {
      path.points.forEach((point, index) => {
        if (shown >= MOST_HANDLES || !bounds.contains(toLatLng(point))) return;
        shown += 1;
        this._vertex(key, geometry, pathIndex, index, point, callbacks);
        const next = path.points[index + 1] ?? (path.closed ? path.points[0] : null);
        if (next && geometry.type !== "Point") this._midpoint(pathIndex, index, between(point, next, 0.5), callbacks);
      });
    });
    if (focused) this.map.getContainer().querySelector(`[data-vertex="${focused}"]`)?.focus();
  }

  _vertex(key, geometry, path, index, point, { onMove, onRemove }) {
    const size = this.touch ? 30 : 16;
    const marker = L.marker(toLatLng(point), {
      icon: L.divIcon({ className: "draw-vertex", iconSize: [size, size] }),
      draggable: true, autoPan: true, keyboard: true, zIndexOffset: 500,
    }).addTo(this.handles);
    const element = marker.getElement();
    element.dataset.vertex = `${path}.${index}`;
    element.setAttribute("aria-label", `${this.words.pointNumber.replace("{number}", index + 1)}: ${point[0].toFixed(6)}, ${point[1].toFixed(6)}`);
    let snapped = { point };
    marker.on("drag", () => {
      const { lng, lat } = marker.getLatLng();
      snapped = this.snap([lng, lat], { except: key });
      marker.setLatLng(toLatLng(snapped.point));
      this._preview(key, geometry, path, index, snapped.point);
      this.dispatchEvent(new CustomEvent("hover", { detail: snapped }));
    });
    marker.on("dragend", () => onMove(path, index, snapped.point));
    marker.on("click", (event) => L.DomEvent.stopPropagation(event));
    marker.on("contextmenu", () => onRemove(path, index));
    element.addEventListener("keydown", (event) => {
      const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
      if (event.key === "Delete" || event.key === "Backspace") {
        event.preventDefault();
        event.stopPropagation();
        onRemove(path, index);
      } else if (steps[event.key]) {
        event.preventDefault();
        event.stopPropagation();
        const step = event.shiftKey ? 1 : 8;
        const at = this.map.latLngToContainerPoint(marker.getLatLng()).add(L.point(steps[event.key]).multiplyBy(step));
        const { lng, lat } = this.map.containerPointToLatLng(at);
        onMove(path, index, round([lng, lat]));
      }
    });
  }

  _midpoint(path, index, point, { onInsert }) {
    const size = this.touch ? 22 : 12;
    const marker = L.marker(toLatLng(point), {
      icon: L.divIcon({ className: "draw-midpoint", iconSize: [size, size] }), draggable: true, keyboard: false, zIndexOffset: 400,
    }).addTo(this.handles);
    const put = () => {
      const { lng, lat } = marker.getLatLng();
      onInsert(path, index, this.snap([lng, lat]).point);
    };
    marker.on("dragend", put);
    marker.on("click", (event) => {
      L.DomEvent.stopPropagation(event);
      put();
    });
  }

  _preview(key, geometry, path, index, point) {
    const shape = this.shapes.get(key);
    if (!shape) return;
    if (geometry.type === "Point") {
      shape.setLatLng(toLatLng(point));
      return;
    }
    const paths = pathsOf(geometry);
    paths[path].points[index] = point;
    if (geometry.type === "LineString") {
      shape.setLatLngs(paths[0].points.map(toLatLng));
      return;
    }
    const parts = [];
    for (const { part, points } of paths) (parts[part] ??= []).push(points.map(toLatLng));
    shape.setLatLngs(parts);
  }
}
