// Shapes as a hand sees them: paths of points. Lengths and areas are those of CGCS2000's ellipsoid. Knows neither page nor map.

const A = 6378137;
const F = 1 / 298.257222101;
const E2 = F * (2 - F);
const E = Math.sqrt(E2);
const RAD = Math.PI / 180;

/** The points of a shape by part and ring: `closed` rings without their repeated last point. */
export function pathsOf(geometry) {
  if (!geometry) return [];
  const { type, coordinates } = geometry;
  if (type === "Point") return [{ part: 0, ring: 0, closed: false, points: [coordinates.slice(0, 2)] }];
  if (type === "LineString") return [{ part: 0, ring: 0, closed: false, points: coordinates.map((c) => c.slice(0, 2)) }];
  const polygons = type === "Polygon" ? [coordinates] : coordinates;
  return polygons.flatMap((rings, part) =>
    rings.map((ring, index) => ({ part, ring: index, closed: true, points: ring.slice(0, -1).map((c) => c.slice(0, 2)) })),
  );
}

/** The shape that has these paths. Rings with fewer than three points are left out. */
export function shapeOf(family, paths) {
  if (family === "point") return paths[0]?.points[0] ? { type: "Point", coordinates: paths[0].points[0] } : null;
  if (family === "line") return paths[0]?.points.length > 1 ? { type: "LineString", coordinates: paths[0].points } : null;
  const parts = new Map();
  for (const { part, points } of paths) {
    if (points.length < 3) continue;
    if (!parts.has(part)) parts.set(part, []);
    parts.get(part).push([...points, points[0]]);
  }
  return parts.size ? { type: "MultiPolygon", coordinates: [...parts.values()] } : null;
}

/** Metres between two positions: radii of curvature at the middle latitude, right to a hundred-thousandth up to 50 km. */
export function distance([lon1, lat1], [lon2, lat2]) {
  const middle = ((lat1 + lat2) / 2) * RAD;
  const w2 = 1 - E2 * Math.sin(middle) ** 2;
  const vertical = A / Math.sqrt(w2);
  const meridian = (vertical * (1 - E2)) / w2;
  return Math.hypot((lon2 - lon1) * RAD * vertical * Math.cos(middle), (lat2 - lat1) * RAD * meridian);
}

export function pathLength({ points, closed }) {
  let metres = 0;
  for (let i = 1; i < points.length; i += 1) metres += distance(points[i - 1], points[i]);
  if (closed && points.length > 2) metres += distance(points[points.length - 1], points[0]);
  return metres;
}

// The authalic function: the area between the equator and a latitude is proportional to it.
const q = (lat) => {
  const s = Math.sin(lat * RAD);
  return (1 - E2) * (s / (1 - E2 * s * s) - Math.log((1 - E * s) / (1 + E * s)) / (2 * E));
};

/** Square metres of a ring on the ellipsoid. */
export function ringArea(points) {
  let sum = 0;
  for (let i = 0; i < points.length; i += 1) {
    const [lon1, lat1] = points[i];
    const [lon2, lat2] = points[(i + 1) % points.length];
    sum += (lon2 - lon1) * RAD * (q(lat1) + q(lat2));
  }
  return Math.abs((A * A * sum) / 4);
}

/** Length and area of a shape; holes are taken off. */
export function measure(geometry) {
  const paths = pathsOf(geometry);
  const length = paths.reduce((sum, path) => sum + pathLength(path), 0);
  const area = paths.reduce((sum, path) => sum + (path.closed ? (path.ring ? -1 : 1) * ringArea(path.points) : 0), 0);
  return { length, area, points: paths.reduce((sum, path) => sum + path.points.length, 0) };
}

/** The place on a segment nearest to a position on screen, as a fraction of the segment. */
export function nearestFraction(p, a, b) {
  const dx = b.x - a.x;
  const dy = b.y - a.y;
  const square = dx * dx + dy * dy;
  return square === 0 ? 0 : Math.min(1, Math.max(0, ((p.x - a.x) * dx + (p.y - a.y) * dy) / square));
}

export const between = (a, b, t) => [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t];

/** West, south, east, north of some shapes; `null` of none. */
export function boundsOf(geometries) {
  let box = null;
  for (const geometry of geometries) {
    for (const { points } of pathsOf(geometry)) {
      for (const [lon, lat] of points) {
        box = box
          ? [Math.min(box[0], lon), Math.min(box[1], lat), Math.max(box[2], lon), Math.max(box[3], lat)]
          : [lon, lat, lon, lat];
      }
    }
  }
  return box;
}

/** Read positions that somebody typed: one on each line, longitude before latitude; `null` if one is none. */
export function readPoints(text) {
  const points = [];
  for (const line of text.split(/[\n;；]+/)) {
    if (!line.trim()) continue;
    const numbers = line.trim().split(/[\s,，、]+/).map(Number);
    if (numbers.length !== 2 || numbers.some((n) => !Number.isFinite(n))) return null;
    if (Math.abs(numbers[0]) > 180 || Math.abs(numbers[1]) > 90) return null;
    points.push(numbers);
  }
  return points;
}

export const round = (point) => point.map((n) => Math.round(n * 1e9) / 1e9);
