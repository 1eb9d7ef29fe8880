// Signs on a telephone: near me or in the day's round, inspected in three taps, found anew, and lanes walked; with or without a signal.

import { Queue, modernise } from "./field-queue.js";
import { Round } from "./field-round.js";
import { Track } from "./field-track.js";

const $ = (id) => document.getElementById(id);
const page = $("field");
const words = page.dataset;
const SHOWN = 30;
const read = (id) => JSON.parse($(id).textContent);
const signs = read("field-signs");
const defects = new Map(read("field-defects"));
const queue = new Queue({ person: words.person, address: words.send, page: words.scope, token: words.token, now: words.now });
const round = new Round(words.person, read("field-round-taken"));
const track = new Track(queue, words);
let here = null;
let mending = null;

const element = (name, text, classes = "") => Object.assign(document.createElement(name), { textContent: text, className: classes });

function pressed(text, act, classes = "button button-quiet") {
  const made = element("button", text, classes);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}

// -- what is shown

function metres(sign) {
  if (!here) return null;
  const east = (sign.lon - here.lon) * 111320 * Math.cos((here.lat * Math.PI) / 180);
  return Math.hypot(east, (sign.lat - here.lat) * 110950);
}

const far = (sign) => (here ? `${Math.round(metres(sign))} m · ` : "");

function inOrder() {
  if (round.stops.length) return round.left.filter(({ stands }) => stands);
  return here ? [...signs].sort((a, b) => metres(a) - metres(b)) : signs;
}

async function show() {
  const waiting = await queue.waiting();
  const seen = new Set(waiting.map((entry) => entry.sign));
  $("field-list").replaceChildren(
    ...inOrder().slice(0, SHOWN).map((sign) => {
      const row = document.createElement("li");
      const button = pressed("", () => choose(sign), "field-sign");
      button.dataset.sign = sign.id;
      const name = element("strong", sign.text);
      name.lang = "zh-Hans";
      button.append(name, element("span", `${far(sign)}${sign.where} · ${sign.number}`));
      if (seen.has(sign.id)) button.append(element("span", words.kept, "state state-caution"));
      row.append(button);
      return row;
    }),
  );
  $("field-waiting").textContent = waiting.length ? words.waiting.replace("%s", waiting.length) : words.nothing;
  $("field-refused").replaceChildren(...waiting.filter(({ problem, conflict }) => problem || conflict).map(refusal));
  showRound();
}

/** An entry that the server did not take: what it says beside what is kept here, and what can be done. */
function refusal(entry) {
  const row = element("li", "");
  const name = element("strong", entry.text);
  name.lang = "zh-Hans";
  row.append(name, element("span", ` ${entry.problem || entry.conflict}`));
  if (entry.what === "seen") {
    const found = [entry.fields.defects].flat().map((code) => defects.get(code)).join("、") || words.fine;
    row.append(element("p", `${words.mine}: ${found} ${entry.fields.note}`));
  }
  const actions = element("p", "", "actions");
  if (entry.conflict) actions.append(pressed(entry.what === "found" ? words.another : words.anyway, () => queue.insist(entry), "button"));
  if (entry.problem && entry.what === "found") actions.append(pressed(words.correct, () => correct(entry), "button"));
  if (entry.photo && entry.refused?.includes("photos")) actions.append(pressed(words.without, () => queue.mend(entry, { photo: null })));
  actions.append(
    pressed(words.discard, async () => {
      await queue.forget(entry.key);
      // A thumb that slipped takes nothing with it.
      const back = pressed(words.undo, async () => {
        await queue.keep(entry);
        $("field-said").replaceChildren();
        show();
      });
      $("field-said").replaceChildren(words.discarded.replace("%s", entry.text), " ", back);
      await show();
      back.focus();
    }),
  );
  row.append(actions);
  return row;
}

function showRound() {
  $("field-round").hidden = !round.stops.length;
  if (!round.stops.length) return;
  const { next } = round;
  const visited = `${round.title} · ${words.visited.replace("%s", `${round.done.length}/${round.stops.length}`)}`;
  $("field-next").textContent = next ? words.next.replace("%s", next.text) : words.over;
  $("field-next-where").textContent = next ? [visited, `${far(next)}${next.where} · ${next.number}`, ...next.work].join(" · ") : visited;
  $("field-next-inspect").hidden = !next?.stands;
  $("field-next-been").hidden = !next;
}

function choose(sign) {
  const form = $("field-form");
  form.reset();
  form.dataset.sign = sign.id;
  $("field-name").textContent = sign.text;
  $("field-dialog").showModal();
}

// -- entries

function today() {
  const now = new Date();
  return new Date(now - now.getTimezoneOffset() * 60000).toISOString().slice(0, 10);
}

const position = () => (here ? { lon: here.lon.toFixed(7), lat: here.lat.toFixed(7), accuracy: here.accuracy } : {});

