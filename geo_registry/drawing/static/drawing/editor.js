// The editor: layers and list, tools, form, checks, saving. The map is in canvas.js, what is not saved in draft.js.

import { placeBox } from "../search/place-box.js";
import { readConfig } from "../site/js/map/basemap.js";
import { get, Offline, post, Refused, SignedOut } from "./api.js";
import { Canvas } from "./canvas.js";
import { Draft } from "./draft.js";
import { boundsOf, measure, pathsOf, readPoints, round, shapeOf } from "./geometry.js";
import { Track } from "./track.js";

const config = JSON.parse(document.getElementById("draw-config").textContent);
const { words, addresses } = config;
const $ = (id) => document.getElementById(id);
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_all, name) => values[name] ?? "");
const numbers = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 });
const make = (name, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
};
const button = (text, act, className = "button-link") => {
  const element = make("button", { type: "button", className, textContent: text });
  element.addEventListener("click", act);
  return element;
};

export const length = (metres) =>
  metres < 1000 ? fill(words.metres, { number: numbers.format(metres) }) : fill(words.kilometres, { number: numbers.format(Math.round(metres / 10) / 100) });
const area = (m2) =>
  m2 < 1e4
    ? fill(words.squareMetres, { number: numbers.format(Math.round(m2)) })
    : m2 < 1e6
      ? fill(words.hectares, { number: numbers.format(m2 / 1e4) })
      : fill(words.squareKilometres, { number: new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 3 }).format(m2 / 1e6) });

class Editor {
  constructor(canvas) {
    this.canvas = canvas;
    this.draft = new Draft(config.person);
    this.layers = new Map(config.layers.map((layer) => [layer.code, layer]));
    this.layer = config.layers[0];
    this.there = new Map(); // key → feature in view
    this.seen = new Map(); // key → feature that the draft was made upon
    this.companions = new Map();
    this.theirs = new Map();
    this.problems = [];
    this.selected = null;
    this.tool = null;
    this.extra = [];
    canvas.snapTargets = () => this.targets;
    this.targets = [];
  }

  async begin() {
    const asked = new URLSearchParams(location.search);
    this.draft.addEventListener("change", () => this.changed());
    this._listen();
    const when = this.draft.restore();
    if (asked.get("set")) await this._resume(asked.get("set"));
    else if (when) this.say(fill(words.draftFound, { when: new Date(when).toLocaleString(document.documentElement.lang), count: this.draft.changes.size }));
    await this._loadSeen();
    const first = this.draft.list()[0]?.layer ?? asked.get("layer");
    if (this.layers.has(first)) this.layer = this.layers.get(first);
    $("layer").value = this.layer.code;
    const drawn = this.draft.list().map(({ geometry, base }) => geometry ?? base).filter(Boolean);
    if (drawn.length) this.canvas.fit(drawn);
    else if (config.scope) {
      const [west, south, east, north] = config.scope;
      this.canvas.map.fitBounds([[south, west], [north, east]], { animate: false });
    }
    // Whoever was told of something missing at a place comes to that place.
    const at = [asked.get("lon"), asked.get("lat")].map((one) => (one ? Number(one) : NaN));
    if (at.every(Number.isFinite)) this.canvas.goTo(at);
    this._putSaid();
    this.useLayer();
    this.changed();
  }

  async _resume(set) {
    try {
      const kept = await get(`${addresses.sets}${encodeURIComponent(set)}/draft/`);
      this.draft.clear();
      this.draft.said = { why: kept.why, basis: kept.basis };
      this.draft.replaces = kept.set;
      this.draft.step(words["did.draw"], (changes) => {
        for (const change of kept.changes) changes.set(change.key, change);
      });
      history.replaceState(null, "", location.pathname);
    } catch (error) {
      this.failed(error);
    }
  }

