// Where the register has a record, and where a reporter says it is.

import { createMap, readConfig } from "../site/js/map/basemap.js";
import { showPoints } from "../site/js/map/points.js";

const config = readConfig();
const wait = document.getElementById("map-wait");

try {
  const collection = JSON.parse(document.getElementById("map-points").textContent);
  const map = await createMap(document.getElementById("map"), config, collection.features);
  wait.hidden = true;
  showPoints(map, collection, config, () => {});
} catch (error) {
  wait.textContent = config.words.failed;
  console.error(error);
}
