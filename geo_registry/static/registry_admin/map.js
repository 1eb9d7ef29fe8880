// Maps of the administration pages: Leaflet's icons by their unhashed address, since Leaflet puts file names together itself;
// and its buttons in the reader's language, where django-leaflet leaves them in English.
"use strict";

{
  const here = document.currentScript.src;
  L.Icon.Default.imagePath = here.slice(0, here.lastIndexOf("registry_admin/")) + "leaflet/images/";

  const speak = () => {
    const words = JSON.parse(document.getElementById("registry-map-words").textContent);
    L.Control.Zoom.mergeOptions({ zoomInTitle: words.zoomIn, zoomOutTitle: words.zoomOut });
    Object.assign(L.drawLocal.draw.toolbar.finish, { title: words.finishTitle, text: words.finish });
    Object.assign(L.drawLocal.edit.toolbar.actions.clearAll, { title: words.clearAllTitle, text: words.clearAll });
  };
  document.addEventListener("DOMContentLoaded", speak);
}
