// The base map: paper, pale built-up ground, white roads with grey casing by class, dash-dot boundaries, names with a halo.
// Zoom in these rules is the zoom on screen. A width is given at some zooms and interpolated between them.

const colour = {
  outside: "#eceae4",
  land: "#faf9f5",
  built: "#efece3",
  casing: "#c8c5bb",
  casingMajor: "#b3a98f",
  road: "#ffffff",
  major: "#fdf3d3",
  motorway: "#f6dfa2",
  path: "#b9b4a6",
  county: "#8d7f92",
  township: "#a79dab",
  village: "#c3bcc4",
  halo: "#faf9f5",
  town: "#262c31",
  villageName: "#4b545a",
  roadName: "#6a6556",
};

const FONT = '"PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", "Noto Sans CJK SC", "Arial", "Liberation Sans", sans-serif';

// Classes that are drawn alike: [classes, [[zoom, width in pixels], …], fill, casing, first zoom]. Least important first.
const ROADS = [
  [["service", "living_street", "pedestrian"], [[13, 0.8], [16, 4], [18, 9]], "road", "casing", 14],
  [["residential", "unclassified"], [[11, 0.6], [13, 1.6], [16, 6.5], [18, 13]], "road", "casing", 12],
  [["tertiary"], [[10, 0.8], [13, 2.6], [16, 8], [18, 16]], "road", "casing", 11],
  [["secondary"], [[9, 0.9], [13, 3.4], [16, 10], [18, 19]], "road", "casing", 10],
  [["primary"], [[8, 1], [11, 2.2], [13, 4], [16, 11], [18, 21]], "major", "casingMajor", 9],
  [["trunk"], [[6, 1], [11, 2.6], [13, 4.6], [16, 12], [18, 23]], "major", "casingMajor", 7],
  [["motorway"], [[5, 1], [11, 3], [13, 5], [16, 13], [18, 24]], "motorway", "casingMajor", 6],
];

// Before casing shows, a road is one thin line.
const CASING_FROM = 11;

const between = (stops) => (zoom) => {
  if (zoom <= stops[0][0]) return stops[0][1];
  for (let i = 1; i < stops.length; i += 1) {
    const [z0, w0] = stops[i - 1];
    const [z1, w1] = stops[i];
    if (zoom <= z1) return w0 * (w1 / w0) ** ((zoom - z0) / (z1 - z0));
  }
  return stops[stops.length - 1][1];
};

const line = (options) => new protomapsL.LineSymbolizer({ lineCap: "butt", lineJoin: "round", ...options });

function roadRules() {
  const casings = [];
  const fills = [];
  for (const [classes, stops, fill, casing, minzoom] of ROADS) {
    const width = between(stops);
    const filter = (_zoom, feature) => classes.includes(feature.props.class);
    const rule = { dataLayer: "roads", minzoom, filter };
    casings.push({ ...rule, symbolizer: line({ color: colour[casing], width: (z) => width(z) + (z < CASING_FROM ? 0 : 1.6), lineCap: "round" }) });
    fills.push({ ...rule, minzoom: Math.max(minzoom, CASING_FROM), symbolizer: line({ color: colour[fill], width, lineCap: "round" }) });
  }
  return [...casings, ...fills];
}

function pathRules() {
  const dashed = (classes, minzoom, dash) => ({
    dataLayer: "roads",
    minzoom,
    filter: (_zoom, feature) => classes.includes(feature.props.class),
    symbolizer: line({ dash, color: colour.path, width: 1.2 }),
  });
  return [dashed(["track"], 13, [6, 3]), dashed(["path", "footway", "cycleway", "steps"], 14, [3, 3])];
}

function boundaryRules() {
  const boundary = (level, minzoom, dash, color, width) => ({
    dataLayer: "boundaries",
    minzoom,
    filter: (_zoom, feature) => (level === 3 ? feature.props.level <= 3 : feature.props.level === level),
    symbolizer: line({ dash, color, width }),
  });
  return [
    boundary(5, 13, [2, 4], colour.village, 1),
    boundary(4, 9, [8, 3, 2, 3], colour.township, 1.2),
    boundary(3, 5, [12, 4, 2, 4, 2, 4], colour.county, 2),
  ];
}

