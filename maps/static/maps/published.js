// The page of a published map, and of a story: the map follows the step that is read.

import { readConfig } from "../site/js/map/basemap.js";
import { boundsOf, Layers, startMap } from "./composed.js";

const config = readConfig();
const wait = document.getElementById("map-wait");
const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;

function follow(map, layers, drawn) {
  const steps = [...document.querySelectorAll("[data-step]")];
  let current = -1;
  const go = (number) => {
    if (number === current || !drawn.story[number]) return;
    current = number;
    const { extent, layers: shown } = drawn.story[number];
    steps.forEach((step, i) => step.classList.toggle("is-read", i === number));
    layers.show(shown);
    const bounds = extent ?? drawn.extent;
    if (bounds) map.fitBounds(boundsOf(bounds), { animate: !still, padding: [6, 6] });
  };
  // The step that crosses a line below the map (on a desk: the middle of the window) is the one that is read.
  const watch = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) if (entry.isIntersecting) go(Number(entry.target.dataset.step));
    },
    { rootMargin: "-62% 0px -36% 0px" },
  );
  for (const step of steps) {
    watch.observe(step);
    step.addEventListener("focusin", () => go(Number(step.dataset.step)));
  }
  go(0);
}

try {
  const answer = await fetch(document.querySelector("[data-map]").dataset.map);
  if (!answer.ok) throw new Error(`map: ${answer.status}`);
  const drawn = await answer.json();
  const map = await startMap(document.getElementById("map"), config, drawn);
  const layers = new Layers(map, config).draw(drawn);
  wait.hidden = true;
  if (drawn.story.length && document.querySelector("[data-step]")) follow(map, layers, drawn);
} catch (error) {
  wait.textContent = config.words.failed;
  wait.hidden = false;
  console.error(error);
}
