// The field above a map that moves it to a village, road, name or facility.

import "./combobox.js";

const NEAR_ZOOM = 15;

export function placeBox(map, box = document.querySelector("[data-place-box]")) {
  if (!box) return;
  box.hidden = false;
  const input = box.querySelector("input");
  let mark = null;
  input.addEventListener("suggestion", ({ detail }) => {
    if (detail.lat === null || detail.lon === null) return;
    map.setView([detail.lat, detail.lon], NEAR_ZOOM);
    mark?.remove();
    const label = document.createElement("span");
    label.textContent = detail.text;
    mark = L.circleMarker([detail.lat, detail.lon], { radius: 9, color: "#0d5a63", fill: false })
      .bindTooltip(label, { permanent: true, direction: "top" })
      .addTo(map);
  });
  // The field may stand in the form of something else, which what is typed here does not change, and which Enter must not send.
  input.addEventListener("input", (event) => event.stopPropagation());
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.ctrlKey) event.preventDefault();
  });
}
