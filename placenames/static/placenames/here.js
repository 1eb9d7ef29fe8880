// Where somebody stands, written into the form's fields: only when asked, and only to this server.

const button = document.getElementById("here");
const said = document.getElementById("here-said");
const field = (name) => document.getElementById(`id_${name}`);

if (button && navigator.geolocation) {
  button.hidden = false;
  button.addEventListener("click", () => {
    said.textContent = button.dataset.wait;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        field("lon").value = coords.longitude.toFixed(6);
        field("lat").value = coords.latitude.toFixed(6);
        field("accuracy").value = Math.round(coords.accuracy);
        said.textContent = button.dataset.found.replace("%s", Math.round(coords.accuracy));
      },
      () => {
        said.textContent = button.dataset.failed;
      },
      { enableHighAccuracy: true, timeout: 20000, maximumAge: 0 },
    );
  });
}
