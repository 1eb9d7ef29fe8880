// Map symbols as the server draws them (geo_registry/symbols.py): the shapes come with the page.

const escapeText = (text) => text.replace(/[&<>]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[c]);

/** The symbol of a kind as SVG markup. */
export function symbolMarkup(shapes, { shape, glyph, hollow = false }) {
  const form = shapes[shape] ?? shapes.circle;
  return (
    `<svg class="symbol${hollow ? " symbol-hollow" : ""}" viewBox="0 0 32 32" aria-hidden="true" focusable="false">` +
    `<path d="${form.path}"/><text x="16" y="${form.baseline}" font-size="${form.size}" text-anchor="middle">` +
    `${escapeText(glyph ?? "")}</text></svg>`
  );
}