export function paintRules() {
  const polygon = (fill) => new protomapsL.PolygonSymbolizer({ fill });
  return [
    { dataLayer: "home", symbolizer: polygon(colour.land) },
    { dataLayer: "built", symbolizer: polygon(colour.built) },
    ...pathRules(),
    ...roadRules(),
    ...boundaryRules(),
  ];
}

const TEXT = { labelProps: ["name"], fontFamily: FONT, stroke: colour.halo, width: 2, maxLineChars: 20 };
const text = (options) => new protomapsL.CenteredTextSymbolizer({ ...TEXT, ...options });

export function labelRules() {
  const level = (value) => (_zoom, feature) => feature.props.level === value;
  return [
    {
      dataLayer: "names", filter: (_zoom, feature) => feature.props.level <= 3, maxzoom: 9,
      symbolizer: text({ fontSize: 16, fontWeight: 600, fill: colour.town }),
    },
    {
      dataLayer: "names", filter: level(4), minzoom: 9, maxzoom: 11,
      // Below the point: what is found in a town is drawn upon it.
      symbolizer: new protomapsL.OffsetTextSymbolizer({
        ...TEXT, fontSize: 13, fontWeight: 600, fill: colour.town, offsetY: 20, placements: [5], justify: 2,
      }),
    },
    {
      dataLayer: "names", filter: level(4), minzoom: 12,
      symbolizer: text({ fontSize: 15, fontWeight: 600, fill: colour.town }),
    },
    {
      dataLayer: "roads", minzoom: 9,
      filter: (zoom, feature) => Boolean(feature.props.ref) && refShows(zoom, feature.props.class),
      symbolizer: new SparseShield({
        labelProps: ["ref"], fontFamily: FONT, fontSize: 10, fill: "#6b5a2a", background: "#fbf0cf", padding: 2,
      }, 260),
    },
    {
      dataLayer: "names", filter: level(5), minzoom: 12,
      symbolizer: text({ fontSize: (z) => (z < 14 ? 12 : 13), fill: colour.villageName }),
    },
    {
      dataLayer: "roads", minzoom: 13, filter: (zoom, feature) => Boolean(feature.props.name) && nameShows(zoom, feature.props.class),
      symbolizer: new protomapsL.LineLabelSymbolizer({
        labelProps: ["name"], fontFamily: FONT, fontSize: 11, fill: colour.roadName, stroke: colour.road, width: 3, repeatDistance: 400,
        position: 2,
      }),
    },
    {
      dataLayer: "places", minzoom: 14,
      symbolizer: text({ fontSize: 12, fill: colour.villageName }),
    },
  ];
}

function nameShows(zoom, roadClass) {
  if (["motorway", "trunk", "primary", "secondary"].includes(roadClass)) return true;
  if (["tertiary", "residential"].includes(roadClass)) return zoom >= 15;
  return zoom >= 16;
}

function refShows(zoom, roadClass) {
  if (["motorway", "trunk"].includes(roadClass)) return true;
  if (roadClass === "primary") return zoom >= 10;
  return zoom >= 12;
}

// A route's number in the middle of its line, and not again close by.
class SparseShield {
  constructor(options, distance) {
    this.shield = new protomapsL.ShieldSymbolizer(options);
    this.distance = distance;
  }

  place(layout, geometry, feature) {
    const longest = geometry.reduce((a, b) => (b.length > a.length ? b : a));
    const middle = longest[Math.floor(longest.length / 2)];
    const labels = this.shield.place(layout, [[middle]], feature);
    return labels?.map((label) => ({ ...label, deduplicationKey: `ref ${feature.props.ref}`, deduplicationDistance: this.distance }));
  }
}

export const BACKGROUND = colour.outside;
