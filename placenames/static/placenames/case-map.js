// Where the named thing is: stretches of road that are pressed, or points, lines and areas that are drawn, with snapping to roads and to one
// another; or what a file or a phone's track holds. The canvas is the one of the map editor. Everything can be undone.

import { post } from "../drawing/api.js";
import { Canvas } from "../drawing/canvas.js";
import { boundsOf, measure, pathsOf, shapeOf } from "../drawing/geometry.js";
import { readConfig } from "../site/js/map/basemap.js";

const MULTI = { point: "MultiPoint", line: "MultiLineString", area: "MultiPolygon" };
const DRAWN = { point: "point", line: "line", area: "polygon" };
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_all, name) => values[name] ?? "");

/** The single parts of a geometry, and what they are. */
function partsOf(geometry) {
  if (!geometry) return { family: "", parts: [] };
  const { type, coordinates } = geometry;
  const single = type.replace("Multi", "");
  const family = { Point: "point", LineString: "line", Polygon: "area" }[single];
  return { family, parts: (type === single ? [coordinates] : coordinates).map((each) => ({ type: single, coordinates: each })) };
}

export class CaseMap {
  static async make(form, changed) {
    const words = form.dataset;
    const canvas = await Canvas.make(document.getElementById("map"), readConfig(), { pointNumber: words.pointNumber });
    const made = new CaseMap(form, canvas, changed);
    await made.begin();
    return made;
  }

  constructor(form, canvas, changed) {
    Object.assign(this, { form, canvas, changed, words: form.dataset, fields: form.elements });
    this.chosen = new Set((this.fields.roads.value || "").split(",").filter(Boolean).map(Number));
    this.known = new Map();
    this.inView = new Set();
    this.more = "";
    const held = this.fields.geometry.value;
    Object.assign(this, partsOf(held ? JSON.parse(held) : null));
    this.past = [];
    this.adjusted = null;
    this.list = document.getElementById("road-list");
    this.said = document.getElementById("chosen");
    canvas.map.getContainer().classList.add("draw-map");
    canvas.snapTargets = () => [...this.targets()];
    canvas.addEventListener("press", ({ detail }) => this.press(detail));
    canvas.addEventListener("finish", () => this.finish());
    canvas.map.on("moveend", () => this.load());
    for (const radio of form.querySelectorAll('[name="tool"]')) radio.addEventListener("change", () => this.take());
    document.getElementById("finish").addEventListener("click", () => this.finish());
    document.getElementById("undo").addEventListener("click", () => this.undo());
    document.getElementById("clear").addEventListener("click", () => {
      this.keep();
      this.chosen.clear();
      this.parts = [];
      this.store();
    });
    document.getElementById("read-shape").addEventListener("click", () => this.read());
  }

  async begin() {
    if (this.parts.length) this.canvas.fit(this.parts);
    else if (this.chosen.size) {
      const response = await fetch(`${this.words.roads}?ids=${[...this.chosen].join(",")}`);
      if (response.ok && !response.redirected) {
        this.add((await response.json()).features);
        this.canvas.fit([...this.known.values()].map(({ geometry }) => geometry));
      }
    }
    else if (this.words.there) this.showThere();
    else if (this.fields.division.value) await this.showDivision();
    else if (this.words.area) this.showBox(this.words.area.split(",").map(Number));
    this.fields.division.addEventListener("change", () => this.showDivision());
    if (this.parts.length) this.form.querySelector(`[name="tool"][value="${this.family}"]`).checked = true;
    this.take();
    await this.load();
  }

  /** The place that has a name already, where it is entered as a point or an area: what is drawn here would change that. */
  showThere() {
    const [lon, lat] = this.words.there.split(",").map(Number);
    const label = document.createElement("span");
    label.textContent = this.words.thereName;
    L.circleMarker([lat, lon], { radius: 9, color: "#0d5a63", fillOpacity: 0.6, interactive: false })
      .bindTooltip(label, { permanent: true, direction: "bottom" })
      .addTo(this.canvas.map);
    this.canvas.map.setView([lat, lon], 14, { animate: false });
  }

  showBox([west, south, east, north]) {
    this.canvas.map.fitBounds([[south, west], [north, east]], { animate: false });
  }

  /** Go to where the division is; whoever has drawn something already is looking at it. */
  async showDivision() {
    const pk = this.fields.division.value;
    if (!pk || this.parts.length || this.chosen.size || this.words.there) return;
    const response = await fetch(`${this.words.roads}?division=${pk}`).catch(() => null);
    const { box } = response?.ok && !response.redirected ? await response.json() : {};
    if (box) this.showBox(box);
  }

  get tool() {
    return this.fields.tool.value;
  }

