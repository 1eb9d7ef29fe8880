// The map of a story, and of a collection: there it follows the story that is read.

import { createMap, readConfig } from "../site/js/map/basemap.js";

const config = readConfig();
const wait = document.getElementById("map-wait");
const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
const box = ([west, south, east, north]) => [[south, west], [north, east]];

/** What all stories show together: west, south, east, north. */
function whole(stops) {
  const all = stops.map(({ bounds }) => bounds).filter(Boolean);
  if (!all.length) return null;
  return [0, 1, 2, 3].map((side) => (side < 2 ? Math.min : Math.max)(...all.map((bounds) => bounds[side])));
}

/** A numbered pin for each place of a collection's story, a plain one for a single story's; its name stands beside it. */
function addPins(map, stops, follows) {
  return stops.map(({ number, title, points }) =>
    points.map(({ name, at }, index) => {
      const pin = document.createElement("span");
      pin.className = "tale-pin";
      pin.textContent = follows ? number : "";
      const icon = L.divIcon({ className: "tale-pin-holder", html: pin, iconSize: [28, 28] });
      const marker = L.marker(at, { icon, keyboard: false, title: follows ? `${number} ${title}` : name, zIndexOffset: -index }).addTo(map);
      marker.bindTooltip(textOf(name), { permanent: !follows, direction: "top", offset: [0, -12], className: "tale-label" });
      if (follows) marker.on("click", () => document.getElementById(`story-${number}`)?.scrollIntoView({ behavior: still ? "auto" : "smooth", block: "center" }));
      return { marker, pin };
    }),
  );
}

const textOf = (text) => {
  const holder = document.createElement("span");
  holder.textContent = text;
  return holder;
};

function follow(map, stops, pins) {
  const parts = [...document.querySelectorAll("[data-stop]")];
  let current = -1;
  const go = (number) => {
    if (number === current || !stops[number]) return;
    current = number;
    parts.forEach((part, i) => part.classList.toggle("is-read", i === number));
    pins.forEach((group, i) =>
      group.forEach(({ marker, pin }) => {
        pin.classList.toggle("is-read", i === number);
        marker.setZIndexOffset(i === number ? 1000 : 0);
        if (i === number) marker.openTooltip();
        else marker.closeTooltip();
      }),
    );
    if (stops[number].bounds) map.fitBounds(box(stops[number].bounds), { animate: !still, padding: [6, 6], maxZoom: 15 });
  };
  // The story that crosses a line below the map (on a desk: the middle of the window) is the one that is read.
  const watch = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) if (entry.isIntersecting) go(Number(entry.target.dataset.stop));
    },
    { rootMargin: "-62% 0px -36% 0px" },
  );
  for (const part of parts) {
    watch.observe(part);
    part.addEventListener("focusin", () => go(Number(part.dataset.stop)));
  }
}

/** On paper the page is laid out anew, and a map cannot be drawn anew in time: it keeps the size that it has on screen. */
function keepSizeInPrint(holder) {
  window.addEventListener("beforeprint", () => {
    holder.style.width = `${holder.offsetWidth}px`;
    holder.style.height = `${holder.offsetHeight}px`;
  });
  window.addEventListener("afterprint", () => {
    holder.style.width = "";
    holder.style.height = "";
  });
}

try {
  const stops = JSON.parse(document.getElementById("tale-stops").textContent);
  const map = await createMap(document.getElementById("map"), config);
  wait.hidden = true;
  const follows = Boolean(document.querySelector("[data-stop]"));
  const pins = addPins(map, stops, follows);
  const bounds = whole(stops);
  if (bounds) map.fitBounds(box(bounds), { animate: false, padding: [10, 10], maxZoom: 15 });
  if (follows) follow(map, stops, pins);
  keepSizeInPrint(map.getContainer().parentElement);
  map.getContainer().dataset.drawn = "yes";
} catch (error) {
  wait.hidden = false;
  wait.textContent = config.words.failed;
  console.error(error);
}
