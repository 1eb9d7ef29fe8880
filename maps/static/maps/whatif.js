// What if: sites are opened, moved, closed and merged on the map, and the people covered change while one drags. Every change is in the
// page's address, so that nothing is lost on reload and a colleague sees the same; undo and redo are steps through it.
import { createMap, readConfig } from "../site/js/map/basemap.js";
import { placeBox } from "../search/place-box.js";
import { keepView, remember } from "./selecting.js";
import { symbolMarkup } from "../site/js/map/symbols.js";

const room = document.querySelector("[data-whatif]");
const words = room.dataset;
const part = (name) => document.querySelector(`[data-${name}]`);
const status = part("status");
const colours = new Map([...document.querySelectorAll("[data-legend] [data-step]")].map((line) => [Number(line.dataset.step), line.dataset.colour]));
const SYMBOLS_FROM_ZOOM = 13;
const number = new Intl.NumberFormat("zh-CN");
const sign = (value) => (value > 0 ? `+${number.format(value)}` : value < 0 ? `−${number.format(-value)}` : "0");

/* Changes and the address */

const FIELDS = { open: 0, close: 1, move: 1, merge: 2, resize: 1 };

const parse = (text) =>
  text.split(";").filter(Boolean).map((piece) => {
    const [action, ...rest] = piece.split(",").map(decodeURIComponent);
    if (!(action in FIELDS)) return null;
    const names = rest.splice(0, FIELDS[action]);
    const change = { action, number: names[0] ?? "", into: names[1] ?? "" };
    if (action === "open" || action === "move") change.lonlat = rest.splice(0, 2).map(Number);
    if (rest.length) change.capacity = Number(rest[0]);
    return change.lonlat && change.lonlat.some((value) => !Number.isFinite(value)) ? null : change;
  }).filter(Boolean);

const write = (changes) =>
  changes.map((one) =>
    [one.action, one.number, one.into, ...(one.lonlat ?? []).map((value) => value.toFixed(6)), one.capacity]
      .filter((field) => field !== "" && field !== undefined && field !== null)
      .map((field) => encodeURIComponent(field)).join(","),
  ).join(";");

let changes = parse(new URL(window.location.href).searchParams.get("do") ?? "");
const past = [];
const future = [];
let names = new Map();

// A place on the map is called after the village whose point is nearest: nobody reads degrees aloud in a meeting.
const villages = [...part("by-hand").elements.at.options].map((one) => ({ lonlat: one.value.split(",").map(Number), name: one.text }));

const near = ([lon, lat]) => {
  const shrink = Math.cos((lat * Math.PI) / 180);
  const away = ({ lonlat }) => Math.hypot((lonlat[0] - lon) * shrink, lonlat[1] - lat);
  const [first, ...others] = villages;
  if (!first) return `${lat.toFixed(4)}, ${lon.toFixed(4)}`;
  return words.near.replace("{village}", others.reduce((best, one) => (away(one) < away(best) ? one : best), first).name);
};

const label = (one) => {
  const name = names.get(one.number)?.name ?? one.number;
  if (one.action === "open") return `${words.sayOpen} ${near(one.lonlat)}`;
  if (one.action === "merge") return `${name} ${words.sayMerge} ${names.get(one.into)?.name ?? one.into}`;
  if (one.action === "move") return `${words.sayMove} ${name} → ${near(one.lonlat)}`;
  return `${words.sayClose} ${name}`;
};

/* Asking: one question at a time; what was dragged meanwhile is asked next, the rest is skipped. */

let asking = false;
let wanted = null;
let shown = null;

const token = () => document.querySelector("[data-save] [name=csrfmiddlewaretoken]").value;

const ask = async (list) => {
  wanted = list;
  if (asking) return;
  asking = true;
  while (wanted) {
    const now = wanted;
    wanted = null;
    const begun = performance.now();
    try {
      const response = await fetch(words.answer, {
        method: "POST", body: JSON.stringify({ changes: now }),
        headers: { "Content-Type": "application/json", "X-CSRFToken": token() },
      });
      const said = await response.json();
      part("error").textContent = response.ok ? "" : said.error;
      if (response.ok) show(said);
      room.dataset.took = Math.round(performance.now() - begun);
    } catch {
      part("error").textContent = words.failed;
    }
  }
  asking = false;
  room.dataset.settled = String(changes.length);
};

let paint = () => {};

