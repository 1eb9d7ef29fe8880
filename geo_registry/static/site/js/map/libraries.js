// Leaflet and its companions are loaded when a map is first shown: a phone that stays with the list never fetches them.

const pending = new Map();

const script = (url) => {
  if (!pending.has(url)) {
    pending.set(
      url,
      new Promise((resolve, reject) => {
        const element = document.createElement("script");
        element.src = url;
        element.onload = resolve;
        element.onerror = () => reject(new Error(`could not load ${url}`));
        document.head.append(element);
      }),
    );
  }
  return pending.get(url);
};

const style = (url) => {
  if (!pending.has(url)) {
    pending.set(
      url,
      new Promise((resolve, reject) => {
        const element = document.createElement("link");
        element.rel = "stylesheet";
        element.href = url;
        element.onload = resolve;
        element.onerror = () => reject(new Error(`could not load ${url}`));
        // Before the site's own styles, so that those have the last word.
        document.head.prepend(element);
      }),
    );
  }
  return pending.get(url);
};

/** Load what `config.libraries` names. Plugins come after Leaflet. */
export async function loadLibraries(libraries) {
  const styles = libraries.styles.map(style);
  await script(libraries.leaflet);
  await Promise.all([...styles, script(libraries.clusters), script(libraries.tiles)]);
}
