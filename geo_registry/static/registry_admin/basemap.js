// The registry's own ground below what is drawn in a form: roads, boundaries and names, from this site's tiles.

import { BACKGROUND, labelRules, paintRules } from "../site/js/map/style.js";

const address = document.querySelector("meta[name=registry-tiles]")?.content;

function addGround({ detail }) {
  if (!address) return;
  protomapsL
    .leafletLayer({
      url: address.replace("/0/0/0.", "/{z}/{x}/{y}."),
      maxDataZoom: 15,
      lang: document.documentElement.lang,
      attribution: "",
      paintRules: paintRules(),
      labelRules: labelRules(),
      backgroundColor: BACKGROUND,
    })
    .addTo(detail.map);
}

// Maps are made when the page has loaded, after modules have run.
window.addEventListener("map:init", addGround);