const show = (said) => {
  shown = said;
  const { whole } = said;
  part("after").textContent = number.format(whole.after);
  const gain = part("gain");
  gain.textContent = whole.gained ? `${sign(whole.gained)} ${words.people}` : "";
  gain.className = `gain ${whole.gained < 0 ? "state-bad" : "state-good"}`;
  part("before").textContent = `${number.format(whole.before)} → ${number.format(whole.after)} / ${number.format(whole.people)}`;
  part("capacity").hidden = !said.capacity;
  if (said.capacity) {
    part("served").textContent = number.format(said.capacity.served);
    part("full").textContent = number.format(said.capacity.full);
  }
  const body = part("divisions").tBodies[0];
  body.replaceChildren(...[whole, ...said.divisions].map((row, position) => {
    const line = document.createElement("tr");
    if (position === 0) line.className = "whole";
    const head = document.createElement("th");
    head.scope = "row";
    head.textContent = row.name;
    line.append(head, ...[row.people, row.before, row.after].map((value) => cell(number.format(value))), cell(row.gained ? sign(row.gained) : "0", row.gained !== 0));
    return line;
  }));
  paint(said.steps);
};

const cell = (text, strong = false) => {
  const made = document.createElement("td");
  made.className = "number";
  if (strong) made.append(Object.assign(document.createElement("strong"), { textContent: text }));
  else made.textContent = text;
  return made;
};

/* The list of changes */

let redraw = () => {};

const settle = (list, { undoable = true } = {}) => {
  if (undoable) {
    past.push(changes);
    future.length = 0;
  }
  changes = list;
  const text = write(changes);
  remember("do", text || null);
  const save = part("save");
  save.elements.changes.value = JSON.stringify(changes);
  save.elements.do.value = text;
  save.querySelector("button").disabled = changes.length === 0;
  const [undo, redo] = [part("undo-last"), part("redo")];
  const last = document.activeElement;
  undo.disabled = past.length === 0;
  redo.disabled = future.length === 0;
  // The last step back or forth leaves the key where one goes on.
  if (last === undo && undo.disabled) redo.focus();
  if (last === redo && redo.disabled) undo.focus();
  part("none").hidden = changes.length > 0;
  part("changes").replaceChildren(...changes.map((one, position) => {
    const line = document.createElement("li");
    line.append(`${label(one)} `);
    const back = Object.assign(document.createElement("button"), { type: "button", className: "button-link", textContent: words.undo });
    back.addEventListener("click", () => settle(changes.filter((_other, other) => other !== position)));
    line.append(back);
    return line;
  }));
  redraw();
  ask(changes);
};

// A facility is done one thing with at a time: the last one counts.
const withChange = (list, change) => [
  ...list.filter((one) => !(change.number && one.number === change.number) && !(change.action !== "move" && one.into && one.into === change.number)),
  change,
];

part("undo-last").addEventListener("click", () => {
  if (!past.length) return;
  future.push(changes);
  settle(past.pop(), { undoable: false });
});

part("redo").addEventListener("click", () => {
  if (!future.length) return;
  past.push(changes);
  settle(future.pop(), { undoable: false });
});

/* Without the map */

const byHand = part("by-hand");
const fit = () => {
  for (const field of byHand.querySelectorAll("[data-for]")) field.hidden = !field.dataset.for.split(" ").includes(byHand.elements.action.value);
};
byHand.elements.action.addEventListener("change", fit);
byHand.addEventListener("submit", (event) => {
  event.preventDefault();
  const { action, number: which, into, at } = byHand.elements;
  const change = { action: action.value, number: action.value === "open" ? "" : which.value, into: action.value === "merge" ? into.value : "" };
  if (action.value === "open" || action.value === "move") change.lonlat = at.value.split(",").map(Number);
  settle(withChange(changes, change));
});

/* The map */