  *targets() {
    for (const [key, { geometry, properties, box }] of this.known) {
      yield { key: `road:${key}`, geometry, title: properties.name, box };
    }
    for (const [index, geometry] of this.parts.entries()) yield { key: `part:${index}`, geometry, box: boundsOf([geometry]) };
  }

  // -- roads ---------------------------------------------------------------------------------------

  async load() {
    const bbox = this.canvas.bbox().map((n) => n.toFixed(6)).join(",");
    let response;
    try {
      response = await fetch(`${this.words.roads}?bbox=${bbox}`);
    } catch {
      this.more = this.words.noRoads;
      this.tell();
      return;
    }
    if (!response.ok || response.redirected) return;
    const { features, shown, total } = await response.json();
    this.more = total > shown ? fill(this.words.more, { shown, total }) : "";
    this.inView = new Set(features.map(({ properties }) => properties.id));
    this.add(features);
  }

  add(features) {
    for (const feature of features) {
      if (!this.known.has(feature.properties.id)) this.known.set(feature.properties.id, { ...feature, box: boundsOf([feature.geometry]) });
    }
    this.show();
    this.listRoads();
    this.tell();
  }

  listRoads() {
    const { words } = this;
    const features = [...this.known.values()].filter(({ properties: { id } }) => this.inView.has(id) || this.chosen.has(id));
    this.list.replaceChildren(
      ...features.map(({ properties }) => {
        const item = document.createElement("li");
        const label = document.createElement("label");
        const box = Object.assign(document.createElement("input"), { type: "checkbox", value: properties.id, checked: this.chosen.has(properties.id) });
        // Not a field of the form: the hidden one tells which are chosen.
        box.addEventListener("change", () => this.toggle(properties.id));
        label.append(box, `${properties.name || words.unnamed} · ${properties.class} · ${properties.length} m`);
        item.append(label);
        return item;
      }),
    );
  }

  toggle(id) {
    this.keep();
    if (this.chosen.has(id)) this.chosen.delete(id);
    else {
      this.chosen.add(id);
      this.parts = [];
    }
    this.store();
  }

  // -- drawing -------------------------------------------------------------------------------------

  /** Take the tool that is chosen: what another tool began is let go. */
  take() {
    this.canvas.stop();
    if (this.tool !== "roads" && this.tool !== "point") this.canvas.start(DRAWN[this.tool]);
    this.show();
    this.tell();
  }

  press({ point, raw, key }) {
    const { tool, canvas } = this;
    if (tool === "roads") {
      // A press beside a line of three pixels is meant for it; what is drawn on top of a road is not.
      const isRoad = (each) => each?.startsWith("road:");
      const road = isRoad(key) ? key : canvas.nearest(raw, isRoad);
      if (road) this.toggle(Number(road.slice("road:".length)));
      return;
    }
    if (tool === "point") {
      this.part({ type: "Point", coordinates: point });
      return;
    }
    if (canvas.closes(raw)) this.finish();
    else canvas.add(point);
    this.tell();
  }

  finish() {
    const { canvas, tool } = this;
    if (!canvas.running) return;
    // The two presses of a double click put the last point twice.
    const points = canvas.running.points.filter((point, index, all) => !index || point.join() !== all[index - 1].join());
    canvas.stop();
    canvas.start(DRAWN[tool]);
    if (tool === "line" && points.length > 1) this.part({ type: "LineString", coordinates: points });
    else if (tool === "area" && points.length > 2) this.part({ type: "Polygon", coordinates: [[...points, points[0]]] });
    else this.say(this.words.tooFew);
  }

  /** Add a part; parts of another family, and chosen roads, give way to it. */
  part(geometry) {
    this.keep();
    const { family } = partsOf(geometry);
    this.parts = this.family === family ? [...this.parts, geometry] : [geometry];
    this.family = family;
    this.chosen.clear();
    this.adjusted = this.parts.length - 1;
    this.store();
  }

  keep() {
    this.past.push({ parts: structuredClone(this.parts), family: this.family, chosen: [...this.chosen] });
  }

  undo() {
    const { canvas } = this;
    if (canvas.takeBack()) return;
    const last = this.past.pop();
    if (!last) return;
    Object.assign(this, { parts: last.parts, family: last.family, chosen: new Set(last.chosen), adjusted: null });
    this.store();
  }