/** Keep an entry; a telephone without room says so, and what was typed stays in its form. */
async function add(entry, dialog) {
  try {
    await queue.add(entry);
  } catch {
    $("field-said").textContent = words.full;
    return false;
  }
  dialog.close();
  return true;
}

async function enter(found) {
  const id = Number($("field-form").dataset.sign);
  const sign = signs.find((one) => one.id === id) ?? round.stops.find((one) => one.id === id);
  const fields = { sign: id, note: $("field-note").value, on_day: today(), defects: found, ...position() };
  if (!(await add({ what: "seen", sign: id, text: sign.text, fields, photo: $("field-photo").files[0] ?? null }, $("field-dialog")))) return;
  round.visited(id);
  show();
}

/** Open the form of a new sign with what was entered: it was refused, and is sent again where it was seen. */
function correct(entry) {
  mending = entry;
  const { name, reason, note } = entry.fields;
  $("field-new-form").reset();
  Object.entries({ name, reason, note }).forEach(([field, value]) => {
    $(`field-new-${field}`).value = value;
  });
  $("field-new-dialog").showModal();
}

async function enterNew() {
  const data = new FormData($("field-new-form"));
  const name = data.get("name").trim();
  if (mending) {
    const photo = $("field-new-photo").files[0] ?? mending.photo;
    const fields = { ...mending.fields, name, reason: data.get("reason"), note: data.get("note") };
    await queue.mend(mending, { text: `${name} (${words.new})`, fields, photo });
    $("field-new-dialog").close();
    return;
  }
  if (!here) {
    $("field-new-where").textContent = words.none;
    return;
  }
  const fields = { name, reason: data.get("reason"), note: data.get("note"), on_day: today(), ...position() };
  await add({ what: "found", text: `${name} (${words.new})`, fields, photo: $("field-new-photo").files[0] ?? null }, $("field-new-dialog"));
}

function find() {
  $("field-said").textContent = words.looking;
  navigator.geolocation?.watchPosition(
    ({ coords }) => {
      here = { lon: coords.longitude, lat: coords.latitude, accuracy: Math.round(coords.accuracy) };
      const said = words.found.replace("%s", here.accuracy);
      $("field-said").textContent = said;
      $("field-new-where").textContent = said;
      show();
    },
    () => {
      $("field-said").textContent = words.lost;
      if (!here) $("field-new-where").textContent = words.none;
    },
    { enableHighAccuracy: true, maximumAge: 10000, timeout: 20000 },
  );
}

// -- beginning

for (const [code, label] of defects) {
  const line = element("label", "");
  const box = Object.assign(document.createElement("input"), { type: "checkbox", name: "defects", value: code });
  line.append(box, element("span", label));
  $("field-defect-list").append(line);
}
$("field-names").append(...read("field-name-list").map((name) => Object.assign(document.createElement("option"), { value: name })));
$("field-fine").addEventListener("click", () => enter([]));
$("field-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const found = new FormData(event.target).getAll("defects");
  if (found.length) enter(found);
  else $("field-none").hidden = false;
});
$("field-close").addEventListener("click", () => $("field-dialog").close());
$("field-dialog").addEventListener("close", () => {
  $("field-none").hidden = true;
});
$("field-new").addEventListener("click", () => {
  $("field-new-form").reset();
  $("field-new-dialog").showModal();
  if (!here) find();
});
$("field-new-dialog").addEventListener("close", () => {
  mending = null;
});
$("field-new-close").addEventListener("click", () => $("field-new-dialog").close());
$("field-new-form").addEventListener("submit", (event) => {
  event.preventDefault();
  enterNew();
});
$("field-here").addEventListener("click", find);
$("field-next-inspect").addEventListener("click", () => choose(round.next));
$("field-next-been").addEventListener("click", () => {
  round.visited(round.next.id);
  show();
});
$("field-round-away").addEventListener("click", () => {
  round.putAway();
  show();
});
queue.addEventListener("change", show);
queue.addEventListener("refused", () => {
  $("field-said").textContent = words.again;
});
queue.addEventListener("other", () => {
  $("field-said").textContent = words.other;
});
const { serviceWorker } = navigator;
if (serviceWorker) {
  serviceWorker.addEventListener("message", ({ data }) => {
    if (!data?.kept) return;
    $("field-kept").hidden = false;
    page.dataset.offline = "yes";
  });
  serviceWorker.register(words.worker, { scope: words.scope });
  // What was fetched before the worker began is told to it: the first visit is enough for the next one without a signal.
  serviceWorker.ready.then(({ active }) => {
    const loaded = performance.getEntriesByType("resource").map(({ name }) => name);
    active.postMessage({ keep: [location.href, ...loaded.filter((name) => name.startsWith(`${location.origin}/`))] });
  });
}
await modernise(queue);
await track.begin();
await show();
queue.send();
page.dataset.ready = "yes";
