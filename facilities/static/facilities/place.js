// Where a facility is: click on the map, drag the mark, or type the co-ordinates. All three say the same.

import { placeBox } from "../search/place-box.js";
import { createMap, readConfig } from "../site/js/map/basemap.js";

const config = readConfig();
const wait = document.getElementById("map-wait");
const element = document.getElementById("map");
const lon = document.getElementById("id_lon");
const lat = document.getElementById("id_lat");
const system = document.getElementById("id_location_system");
const method = document.getElementById("id_location_method");

const typed = () => {
  const [x, y] = [Number.parseFloat(lon.value), Number.parseFloat(lat.value)];
  // Co-ordinates of a shifted system are turned by the server; drawn as they stand they would lie beside the place.
  return Number.isFinite(x) && Number.isFinite(y) && Math.abs(y) <= 90 && (system?.value ?? "cgcs2000") === "cgcs2000" ? [y, x] : null;
};

if (element && lon && lat) {
  try {
    const start = typed();
    const features = start ? [{ geometry: { type: "Point", coordinates: [start[1], start[0]] } }] : [];
    const map = await createMap(element, config, features);
    placeBox(map);
    wait.hidden = true;
    let mark = null;
    const icon = L.divIcon({ className: "map-halo", iconSize: [34, 34] });

    const write = ({ lat: y, lng: x }) => {
      lon.value = x.toFixed(6);
      lat.value = y.toFixed(6);
      if (system) system.value = "cgcs2000";
      if (method) method.value = "picked";
      lon.dispatchEvent(new Event("input", { bubbles: true }));
    };

    const place = (where) => {
      if (!where) {
        mark?.remove();
        mark = null;
        return;
      }
      if (mark) mark.setLatLng(where);
      else {
        mark = L.marker(where, { icon, draggable: true, keyboard: false }).addTo(map);
        mark.on("dragend", () => write(mark.getLatLng()));
      }
    };

    place(start);
    map.on("click", ({ latlng }) => {
      place(latlng);
      write(latlng);
    });
    // Until somebody has said where it is, the map shows the division that was chosen.
    const points = JSON.parse(document.getElementById("division-points")?.textContent ?? "{}");
    const division = document.getElementById("id_division");
    const look = () => {
      const point = points[division?.value];
      if (point && !mark) map.setView([point[1], point[0]], 14);
    };
    division?.addEventListener("change", look);
    look();
    for (const control of [lon, lat, system]) {
      control?.addEventListener("change", () => {
        const where = typed();
        place(where);
        if (where && !map.getBounds().contains(where)) map.panTo(where);
      });
    }
  } catch (error) {
    wait.textContent = config.words.failed;
    console.error(error);
  }
}
