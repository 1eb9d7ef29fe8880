// Maps of the administration pages: Leaflet's icons by their unhashed address, since Leaflet puts file names together itself.
"use strict";

{
  const here = document.currentScript.src;
  L.Icon.Default.imagePath = here.slice(0, here.lastIndexOf("registry_admin/")) + "leaflet/images/";
}
