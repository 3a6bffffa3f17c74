// Tables that become lists of cards on a narrow screen. Roles are given, since that layout would hide them.
import { h } from "./dom.js";
import { button } from "./parts.js";
import { count } from "./format.js";

/**
 * @param columns [{title, cell(row), sort?, kind?}]; kind: "number" or "wide".
 * @param sort {by, set(by)}: the field in force, with "-" before it for the greatest first.
 */
export function table({ caption, columns, rows, key, sort, empty = "None." }) {
  if (!rows.length) return h("p", { class: "quiet empty" }, empty);
  return h("table", { role: "table" },
    h("caption", { class: "hidden" }, caption),
    h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, columns.map((column) => heading(column, sort)))),
    h("tbody", { role: "rowgroup" }, rows.map((row) =>
      h("tr", { role: "row", "data-key": `row ${key(row)}` }, columns.map((column, number) => cell(column, row, number === 0))))));
}

function cell(column, row, first) {
  const content = column.cell(row);
  return h(first ? "th" : "td", {
    role: first ? "rowheader" : "cell", scope: first ? "row" : null, "data-label": column.title,
    class: [column.kind, content === "–" ? "nothing" : ""].filter(Boolean).join(" ") || null,
  }, h("span", { class: "cell" }, content));
}

function heading(column, sort) {
  const by = sort?.by.replace(/^-/, "");
  const chosen = column.sort && by === column.sort;
  const falling = sort?.by.startsWith("-");
  return h("th", {
    role: "columnheader", scope: "col", class: column.kind,
    "aria-sort": chosen ? (falling ? "descending" : "ascending") : null,
  }, column.sort && sort
    ? h("button", { type: "button", class: "sort", on: { click: () => sort.set(chosen && !falling ? `-${column.sort}` : column.sort) } },
      column.title, h("span", { "aria-hidden": "true" }, chosen ? (falling ? " ▾" : " ▴") : ""))
    : column.title);
}

/** "12 of 340", and a button for more. */
export function pageEnd(rows, total, next, more) {
  return h("div", { class: "page-end" },
    h("p", { class: "quiet", role: "status" }, total === undefined ? `${count(rows)} shown` : `${count(rows)} of ${count(total)} shown`),
    next ? button("Show more", more) : null);
}