  _listen() {
    const { canvas } = this;
    canvas.map.on("moveend", () => this.load());
    canvas.addEventListener("press", ({ detail }) => this.pressed(detail));
    canvas.addEventListener("hover", ({ detail }) => this.hovered(detail));
    canvas.addEventListener("finish", () => this.finish());
    $("layer").addEventListener("change", () => {
      this.layer = this.layers.get($("layer").value);
      this.stopTool();
      this.select(null);
      this.useLayer();
    });
    $("snap").addEventListener("change", () => (canvas.snapping = $("snap").checked));
    for (const tool of document.querySelectorAll("[data-tool]")) tool.addEventListener("click", () => this.use(tool.dataset.tool));
    $("undo").addEventListener("click", () => this.undo());
    $("redo").addEventListener("click", () => this.redo());
    $("finish").addEventListener("click", () => this.finish());
    $("cancel").addEventListener("click", () => {
      this.stopTool();
      this.say(words.ended);
    });
    $("back-point").addEventListener("click", () => this.lastPointBack());
    $("take-points").addEventListener("click", () => this.takePoints());
    $("blank").addEventListener("change", () => this.drawBlank());
    document.addEventListener("keydown", (event) => this.key(event));
    for (const form of document.querySelectorAll(".draw-form")) {
      form.addEventListener("change", () => this.entered(form));
      form.addEventListener("submit", (event) => event.preventDefault());
    }
    $("save-form").addEventListener("input", () => {
      this.draft.said = this._said();
      this.draft.keep();
    });
    $("save-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.save(false);
    });
    $("propose")?.addEventListener("click", () => this.save(true));
    $("discard").addEventListener("click", () => {
      // One step like any other: it can be undone.
      this.draft.step(words.discardAll, (changes) => changes.clear());
      this.select(null);
    });
    window.addEventListener("offline", () => this.say(words.offline, true));
    window.addEventListener("online", () => this.load());
  }

  key(event) {
    const typing = event.target.closest?.("input:not([type=checkbox]), textarea, select");
    if (event.key === "Escape" && this.tool) {
      this.stopTool();
      this.say(words.ended);
    }
    if (typing || !(event.ctrlKey || event.metaKey)) return;
    const key = event.key.toLowerCase();
    if (key === "z" && !event.shiftKey) {
      event.preventDefault();
      if (this.canvas.running?.points.length) this.lastPointBack();
      else this.undo();
    } else if (key === "y" || (key === "z" && event.shiftKey)) {
      event.preventDefault();
      this.redo();
    }
  }

  say(text, isError = false) {
    $("say").textContent = text;
    $("say").classList.toggle("is-error", isError);
  }

  failed(error) {
    if (error.name === "AbortError") return;
    if (error instanceof Offline) this.say(words.offline, true);
    else if (error instanceof SignedOut) this.say(words.signIn, true);
    else if (error instanceof Refused && error.answer.error) {
      this.say(error.answer.error, true);
      if (error.answer.place) this.canvas.showProblems([{ place: error.answer.place, text: error.answer.error }, ...this.problems]);
    } else if (error instanceof Refused) this.say(fill(words.refused, { status: error.status }), true);
    else throw error;
  }

  // -- what is there ---------------------------------------------------------------------------

  useLayer() {
    for (const tool of document.querySelectorAll("[data-tool]")) {
      const fits = !tool.dataset.for || tool.dataset.for.split(" ").includes(this.layer.family);
      const not = (tool.dataset.not ?? "").split(" ").includes(this.layer.code);
      const draws = tool.dataset.tool !== "draw" || this.layer.creates || this.layer.handsOver;
      tool.hidden = !fits || not || !draws || (tool.dataset.tool === "track" && this.layer.code !== "road");
    }
    $("track-panel").hidden = true;
    $("blank-field").hidden = this.layer.blank.length === 0;
    $("blank").replaceChildren(make("option", { value: "", textContent: "—" }), ...this.layer.blank.map(({ id, title }) => make("option", { value: id, textContent: title })));
    this.there.clear();
    this.load();
  }

  async load() {
    this.loading?.abort();
    this.loading = new AbortController();
    const { layer } = this;
    $("list-state").textContent = words.loading;
    try {
      const url = `${addresses.features.replace("{layer}", layer.code)}?bbox=${this.canvas.bbox().join(",")}`;
      const found = await get(url, this.loading.signal);
      if (layer !== this.layer) return;
      this.there = new Map(found.features.map((feature) => [`${layer.code}:${feature.id}`, feature]));
      this.truncated = found.truncated;
      this.render();
    } catch (error) {
      if (error.name === "AbortError") return;
      $("list-state").textContent = words.loadFailed;
      this.failed(error);
    }
  }

  feature(key) {
    return this.there.get(key) ?? this.seen.get(key);
  }

  /** The shape of something as the draft has it. */
  geometry(key) {
    const change = this.draft.get(key);
    if (change?.action === "delete") return null;
    return change?.geometry ?? this.companions.get(key)?.geometry ?? change?.base ?? this.feature(key)?.geometry ?? null;
  }

  title(key) {
    const change = this.draft.get(key);
    return change?.attributes?.name || this.feature(key)?.properties.title || change?.title || words.unnamed;
  }

  items() {
    const items = [];
    const { code } = this.layer;
    const keys = new Set([...this.draft.list().filter((c) => c.layer === code).map((c) => c.key), ...this.there.keys()]);
    for (const key of keys) {
      const change = this.draft.get(key);
      const feature = this.feature(key);
      const deleted = change?.action === "delete";
      const geometry = deleted ? (change.base ?? feature?.geometry) : this.geometry(key);
      const editable = !feature || feature.properties.editable;
      const style = deleted ? "deleted" : change ? "changed" : this.companions.has(key) ? "companion" : editable ? "there" : "foreign";
      items.push({ key, geometry, style, title: this.title(key), editable, state: this._state(change, key) });
    }
    return items;
  }

  _state(change, key) {
    if (change?.action === "create") return words.new;
    if (change?.action === "delete") return words.deleted;
    if (change) return words.changed;
    return this.companions.has(key) ? words.followed : "";
  }

  render() {
    const items = this.items();
    this.canvas.show(items, this.selected);
    this.targets = items.filter(({ style }) => style !== "deleted").map((item) => ({ ...item, box: item.geometry ? boundsOf([item.geometry]) : null }));
    const shown = items.filter(({ geometry }) => geometry);
    $("list-state").textContent = this.truncated ? words.truncated : shown.length ? fill(words.inView, { count: shown.length }) : words.none;
    $("list").replaceChildren(...shown.map((item) => this._listed(item)));
    this._handles();
    this._measures();
  }

  _listed({ key, title, state, editable }) {
    const entry = button(title, () => this.picked(key));
    entry.setAttribute("aria-pressed", String(key === this.selected));
    return make("li", {}, entry, state ? make("span", { className: "tag", textContent: state }) : null, editable ? null : make("span", { className: "hint", textContent: words.notYours }));
  }

  // -- choosing --------------------------------------------------------------------------------

  /** Something was pressed in the list: what is being asked for, or what is to be looked at. */
  picked(key) {
    if (this.tool?.pick) {
      this.tool.pick(key, null);
      return;
    }
    this.select(key);
    const geometry = this.geometry(key);
    if (geometry) this.canvas.fit([geometry]);
    $("selected-title").focus();
  }

  select(key) {
    this.selected = key;
    $("selected").hidden = !key;
    if (!key) {
      this.render();
      return;
    }
    // It may leave the view while it is being changed.
    if (this.there.has(key)) this.seen.set(key, this.there.get(key));
    $("track-panel").hidden = true;
    $("selected-title").textContent = `${this.layer.one}: ${this.title(key)}`;
    this._form(key);
    this._facts(key);
    this.render();
  }

  _form(key) {
    const { code } = this.layer;
    for (const form of document.querySelectorAll(".draw-form")) form.hidden = form.id !== `form-${code}`;
    const form = $(`form-${code}`);
    if (!form) return;
    const feature = this.feature(key);
    const editable = !feature || feature.properties.editable;
    const values = { ...(feature?.properties.attributes ?? {}), ...(this.draft.get(key)?.attributes ?? {}) };
    for (const element of form.elements) {
      if (!element.name) continue;
      const value = values[element.name];
      if (element.type === "checkbox") element.checked = Boolean(value);
      else if (value !== undefined || feature) element.value = value === true ? "true" : value === false ? "false" : (value ?? (element.tagName === "SELECT" ? (element.querySelector('option[value="unknown"]') ? "unknown" : "") : ""));
      else form.reset();
      element.disabled = !editable;
    }
  }

  async _facts(key) {
    $("selected-facts").replaceChildren();
    $("selected-more").hidden = true;
    $("selected-where").textContent = "";
    const [code, id] = key.split(":");
    if (/^\d+$/.test(id)) {
      try {
        const { properties } = await get(`${addresses.features.replace("{layer}", code)}${id}/`);
        if (this.selected !== key) return;
        $("selected-facts").replaceChildren(
          ...Object.entries(properties.facts ?? {})
            .filter(([, value]) => value)
            .flatMap(([label, value]) => [make("dt", { textContent: label }), make("dd", { textContent: value })]),
        );
        if (properties.more) {
          $("selected-more").href = properties.more;
          $("selected-more").hidden = false;
        }
      } catch (error) {
        this.failed(error);
      }
    }
    const geometry = this.geometry(key);
    if (geometry?.type === "Point") this._where(geometry.coordinates);
  }

  async _where([lon, lat]) {
    try {
      const { text } = await get(`${addresses.where}?lon=${lon}&lat=${lat}`);
      $("selected-where").textContent = fill(words.where, { divisions: text });
    } catch (error) {
      this.failed(error);
    }
  }

  measureWords(geometry) {
    if (!geometry) return "";
    if (geometry.type === "Point") return fill(words.point, { lon: geometry.coordinates[0].toFixed(6), lat: geometry.coordinates[1].toFixed(6) });
    const found = measure(geometry);
    const counted = fill(words.vertices, { count: found.points });
    return `${geometry.type === "LineString" ? fill(words.length, { length: length(found.length) }) : fill(words.area, { area: area(found.area), length: length(found.length) })} · ${counted}`;
  }

  _measures() {
    const geometry = this.selected ? this.geometry(this.selected) : null;
    $("selected-measure").textContent = this.measureWords(geometry);
    this._points(geometry);
  }

  _points(geometry) {
    // The view is drawn anew whenever something has loaded: what is being typed meanwhile must stay.
    const shown = JSON.stringify([this.selected, geometry]);
    if (shown === this.pointsShown) return;
    this.pointsShown = shown;
    const paths = pathsOf(geometry);
    const many = paths.reduce((sum, { points }) => sum + points.length, 0);
    $("type-points").value = paths.length === 1 ? paths[0].points.map(([lon, lat]) => `${lon.toFixed(7)}, ${lat.toFixed(7)}`).join("\n") : "";
    const entries = [];
    paths.forEach((path, p) => {
      if (path.ring > 0) {
        entries.push(make("li", { className: "point-ring" }, fill(words.holeNumber, { number: path.ring }), button(words["did.removeHole"], () => this._removeRing(p))));
      }
      if (many > 300) return;
      path.points.forEach((point, index) => entries.push(this._pointRow(geometry, p, index, point, path)));
    });
    $("point-list").replaceChildren(...entries);
  }

  _pointRow(geometry, p, index, point, path) {
    const label = fill(words.pointNumber, { number: index + 1 });
    const input = make("input", { value: `${point[0].toFixed(7)}, ${point[1].toFixed(7)}`, className: "input", size: 24 });
    input.setAttribute("aria-label", label);
    input.addEventListener("change", () => {
      const typed = readPoints(input.value);
      if (typed?.length !== 1) {
        this.say(words.badCoordinates, true);
        return;
      }
      this._movePoint(p, index, typed[0]);
    });
    const row = make("li", {}, input);
    if (geometry.type !== "Point") {
      row.append(
        button(words.removePoint, () => this._removePoint(p, index)),
        button(words.addPoint, () => {
          const next = path.points[(index + 1) % path.points.length];
          this._insertPoint(p, index, round([(point[0] + next[0]) / 2, (point[1] + next[1]) / 2]));
        }),
      );
      if (geometry.type === "LineString" && index > 0 && index < path.points.length - 1) row.append(button(words.splitHere, () => this._splitLine(this.selected, point)));
    }
    return row;
  }

  // -- changing --------------------------------------------------------------------------------

  /** Change something by one step: its shape, its details, whether it is there. */
  edit(what, edits) {
    if (edits.some(({ key }) => this.sending?.has(key))) {
      // What is on its way must stay what it was, or the answer would be about something else. What is new is welcome.
      this.say(words.saving);
      return;
    }
    this.draft.step(what, (changes) => {
      for (const { key, ...change } of edits) {
        const before = changes.get(key);
        if (change.action === "delete" && before?.action === "create") {
          changes.delete(key);
          continue;
        }
        const feature = this.feature(key);
        if (feature) this.seen.set(key, feature);
        changes.set(key, {
          key, layer: key.split(":")[0], action: feature ? "update" : "create", id: feature?.id ?? null,
          version: feature?.properties.version ?? 0, title: feature?.properties.title ?? "", base: feature?.geometry ?? null,
          geometry: null, attributes: null, ...before, ...change,
        });
      }
    });
  }

  mayChange(key) {
    if (!key || !this.isKnown(key)) {
      this.say(words.selectFirst, true);
      return false;
    }
    const feature = this.feature(key);
    if (feature && !feature.properties.editable) {
      this.say(words.notYours, true);
      return false;
    }
    return true;
  }

  /** Whether it is known what is changed: what is new, or a row that was loaded. */
  isKnown(key) {
    return key.includes(":new-") || Boolean(this.feature(key)) || this.draft.get(key)?.id > 0;
  }

  /** Load the rows that a kept draft changes, wherever they lie. */
  async _loadSeen() {
    for (const { key, layer, id } of this.draft.list()) {
      if (!id || this.seen.has(key)) continue;
      try {
        this.seen.set(key, await get(`${addresses.features.replace("{layer}", layer)}${id}/`));
      } catch (error) {
        if (!(error instanceof Refused)) this.failed(error);
      }
    }
  }

  entered(form) {
    const key = this.selected;
    if (!this.mayChange(key)) return;
    const initial = this.feature(key)?.properties.attributes ?? {};
    const attributes = {};
    for (const element of form.elements) {
      if (!element.name) continue;
      const value = element.type === "checkbox" ? element.checked : element.value;
      const was = initial[element.name];
      const same = element.type === "checkbox" ? Boolean(was) === value : String(was ?? (value === "unknown" ? "unknown" : "")) === String(value);
      // Only what differs is sent: what somebody else enters meanwhile in another field stays.
      if (!same) attributes[element.name] = value;
    }
    this.edit(words["did.attributes"], [{ key, attributes }]);
    $("selected-title").textContent = `${this.layer.one}: ${this.title(key)}`;
  }

  _paths(edit, what) {
    const key = this.selected;
    if (!this.mayChange(key)) return;
    const paths = pathsOf(this.geometry(key));
    edit(paths);
    const geometry = shapeOf(this.layer.family, paths);
    if (!geometry) {
      this.say(words.fewPoints, true);
      this.render();
      return;
    }
    this.edit(what, [{ key, geometry }]);
    if (geometry.type === "Point") this._where(geometry.coordinates);
  }

  _movePoint(p, index, point) {
    this._paths((paths) => (paths[p].points[index] = point), words["did.move"]);
  }

  _insertPoint(p, index, point) {
    this._paths((paths) => paths[p].points.splice(index + 1, 0, point), words["did.insert"]);
  }

  _removePoint(p, index) {
    this._paths((paths) => paths[p].points.splice(index, 1), words["did.remove"]);
  }

  _removeRing(p) {
    this._paths((paths) => paths.splice(p, 1), words["did.removeHole"]);
  }

  _handles() {
    const on = this.selected && this.tool?.name === "adjust" && this.mayChange(this.selected);
    this.canvas.adjust(this.selected, on ? this.geometry(this.selected) : null, {
      onMove: (p, index, point) => this._movePoint(p, index, point),
      onInsert: (p, index, point) => this._insertPoint(p, index, point),
      onRemove: (p, index) => this._removePoint(p, index),
    });
  }

  undo() {
    if (this.sending) return;
    const what = this.draft.undo();
    this.say(what ? fill(words.undo, { what }) : words.nothingToUndo);
  }

  redo() {
    if (this.sending) return;
    const what = this.draft.redo();
    this.say(what ? fill(words.redo, { what }) : words.nothingToRedo);
  }

  // -- tools -----------------------------------------------------------------------------------

  use(name) {
    this.stopTool();
    const act = this[`_use_${name}`];
    act.call(this);
    this._showTool();
  }

  _begin(name, { draws = null, pick = null, done = null, say = "" } = {}) {
    this.tool = { name, pick, done };
    if (draws) {
      this.canvas.start(draws);
      $("points").open = false;
      this._running();
    }
    this.say(say);
  }

  stopTool() {
    this.tool = null;
    this.canvas.stop();
    this._running();
    this._showTool();
    this.canvas.adjust(null, null, {});
  }

  _showTool() {
    for (const tool of document.querySelectorAll("[data-tool]")) tool.setAttribute("aria-pressed", String(this.tool?.name === tool.dataset.tool));
  }

  _running() {
    const { running } = this.canvas;
    $("running").hidden = !running;
    if (!running) return;
    const shape = shapeOf(running.family, [{ part: 0, ring: 0, closed: running.family === "polygon", points: running.points }]);
    $("measure").textContent = fill(words.drawn, { count: running.points.length, measure: shape ? this.measureWords(shape) : "" });
  }

  hovered({ what, title }) {
    if (what) $("say").textContent = fill(words.snapped, { what: fill(words[what], { name: title }) });
  }

  pressed({ point, raw, key, snap }) {
    const { running } = this.canvas;
    if (running) {
      if (running.family === "point") {
        running.points = [point];
        this.finish();
        return;
      }
      if (this.canvas.closes(raw)) {
        this.finish();
        return;
      }
      const last = running.points[running.points.length - 1];
      if (!last || last[0] !== point[0] || last[1] !== point[1]) this.canvas.add(point);
      this._running();
      return;
    }
    if (this.tool?.pick) {
      this.tool.pick(key ?? snap.key ?? null, this.tool.exact ? raw : point);
      return;
    }
    if (key) this.select(key);
    else if (this.tool?.name !== "adjust") this.select(null);
  }

  lastPointBack() {
    const { running } = this.canvas;
    if (!running?.points.length) return;
    running.points.pop();
    this.canvas._sketch();
    this._running();
  }

  finish() {
    const { running } = this.canvas;
    if (!running) return;
    const { points, family } = running;
    const shape = shapeOf(family, [{ part: 0, ring: 0, closed: family === "polygon", points }]);
    if (!shape) {
      this.say(words.fewPoints, true);
      return;
    }
    const { done } = this.tool;
    this.stopTool();
    done(shape);
  }

  /** All points typed at once: of a drawing in progress, or of what is selected. */
  takePoints() {
    const points = readPoints($("type-points").value);
    if (!points?.length) {
      this.say(words.badCoordinates, true);
      return;
    }
    const { running } = this.canvas;
    if (running) {
      running.points = points;
      this.finish();
      return;
    }
    const shape = shapeOf(this.layer.family, [{ part: 0, ring: 0, closed: this.layer.family === "polygon", points }]);
    if (!shape) this.say(words.fewPoints, true);
    else if (this.mayChange(this.selected)) {
      this.edit(words["did.move"], [{ key: this.selected, geometry: shape }]);
      this.canvas.fit([shape]);
    }
  }

  _use_draw() {
    const { family, handsOver, one } = this.layer;
    const say = { line: words.drawLine, polygon: words.drawArea, point: words.drawPoint }[family];
    if (!this.layer.creates && !handsOver) {
      this.drawBlank();
      return;
    }
    this.select(null);
    this._begin("draw", { draws: family, say, done: (shape) => (handsOver ? this._handOverPoint(shape) : this._drawn(shape)) });
    // Whoever has no mouse types the points.
    $("selected").hidden = false;
    $("selected-title").textContent = `${one}: ${words.new}`;
    $("selected-facts").replaceChildren();
    $("selected-measure").textContent = "";
    $("selected-where").textContent = "";
    $("point-list").replaceChildren();
    $("type-points").value = "";
    $("points").open = true;
    for (const form of document.querySelectorAll(".draw-form")) form.hidden = true;
  }

  _drawn(geometry) {
    const key = this.draft.newKey(this.layer.code);
    const form = $(`form-${this.layer.code}`);
    form?.reset();
    this.edit(words[geometry.type === "Point" ? "did.place" : "did.draw"], [{ key, geometry, attributes: {} }]);
    this.select(key);
    form?.elements[0]?.focus();
  }

  _handOverPoint({ coordinates: [lon, lat] }) {
    this.canvas.showExtra([{ geometry: { type: "Point", coordinates: [lon, lat] }, style: "piece" }]);
    $("selected").hidden = false;
    $("selected-title").textContent = this.layer.newUrl ? words.facilityNew : words.noFacilityPage;
    $("selected-measure").textContent = fill(words.point, { lon: lon.toFixed(6), lat: lat.toFixed(6) });
    if (this.layer.newUrl) {
      $("selected-more").href = `${this.layer.newUrl}?lon=${lon.toFixed(7)}&lat=${lat.toFixed(7)}`;
      $("selected-more").hidden = false;
    }
    this._where([lon, lat]);
  }

  drawBlank() {
    const id = Number($("blank").value);
    const row = this.layer.blank.find((blank) => blank.id === id);
    if (!row) {
      this.say(words.selectFirst, true);
      return;
    }
    const key = `${this.layer.code}:${id}`;
    this._begin("draw", {
      draws: this.layer.family, say: words.drawArea,
      done: async (geometry) => {
        try {
          this.seen.set(key, await get(`${addresses.features.replace("{layer}", this.layer.code)}${id}/`));
          this.edit(words["did.draw"], [{ key, geometry }]);
          this.select(key);
        } catch (error) {
          this.failed(error);
        }
      },
    });
    this._showTool();
  }

  _use_adjust() {
    if (!this.mayChange(this.selected)) return;
    this._begin("adjust", { say: words.adjust });
    this.render();
  }

  _use_extend() {
    const key = this.selected;
    if (!this.mayChange(key)) return;
    const [path] = pathsOf(this.geometry(key));
    this._begin("extend", {
      draws: "line", say: words.extendWhich,
      done: (shape) => this.edit(words["did.extend"], [{ key, geometry: shape }]),
    });
    this.canvas.running.points = path.points;
    this.canvas._sketch();
    this._running();
  }

  _use_split() {
    const key = this.selected;
    if (!this.mayChange(key)) return;
    if (this.layer.family === "line") {
      this._begin("split", { say: words.pickSplit, pick: (_key, place) => place && this._splitLine(key, place) });
      this.tool.exact = true;
      return;
    }
    this._begin("split", {
      draws: "line", say: words.drawCut,
      done: (cut) => this._operate("split_area", { area: this.geometry(key), cut }, ({ parts }) => this._parts(key, parts, words["did.split"])),
    });
  }

  _splitLine(key, place) {
    if (!this.mayChange(key)) return;
    this._operate("split_line", { line: this.geometry(key), at: place }, ({ parts }) => {
      this.stopTool();
      this._parts(key, parts, words["did.split"]);
    });
  }

  /** The first part stays what it was; the others are new, with the same details. */
  _parts(key, parts, what) {
    const attributes = this._all(key);
    this.edit(what, [
      { key, geometry: parts[0] },
      ...parts.slice(1).map((geometry) => ({ key: this.draft.newKey(this.layer.code), geometry, attributes: { ...attributes } })),
    ]);
    this.say(fill(words.undo, { what: "" }) && what);
  }

  _all(key) {
    return { ...(this.feature(key)?.properties.attributes ?? {}), ...(this.draft.get(key)?.attributes ?? {}) };
  }

  _use_join() {
    const key = this.selected;
    if (!this.mayChange(key)) return;
    this._begin("join", {
      say: words.pickJoin,
      pick: (other) => {
        if (!other || other === key || !this.mayChange(other)) return;
        if (this.layer.family === "line") this._joinLines(key, other);
        else {
          this._operate("join_areas", { first: this.geometry(key), second: this.geometry(other) }, ({ area: joined }) => {
            this.stopTool();
            this.edit(words["did.join"], [{ key, geometry: joined }, { key: other, action: "delete" }]);
          });
        }
      },
    });
  }

  _joinLines(key, other) {
    this._operate("join_lines", { first: this.geometry(key), second: this.geometry(other) }, ({ line, turned }) => {
      const mine = this._all(key).oneway ?? "no";
      const theirs = this._all(other).oneway ?? "no";
      const asTurned = turned ? ({ forward: "backward", backward: "forward" }[theirs] ?? theirs) : theirs;
      if (mine !== asTurned) {
        this.say(words.onewayDiffers, true);
        return;
      }
      this.stopTool();
      this.edit(words["did.join"], [{ key, geometry: line }, { key: other, action: "delete" }]);
      this.say(words["did.join"]);
    });
  }

  _use_merge() {
    this._begin("merge", {
      say: words.pickMerge,
      pick: (_key, place) => {
        if (!place) return;
        const near = this.targets.filter(({ editable, geometry, box }) => editable && geometry?.type === "LineString" && box && box[0] - 0.001 < place[0] && place[0] < box[2] + 0.001 && box[1] - 0.001 < place[1] && place[1] < box[3] + 0.001);
        this._operate("merge_ends", { lines: near.map(({ geometry }) => geometry), at: place }, ({ changed }) => {
          this.stopTool();
          const edits = Object.entries(changed).map(([index, geometry]) => ({ key: near[index].key, geometry }));
          if (edits.length) this.edit(words["did.merge"], edits);
          this.say(words["did.merge"]);
        });
      },
    });
  }

  _use_reverse() {
    const key = this.selected;
    if (!this.mayChange(key)) return;
    const [path] = pathsOf(this.geometry(key));
    this.edit(words["did.reverse"], [{ key, geometry: { type: "LineString", coordinates: [...path.points].reverse() } }]);
    this.say((this._all(key).oneway ?? "no") === "no" ? words["did.reverse"] : words.turnOneway);
  }

  _use_hole() {
    const key = this.selected;
    if (!this.mayChange(key)) return;
    this._begin("hole", {
      draws: "polygon", say: words.drawHole,
      done: (hole) => this._operate("pierce", { area: this.geometry(key), hole }, ({ area: geometry }) => this.edit(words["did.hole"], [{ key, geometry }])),
    });
  }

  _use_hand() {
    const key = this.selected;
    if (!this.mayChange(key)) return;
    this._begin("hand", {
      draws: "polygon", say: words.drawPiece,
      done: (piece) => {
        this.canvas.showExtra([{ geometry: piece, style: "piece" }]);
        this._begin("hand", {
          say: words.pickGiver,
          pick: (giver) => {
            if (!giver || giver === key || !this.mayChange(giver)) return;
            const given = { giver: this.geometry(giver), taker: this.geometry(key), piece };
            this._operate("hand_over", given, (found) => {
              this.stopTool();
              this.canvas.showExtra([]);
              this.edit(words["did.hand"], [{ key, geometry: found.taker }, { key: giver, geometry: found.giver }]);
            });
          },
        });
        this._showTool();
      },
    });
  }

  _use_delete() {
    const key = this.selected;
    if (!this.mayChange(key)) return;
    this.edit(words["did.delete"], [{ key, action: "delete" }]);
    this.say(words["did.delete"]);
    this.select(null);
  }

  _use_track() {
    this.track ??= new Track(this, { $, make, button, fill, length, words, addresses });
    this.select(null);
    $("track-panel").hidden = false;
    $("track-title").focus();
  }

  async _operate(name, given, done) {
    try {
      done(await post(addresses.operate.replace("{name}", name), given));
    } catch (error) {
      this.failed(error);
    }
  }

  // -- the draft -------------------------------------------------------------------------------

  changed() {
    const changes = this.draft.list();
    for (const key of [...this.companions.keys()]) this.companions.delete(key);
    if (this.selected && this.selected.includes(":new-") && !this.draft.get(this.selected)) this.select(null);
    $("draft-state").textContent = changes.length
      ? `${fill(words.changes, { count: changes.length })} · ${this.draft.kept ? words.draftKept : words.draftNotKept}`
      : words.draftEmpty;
    $("draft-list").replaceChildren(
      ...changes.map((change) =>
        make("li", {}, button(`${this.layers.get(change.layer)?.one ?? change.layer}: ${this.title(change.key)}`, () => this._goTo(change)), make("span", { className: "tag", textContent: this._state(change, change.key) })),
      ),
    );
    $("save-form").hidden = changes.length === 0;
    if (this.selected) this._form(this.selected);
    this.render();
    // What was found before the change says nothing of it.
    $("check-state").textContent = changes.length ? words.checking : "";
    clearTimeout(this.checkLater);
    this.checkLater = setTimeout(() => this.check(), 500);
  }

  _goTo(change) {
    if (change.layer !== this.layer.code) {
      this.layer = this.layers.get(change.layer);
      $("layer").value = change.layer;
      this.useLayer();
    }
    this.picked(change.key);
  }

  sent() {
    return this.draft.list().map(({ key, layer, action, id, version, geometry, attributes }) => ({
      key, layer, action, id, version,
      geometry: action === "delete" ? null : geometry,
      attributes: action === "delete" ? null : attributes,
    }));
  }

  async check() {
    this.checking?.abort();
    if (!this.draft.changes.size) {
      this.problems = [];
      this._showProblems();
      $("check-state").textContent = "";
      return;
    }
    this.checking = new AbortController();
    $("check-state").textContent = words.checking;
    try {
      const found = await post(addresses.check, { changes: this.sent() }, this.checking.signal);
      this.problems = found.problems;
      this.companions = new Map(found.companions.map((companion) => [companion.key, companion]));
      this._showProblems();
      this._showConflicts(found.conflicts);
      const { errors, warnings } = this._counts();
      const together = found.companions.length ? fill(words.together, { names: found.companions.map(({ title }) => title || words.unnamed).join("、") }) : "";
      // "Nothing is wrong" is never said while something was not checked.
      const fine = this.problems.length ? words.noneFound : words.allFine;
      const state = errors + warnings ? fill(words.problems, { errors, warnings }) : found.conflicts.length ? "" : fine;
      $("check-state").textContent = [state, together].filter(Boolean).join(" ");
      this.render();
    } catch (error) {
      if (error.name === "AbortError") return;
      $("check-state").textContent = words.checkFailed;
      this.failed(error);
    }
  }

  /** How many are to be mended, and how many to be looked at; what is only said counts as neither. */
  _counts() {
    const count = (wanted) => this.problems.filter(({ severity }) => severity === wanted).length;
    return { errors: count("error"), warnings: count("warning") };
  }

  _showProblems() {
    this.canvas.showProblems(this.problems);
    for (const element of document.querySelectorAll("[data-error]")) element.hidden = true;
    $("problems").replaceChildren(
      ...this.problems.map((problem) => {
        const entry = make("li", { className: `is-${problem.severity}` }, make("span", { textContent: problem.text }));
        if (problem.place) entry.append(button(words.showPlace, () => this.canvas.goTo(problem.place)));
        if (problem.fix) this._fixes(entry, problem);
        if (problem.field && problem.key === this.selected) {
          const field = document.querySelector(`#form-${this.layer.code} [data-error="${CSS.escape(problem.field)}"]`);
          if (!field) return entry;
          field.className = problem.severity === "error" ? "error" : "hint";
          Object.assign(field, { textContent: field.hidden ? problem.text : `${field.textContent} ${problem.text}`, hidden: false });
        }
        return entry;
      }),
    );
  }

  _fixes(entry, { key, fix }) {
    if (fix.do === "join") {
      entry.append(
        button(words.joinHere, () => this._operate("meet", { line: this.geometry(key), at: fix.at }, ({ line }) => this.edit(words["did.meet"], [{ key, geometry: line }]))),
        button(words.asBridge, () => this.edit(words["did.attributes"], [{ key, attributes: { ...(this.draft.get(key)?.attributes ?? {}), bridge: true } }])),
      );
    } else if (fix.do === "snap") {
      entry.append(
        button(words.snapEnd, () => {
          const paths = pathsOf(this.geometry(key));
          const { points } = paths[0];
          points[fix.end === 0 ? 0 : points.length - 1] = fix.at;
          this.edit(words["did.move"], [{ key, geometry: shapeOf("line", paths) }]);
        }),
      );
    }
  }

  // -- saving ----------------------------------------------------------------------------------

  _said() {
    const form = $("save-form");
    return Object.fromEntries(["why", "method", "basis", "accuracy_m", "as_of"].map((name) => [name, form.elements[name].value]));
  }

  _putSaid() {
    for (const [name, value] of Object.entries(this.draft.said)) if ($("save-form").elements[name]) $("save-form").elements[name].value = value ?? "";
  }

  async save(propose) {
    const buttons = $("save-form").querySelectorAll("button");
    for (const element of buttons) element.disabled = true;
    this.say(words.saving);
    // Nothing of the draft is let go before the server has answered.
    const sent = new Map(this.draft.changes);
    this.sending = sent;
    try {
      const answer = await post(addresses.save, { changes: this.sent(), ...this._said(), propose, replaces: this.draft.replaces });
      this.theirs.clear();
      this._showConflicts([]);
      for (const key of sent.keys()) this.seen.delete(key);
      if (sent.has(this.selected)) this.select(null);
      this.sending = null;
      this.draft.saved(sent);
      if (!this.draft.changes.size) {
        // A drawing begun meanwhile goes on.
        if (!this.canvas.running) {
          this.stopTool();
          this.select(null);
        }
        $("save-form").reset();
      }
      this.say(answer.state === "applied" ? words.saved : words.proposed);
      $("say").append(" ", make("a", { href: answer.url, textContent: addresses.sets && this.setWords() }));
      this._tilesAgain();
      await this.load();
    } catch (error) {
      if (error instanceof Refused && (error.answer.problems || error.answer.conflicts)) {
        this.problems = error.answer.problems ?? [];
        this._showProblems();
        this._showConflicts(error.answer.conflicts ?? []);
        const { errors, warnings } = this._counts();
        this.say(error.answer.conflicts?.length ? fill(words[error.answer.conflicts[0].gone ? "conflictGone" : "conflict"], { title: error.answer.conflicts[0].title }) : fill(words.problems, { errors, warnings }), true);
      } else this.failed(error);
    } finally {
      this.sending = null;
      for (const element of buttons) element.disabled = false;
    }
  }

  setWords() {
    return document.querySelector(".draw-head a").textContent.trim();
  }

  /** The ground below shows what was saved. */
  _tilesAgain() {
    this.canvas.map.eachLayer((layer) => layer.rerenderTiles?.());
  }

  _showConflicts(conflicts) {
    this.canvas.showExtra(conflicts.filter(({ geometry }) => geometry).map(({ geometry }) => ({ geometry, style: "theirs" })));
    $("conflicts").replaceChildren(...conflicts.map((conflict) => this._conflict(conflict)));
  }

  _conflict({ key, title, version, gone, geometry, attributes, since }) {
    const box = make("section", { className: "message message-warning draw-conflict" });
    box.append(make("p", { textContent: fill(gone ? words.conflictGone : words.conflict, { title: title || this.title(key) }) }));
    box.append(
      make("ul", {}, ...since.map(({ who, at, what }) =>
        make("li", { textContent: fill(words.conflictSince, { who, when: new Date(at).toLocaleString(document.documentElement.lang), what: what.map((field) => `${field.label}: ${field.words}`).join("；") }) }),
      )),
    );
    const settle = () => box.remove();
    if (gone) {
      box.append(
        button(words.trackNew === undefined ? words.keepMine : words.keepMine, () => {
          // What is gone is drawn again as new.
          const change = this.draft.get(key);
          this.draft.step(words["did.draw"], (changes) => {
            changes.delete(key);
            const fresh = this.draft.newKey(change.layer);
            changes.set(fresh, { ...change, key: fresh, action: "create", id: null, version: 0, geometry: change.geometry ?? change.base, attributes: { ...(this.seen.get(key)?.properties.attributes ?? {}), ...change.attributes }, base: null });
          });
          settle();
        }, "button button-quiet"),
      );
    } else {
      box.append(make("p", { className: "hint", textContent: words.both }));
      box.append(
        button(words.keepMine, () => {
          const feature = { type: "Feature", id: Number(key.split(":")[1]), geometry, properties: { title, version, editable: true, attributes } };
          this.seen.set(key, feature);
          if (this.there.has(key)) this.there.set(key, feature);
          this.draft.step(words["did.attributes"], (changes) => changes.set(key, { ...changes.get(key), version, base: geometry, title }));
          settle();
        }, "button button-quiet"),
      );
    }
    box.append(
      button(words.takeTheirs, () => {
        this.draft.step(words.takeTheirs, (changes) => changes.delete(key));
        this.load();
        settle();
      }, "button button-quiet"),
    );
    return box;
  }
}

const mapConfig = readConfig();
try {
  const canvas = await Canvas.make($("map"), mapConfig, words);
  placeBox(canvas.map);
  window.groundEditor = new Editor(canvas);
  await window.groundEditor.begin();
} catch (error) {
  $("map").textContent = mapConfig.words.failed;
  throw error;
}
