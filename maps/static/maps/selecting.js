// One thing selected at a time, on the map and in the table beside it; the page's address keeps it.
//
// A key is a division's number ("12"), a populated place's ("p5") or a facility's ("f7"): what a row of a table and a shape on the
// map are called alike.

export const remember = (name, value) => {
  const address = new URL(window.location.href);
  if (value === null) address.searchParams.delete(name);
  else address.searchParams.set(name, value);
  window.history.replaceState(null, "", address);
  // Another question is asked with what is shown now; what is selected may not be there any more.
  const form = name === "sel" ? null : document.querySelector("form[data-asks]");
  if (!form) return;
  let field = form.querySelector(`input[type=hidden][name="${CSS.escape(name)}"]`);
  if (!field) form.prepend((field = Object.assign(document.createElement("input"), { type: "hidden", name })));
  field.value = value ?? "";
};

export const kept = (name) => new URL(window.location.href).searchParams.get(name);

/* Where the map was moved to: zoom, latitude, longitude. */

/** Show what the address says of the map; otherwise `fit`. From then on the address follows the map. */
export const keepView = (map, fit) => {
  const [zoom, lat, lon] = (kept("view") ?? "").split(",").map(Number);
  const said = Number.isFinite(zoom) && Math.abs(lat) <= 90 && Math.abs(lon) <= 180;
  if (said) map.setView([lat, lon], Math.min(Math.max(zoom, map.getMinZoom()), map.getMaxZoom()), { animate: false });
  else fit();
  map.on("moveend", () => {
    const at = map.getCenter();
    remember("view", [map.getZoom(), at.lat.toFixed(5), at.lng.toFixed(5)].join(","));
  });
  return said;
};

/* How a shape of the map is marked, and where it is. */

const MARK = "#0d5a63";
const NEAR = 14;
const go = (layer) => layer._map?.setView(layer.getLatLng(), Math.max(layer._map.getZoom(), NEAR));

/** A division's boundary. */
export const outline = (layer, label, style) => ({
  label,
  mark: (on) => {
    layer.setStyle(on ? { color: MARK, weight: 3, dashArray: null, fillOpacity: 0.08 } : style);
    if (on) layer.bringToFront();
  },
  zoom: () => layer._map?.fitBounds(layer.getBounds(), { padding: [20, 20] }),
});

/** A circle where people live. */
export const dot = (layer, label, style) => ({
  label,
  mark: (on) => {
    layer.setStyle(on ? { color: MARK, weight: 4, dashArray: null } : { dashArray: null, ...style });
    layer.setRadius(on ? style.radius + 3 : style.radius);
    if (on) layer.bringToFront();
  },
  zoom: () => go(layer),
});

/** A facility's symbol, which is made anew whenever its layer is shown. */
export const sign = (layer, label) => {
  let marked = false;
  const show = () => layer.getElement()?.classList.toggle("is-selected", marked);
  layer.on("add", show);
  return {
    label,
    mark: (on) => {
      marked = on;
      layer.setZIndexOffset(on ? 1000 : 0);
      show();
    },
    zoom: () => go(layer),
  };
};

/* The tables. */

const DIVISIONS = "divisions";
const listOf = (key) => (key.startsWith("p") ? "places" : key.startsWith("f") ? "facilities" : DIVISIONS);

/**
 * Tables that are changed for one another without leaving the page.
 *
 * @param {HTMLElement} box `[data-lists]`; its links lead to pages with another list
 * @returns {{row: Function, show: Function}} the row of a key, and a promise of the list that has it
 */
const tables = (box) => {
  let wanted = 0;
  const links = () => [...box.querySelectorAll("[data-list-link]")];
  const row = (key) => box.querySelector(`tr[data-row="${CSS.escape(key)}"]`);

  const load = async (name, key = null) => {
    const link = links().find((one) => one.dataset.listLink === name);
    if (!link) return false;
    const turn = ++wanted;
    const address = new URL(link.href);
    if (key !== null) address.searchParams.set("sel", key);
    box.setAttribute("aria-busy", "true");
    try {
      const response = await fetch(address, { headers: { Accept: "text/html" } });
      if (!response.ok) throw new Error(`${response.status} ${address}`);
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const fresh = page.querySelector("[data-lists]");
      // Whoever has chosen another list meanwhile wants that one.
      if (turn !== wanted || !fresh) return false;
      box.replaceChildren(...fresh.childNodes);
      box.dataset.list = name;
      remember("list", name === DIVISIONS ? null : name);
      return true;
    } finally {
      if (turn === wanted) box.removeAttribute("aria-busy");
    }
  };

  const show = async (key) => {
    if (!row(key)) await load(listOf(key), key);
    return row(key);
  };

  box.addEventListener("click", (event) => {
    const link = event.target.closest("[data-list-link]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    load(link.dataset.listLink)
      .then((fresh) => fresh && box.querySelector(`[data-list-link="${link.dataset.listLink}"]`).focus())
      // The link leads there, too.
      .catch(() => window.location.assign(link.href));
  });
  return { row, show };
};

// The table moves in its frame; the page, and with it the map that was pressed, stays where it is.
const within = (row) => {
  const frame = row.closest(".table-scroll");
  const [seen, at] = [frame.getBoundingClientRect(), row.getBoundingClientRect()];
  const head = frame.querySelector("thead")?.offsetHeight ?? 0;
  if (at.top < seen.top + head || at.bottom > seen.bottom) frame.scrollTop += at.top - seen.top - head - (seen.height - head - at.height) / 2;
};

/**
 * @param {object} parts
 * @param {HTMLElement | null} parts.box the tables
 * @param {HTMLElement | null} parts.words where what is selected is said
 * @param {(key: string, row: HTMLElement | null) => Promise<object | null>} parts.find the shape of a key, shown if need be:
 *   `{ mark(on), zoom(), label }`
 * @returns {{choose: Function, begin: Function}} select a key; select what the address names
 */
export const selection = ({ box, words, find }) => {
  const list = box && tables(box);
  let selected = null;
  let shape = null;

  const clear = () => {
    shape?.mark(false);
    shape = null;
    for (const row of box?.querySelectorAll('[aria-selected="true"]') ?? []) row.removeAttribute("aria-selected");
    if (words) words.textContent = "";
  };

  /** `from`: "map" or "table"; what is chosen on one is shown on the other. */
  const choose = async (key, { from, zoom = from === "table" } = {}) => {
    const again = selected === key && from === "map";
    clear();
    selected = again ? null : key;
    remember("sel", selected);
    if (selected === null) return;
    const found = await find(key, list?.row(key) ?? null);
    if (selected !== key) return;
    shape = found;
    shape?.mark(true);
    if (words && shape) words.textContent = shape.label;
    if (zoom) shape?.zoom();
    const row = await list?.show(key);
    if (selected !== key || !row) return;
    row.setAttribute("aria-selected", "true");
    if (from !== "table") within(row);
  };

  box?.addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-row]");
    const button = event.target.closest("[data-show]");
    if (button) choose(button.dataset.show, { from: "table" });
    // A row is as good as its button, unless its words are being marked or something in it is meant.
    else if (row?.querySelector("[data-show]") && !event.target.closest("a, button, input") && !String(window.getSelection())) {
      choose(row.dataset.row, { from: "table" });
    }
  });

  return {
    choose,
    /** `zoom`: whether the map goes there, where the address does not say what it shows. */
    begin: ({ zoom = true } = {}) => {
      const key = kept("sel");
      return key ? choose(key, { from: "address", zoom }) : null;
    },
  };
};