const draw = async () => {
  fit();
  status.textContent = words.reading;
  const config = readConfig();
  const [map, base] = await Promise.all([createMap(document.getElementById("map"), config), read(words.base)]);
  placeBox(map);
  map.options.zoomSnap = 0.25;
  names = new Map(base.facilities.map((one) => [one.number, one]));
  for (const select of document.querySelectorAll("[data-facilities]")) {
    select.replaceChildren(...base.facilities.map((one) => new Option(`${one.name} · ${one.kind}`, one.number)));
  }
  const canvas = L.canvas({ padding: 0.3 });
  const most = Math.max(1, ...base.points.map((point) => point[2]));
  const drawn = base.points.map(([lon, lat, people]) =>
    L.circleMarker([lat, lon], { renderer: canvas, radius: 2 + 8 * Math.sqrt(people / most), weight: 1, color: "#6b5a4a", fillOpacity: 0.9, interactive: false }).addTo(map),
  );
  let painted = [];
  paint = (steps) => {
    steps.forEach((step, position) => {
      if (painted[position] === step) return;
      const colour = colours.get(step);
      drawn[position].setStyle(colour ? { fillColor: colour, fillOpacity: 0.9, color: "#6b5a4a", dashArray: null } : { fillOpacity: 0.1, color: "#333", dashArray: "3 2" });
    });
    painted = steps;
  };
  show(base.answer);

  const sites = L.layerGroup().addTo(map);
  let merging = null;
  let opening = false;
  const openButton = part("open-mode");
  const say = (text) => { status.textContent = text; };
  const mode = (on) => {
    opening = on;
    openButton.setAttribute("aria-pressed", String(on));
    document.getElementById("map").classList.toggle("is-opening", on);
    say(on ? words.where : words.ready);
  };
  openButton.addEventListener("click", () => mode(!opening));
  map.on("click", ({ latlng }) => {
    if (!opening) return;
    settle([...changes, { action: "open", number: "", into: "", lonlat: [latlng.lng, latlng.lat] }]);
    mode(false);
  });

  const icon = (one, { fresh = false, gone = false } = {}) =>
    L.divIcon({
      className: `map-point what-mark${fresh ? " what-new" : ""}${gone ? " what-gone" : ""}`,
      html: symbolMarkup(config.shapes, { shape: one.shape, glyph: fresh ? "+" : one.glyph, hollow: gone }), iconSize: [26, 26],
    });

  const dragged = (marker, changeAt) => {
    marker.on("drag", ({ latlng }) => ask(changeAt([latlng.lng, latlng.lat])));
    marker.on("dragend", () => {
      const at = marker.getLatLng();
      settle(changeAt([at.lng, at.lat]));
    });
  };

  const popup = (one) => {
    const holder = document.createElement("div");
    const name = document.createElement("p");
    name.textContent = `${one.name} · ${one.kind}`;
    const button = (text, act) => {
      const made = Object.assign(document.createElement("button"), { type: "button", className: "button button-quiet", textContent: text });
      made.addEventListener("click", () => { map.closePopup(); act(); });
      return made;
    };
    const row = document.createElement("p");
    row.className = "actions";
    row.append(
      button(words.sayClose, () => settle(withChange(changes, { action: "close", number: one.number, into: "" }))),
      button(words.sayMerge, () => { merging = one.number; say(words.into); }),
    );
    holder.append(name, row);
    return holder;
  };

  redraw = () => {
    sites.clearLayers();
    const done = new Map(changes.filter((one) => one.number).map((one) => [one.number, one]));
    for (const one of base.facilities) {
      const change = done.get(one.number);
      const gone = change?.action === "close" || change?.action === "merge";
      const at = change?.lonlat ?? one.lonlat;
      if (!at) continue;
      const marker = L.marker([at[1], at[0]], { icon: icon(one, { gone }), draggable: !gone, keyboard: false, title: one.name, riseOnHover: true });
      marker.bindPopup(() => popup(one));
      marker.on("click", (event) => {
        if (opening) {
          L.DomEvent.stop(event);
          marker.closePopup();
          settle([...changes, { action: "open", number: "", into: "", lonlat: [event.latlng.lng, event.latlng.lat] }]);
          mode(false);
          return;
        }
        if (merging === null || merging === one.number) return;
        L.DomEvent.stop(event);
        marker.closePopup();
        const from = merging;
        merging = null;
        say(words.ready);
        settle(withChange(changes, { action: "merge", number: from, into: one.number }));
      });
      if (!gone) dragged(marker, (lonlat) => withChange(changes, { action: "move", number: one.number, into: "", lonlat }));
      sites.addLayer(marker);
      if (change?.action === "move" && one.lonlat) {
        sites.addLayer(L.polyline([[one.lonlat[1], one.lonlat[0]], [at[1], at[0]]], { color: "#0d5a63", weight: 2, dashArray: "4 4", interactive: false }));
      }
    }
    changes.forEach((change, position) => {
      if (change.action !== "open") return;
      const marker = L.marker([change.lonlat[1], change.lonlat[0]], {
        icon: icon({ shape: "circle" }, { fresh: true }), draggable: true, keyboard: false, title: words.open, zIndexOffset: 500,
      });
      dragged(marker, (lonlat) => changes.map((one, other) => (other === position ? { ...one, lonlat } : one)));
      sites.addLayer(marker);
    });
  };

  // From afar a facility is a small square, so that the people behind it are seen.
  const nearOrFar = () => document.getElementById("map").classList.toggle("far-off", map.getZoom() < SYMBOLS_FROM_ZOOM);
  map.on("zoomend", nearOrFar);
  const bounds = L.latLngBounds(base.points.map(([lon, lat]) => [lat, lon]));
  keepView(map, () => bounds.isValid() && map.fitBounds(bounds, { padding: [16, 16], animate: false }));
  nearOrFar();
  mode(false);
  settle(changes, { undoable: false });
  // Each process of the server reads the roads once; two questions at once find two of them ready.
  fetch(words.base);
  room.dataset.loaded = "true";
};

const read = async (url) => {
  const response = await fetch(url, { headers: { Accept: "application/json" } });
  const said = await response.json();
  if (!response.ok) throw new Error(said.error ?? String(response.status));
  return said;
};

draw().catch((error) => {
  status.textContent = "";
  part("error").textContent = error.message;
});
