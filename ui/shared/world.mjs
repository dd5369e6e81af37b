// Draws the world: `npm run world` writes world.svg anew. The borders are those
// of Natural Earth at 1:110 million (public domain); each country's path is
// named by its two letters. Countries smaller than that are not on it.

import { createRequire } from "node:module";
import { geoArea, geoEqualEarth, geoPath } from "d3-geo";
import { feature } from "topojson-client";

const load = createRequire(import.meta.url);
const world = load("world-atlas/countries-110m.json");
const codes = new Map(load("i18n-iso-countries/codes.json").map(([two, , number]) => [number, two]));
codes.set("Kosovo", "XK");
codes.set("N. Cyprus", "CY").set("Somaliland", "SO");

const size = [1800, 825]; // a unit is finer than a dot of most screens that show it
const shown = feature(world, world.objects.countries).features.filter((country) => country.id !== "010"); // Antarctica
const projection = geoEqualEarth().fitSize(size, { type: "FeatureCollection", features: shown });
const path = geoPath(projection).digits(3);

/** Writes rings in whole units, each point as the way from the last. */
function short(d) {
  let out = "";
  for (const ring of d.split("M").slice(1)) {
    const points = ring.replace("Z", "").split("L").map((point) => point.split(",").map((n) => Math.round(n)));
    const kept = points.filter(([x, y], i) => i === 0 || x !== points[i - 1][0] || y !== points[i - 1][1]);
    if (kept.length < 3) continue;
    const steps = kept.slice(1).map(([x, y], i) => `${x - kept[i][0]} ${y - kept[i][1]}`);
    out += `M${kept[0].join(" ")}l${steps.join(" ").replaceAll(" -", "-")}z`;
  }
  return out;
}

const paths = new Map();
for (const country of shown) {
  const code = codes.get(country.id) ?? codes.get(country.properties.name);
  if (!code) throw new Error(`there is no code for ${country.properties.name}`);
  if (geoArea(country) > 0) paths.set(code, (paths.get(code) ?? "") + short(path(country)));
}
const lines = [...paths].sort().map(([code, d]) => `<path id="${code}" d="${d}"/>`);
process.stdout.write(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.join(" ")}">\n${lines.join("\n")}\n</svg>\n`);
