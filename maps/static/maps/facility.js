// The map of one facility.

import { createMap, readConfig } from "../site/js/map/basemap.js";
import { showPoints } from "../site/js/map/points.js";

const config = readConfig();
const wait = document.getElementById("map-wait");

try {
  const collection = JSON.parse(document.getElementById("map-points").textContent);
  const map = await createMap(document.getElementById("map"), config, collection.features);
  wait.hidden = true;
  const points = showPoints(map, collection, config, () => {});
  points.select(collection.features[0].properties.number);
} catch (error) {
  wait.textContent = config.words.failed;
  console.error(error);
}