  /** Write into the form what is chosen or drawn, show it, and have it described and checked. */
  store() {
    const { fields, parts, family } = this;
    fields.roads.value = [...this.chosen].join(",");
    const whole = parts.length > 1 ? { type: MULTI[family], coordinates: parts.map(({ coordinates }) => coordinates) } : parts[0];
    fields.geometry.value = whole ? JSON.stringify(whole) : "";
    if (this.adjusted !== null && this.adjusted >= parts.length) this.adjusted = parts.length ? parts.length - 1 : null;
    this.show();
    // Only marked, not made anew: whoever goes through the list by keyboard stays where he or she is.
    for (const box of this.list.querySelectorAll("input")) box.checked = this.chosen.has(Number(box.value));
    this.tell();
    this.changed();
  }

  show() {
    const { canvas, words } = this;
    const roads = [...this.known.values()]
      .filter(({ properties: { id } }) => this.inView.has(id) || this.chosen.has(id))
      .map(({ geometry, properties: { id, name } }) => ({ key: `road:${id}`, geometry, style: this.chosen.has(id) ? "selected" : "there", title: name || words.unnamed }));
    const parts = this.parts.map((geometry, index) => ({ key: `part:${index}`, geometry, style: "changed" }));
    canvas.show([...roads, ...parts], null);
    this.handles();
  }

  handles() {
    const { canvas, adjusted } = this;
    const geometry = adjusted === null ? null : this.parts[adjusted];
    const edit = (change) => {
      const paths = pathsOf(geometry);
      change(paths);
      const family = DRAWN[this.family];
      let shape = shapeOf(family, paths);
      if (!shape) return;
      if (shape.type === "MultiPolygon") shape = { type: "Polygon", coordinates: shape.coordinates[0] };
      this.keep();
      this.parts[adjusted] = shape;
      this.store();
    };
    canvas.adjust(`part:${adjusted}`, geometry, {
      onMove: (path, index, point) => edit((paths) => { paths[path].points[index] = point; }),
      onInsert: (path, after, point) => edit((paths) => { paths[path].points.splice(after + 1, 0, point); }),
      onRemove: (path, index) => {
        if (this.family === "point") {
          this.keep();
          this.parts.splice(adjusted, 1);
          this.adjusted = null;
          this.store();
        } else edit((paths) => { paths[path].points.splice(index, 1); });
      },
    });
  }

  // -- files ---------------------------------------------------------------------------------------

  async read() {
    const { words, fields } = this;
    const said = document.getElementById("shape-said");
    const file = fields.file.files[0];
    if (!file) {
      said.textContent = words.chooseFile;
      return;
    }
    const data = new FormData();
    data.append("file", file);
    data.append("system", fields.system.value);
    if (!fields.layer.hidden) data.append("layer", fields.layer.value);
    said.textContent = words.reading;
    try {
      const { family, parts, leftOut } = await post(words.shape, data);
      this.keep();
      Object.assign(this, { family, parts, adjusted: null });
      this.chosen.clear();
      this.form.querySelector(`[name="tool"][value="${family}"]`).checked = true;
      this.take();
      this.store();
      this.canvas.fit(parts);
      said.textContent = fill(leftOut ? words.readSome : words.read, { count: parts.length, left: leftOut });
    } catch (error) {
      said.textContent = error.answer?.error ?? words.noConnection;
      const layers = error.answer?.layers ?? [];
      document.getElementById("shape-layer").hidden = !layers.length;
      fields.layer.hidden = !layers.length;
      fields.layer.replaceChildren(...layers.map((name) => new Option(name, name)));
    }
  }

  // -- words ---------------------------------------------------------------------------------------

  say(text) {
    this.said.textContent = text;
  }

  tell() {
    const { words, parts, family, chosen } = this;
    const metres = [...chosen].reduce((sum, id) => sum + (this.known.get(id)?.properties.length ?? 0), 0);
    let text = words.nothing;
    if (chosen.size) text = fill(words.chosen, { count: chosen.size, length: metres });
    else if (parts.length && family === "point") text = fill(words.points, { count: parts.length });
    else if (parts.length) {
      const sizes = parts.map(measure);
      const sum = (name) => Math.round(sizes.reduce((total, size) => total + size[name], 0));
      text = fill(family === "line" ? words.lines : words.areas, { count: parts.length, length: sum("length"), area: sum("area") });
    }
    const drawing = this.canvas.running ? words.drawing : "";
    this.say([text, drawing, this.more].filter(Boolean).join(" "));
    document.getElementById("finish").hidden = !this.canvas.running;
  }

  showPoints(points) {
    this.found?.remove();
    this.found = L.layerGroup(
      points.map(({ lon, lat, text }) => {
        const label = document.createElement("span");
        label.textContent = text;
        return L.circleMarker([lat, lon], { radius: 7, color: "#a02226", interactive: false }).bindTooltip(label, { permanent: true, direction: "top" });
      }),
    ).addTo(this.canvas.map);
  }
}
