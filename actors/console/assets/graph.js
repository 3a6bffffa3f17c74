// Small line graphs in SVG, with a table of the same numbers for those who can't see them.
import { h, svg } from "./dom.js";
import { clock, count, octets } from "./format.js";

const WIDTH = 320;
const HEIGHT = 96;

function shown(value, unit) {
  if (value === null || value === undefined) return "no value";
  if (/byte|octet/.test(unit)) return octets(value);
  return Number.isInteger(value) ? count(value) : value.toFixed(value < 10 ? 2 : 0);
}

/** @returns a round number that is no less than the greatest value. */
function ceiling(value, unit) {
  if (!(value > 0)) return 1;
  const binary = /byte|octet/.test(unit);
  const unitSize = binary ? 1024 ** Math.floor(Math.log(value) / Math.log(1024)) : 1;
  const power = 10 ** Math.floor(Math.log10(value / unitSize));
  return [1, 2, 5, 10].map((x) => x * power * unitSize).find((x) => x >= value);
}

/** Draws lines over one stretch of time. @param lines [{label, tone, unit, since, step_s, values}]; null: no value. */
export function graph(title, lines) {
  const usable = lines.filter((line) => line.values?.length);
  if (!usable.length) return h("figure", { class: "graph", "data-key": `graph ${title}` }, h("figcaption", null, title), h("p", { class: "quiet" }, "No values yet."));
  const unit = usable[0].unit ?? "";
  const top = ceiling(Math.max(...usable.flatMap((line) => line.values.filter((value) => value !== null))), unit);
  const from = usable[0].since;
  const until = new Date(Date.parse(from) + usable[0].values.length * usable[0].step_s * 1000).toISOString();
  return h("figure", { class: "graph", "data-key": `graph ${title}` },
    h("figcaption", null, title, h("span", { class: "legend" }, usable.map((line) =>
      h("span", { class: `key ${line.tone}` }, line.label, " ", h("strong", null, shown(latest(line), line.unit)))))),
    svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": summary(title, usable) },
      [0, 0.5].map((part) => svg("line", { class: "rule", x1: 0, x2: WIDTH, y1: HEIGHT * part + 1, y2: HEIGHT * part + 1 })),
      usable.flatMap((line) => stretches(line.values).map((stretch) => svg("polyline", {
        class: `line ${line.tone}`, "vector-effect": "non-scaling-stroke",
        points: stretch.map(([place, value]) => `${x(place, line.values.length)},${y(value, top)}`).join(" "),
      })))),
    h("div", { class: "axis", "aria-hidden": "true" }, h("span", null, clock(from)), h("span", null, `top: ${shown(top, unit)}`), h("span", null, clock(until))),
    h("details", null, h("summary", null, "Numbers"), numbers(title, usable)));
}

const x = (place, size) => ((place / Math.max(1, size - 1)) * WIDTH).toFixed(1);
const y = (value, top) => (HEIGHT - 2 - (value / top) * (HEIGHT - 6)).toFixed(1);

function latest(line) {
  return line.values.findLast((value) => value !== null);
}

/** Splits a line where values are missing. A value alone becomes a short stroke. */
function stretches(values) {
  const found = [];
  let open = null;
  values.forEach((value, place) => {
    if (value === null) open = null;
    else if (open) open.push([place, value]);
    else found.push((open = [[place, value]]));
  });
  return found.map((stretch) => (stretch.length > 1 ? stretch : [stretch[0], [stretch[0][0] + 0.5, stretch[0][1]]]));
}

function summary(title, lines) {
  return `${title}: ${lines.map((line) => {
    const known = line.values.filter((value) => value !== null);
    return known.length ? `${line.label} now ${shown(latest(line), line.unit)}, highest ${shown(Math.max(...known), line.unit)}` : `${line.label} without values`;
  }).join("; ")}`;
}

/** At most 12 rows, each the greatest value of its stretch. */
function numbers(title, lines) {
  const size = Math.max(...lines.map((line) => line.values.length));
  const each = Math.ceil(size / 12);
  const rows = [];
  for (let place = 0; place < size; place += each) rows.push(place);
  return h("table", { role: "table", class: "plain" }, h("caption", { class: "hidden" }, `${title}: highest value of each stretch`),
    h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, h("th", { scope: "col", role: "columnheader" }, "From"), lines.map((line) => h("th", { scope: "col", role: "columnheader" }, line.label)))),
    h("tbody", { role: "rowgroup" }, rows.map((place) => h("tr", { role: "row" },
      h("th", { scope: "row", role: "rowheader" }, clock(new Date(Date.parse(lines[0].since) + place * lines[0].step_s * 1000).toISOString())),
      lines.map((line) => {
        const known = line.values.slice(place, place + each).filter((value) => value !== null);
        return h("td", { role: "cell" }, known.length ? shown(Math.max(...known), line.unit) : "–");
      })))));
}
