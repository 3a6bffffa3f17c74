// Every key of the configuration, with its value, its default and its origin.
import { origin, review } from "./change.js";
import { openDialog } from "./dialog.js";
import { h } from "./dom.js";
import { setting } from "./format.js";
import { button, field, problemBox } from "./parts.js";
import { control, isFileOnly, isMasked, patchOf } from "./settings_key.js";
import { pageEnd, table } from "./table.js";

const PAGE = 40;

/** @param view {match, size, set(change)}. */
export function keyTable(configuration, view, changed) {
  const wanted = view.match.toLowerCase();
  const fitting = configuration.items.filter(({ key, value, file }) => !wanted || `${key} ${JSON.stringify(value)} ${file ?? "default"}`.toLowerCase().includes(wanted));
  const rows = fitting.slice(0, view.size);
  return [
    h("form", { role: "search", class: "filters", on: { submit: (event) => event.preventDefault() } },
      field("Find a key, a value or a file", h("input", { id: "keys", type: "search", value: view.match, autocomplete: "off", spellcheck: "false", on: { input: (event) => view.set({ match: event.currentTarget.value, size: PAGE }) } }))),
    table({
      caption: "Keys of the configuration", rows, key: (row) => row.key, empty: "No key fits.",
      columns: [
        { title: "Key", kind: "wide", cell: (row) => h("code", null, row.key) },
        { title: "Value", kind: "wide", cell: (row) => setting(row.value) },
        { title: "Default", kind: "wide", cell: (row) => (row.default === undefined ? "–" : setting(row.default)) },
        { title: "From", cell: (row) => h("span", { title: row.file ? `${row.file}:${row.line}` : null }, origin(row)) },
        { title: "Actions", cell: (row) => isFileOnly(row.key)
          ? h("span", { class: "quiet" }, "files only")
          : h("span", { class: "row-actions" },
            button("Change", () => edit(row, configuration, changed), { operator: true, "aria-label": `Change ${row.key}` }),
            /console\.toml$/.test(row.file ?? "") ? button("Take back", () => apply(`Take back ${row.key}`, patchOf(row.key, null), configuration, changed), { operator: true, "aria-label": `Take back ${row.key}` }) : null) },
      ],
    }),
    pageEnd(rows.length, fitting.length, rows.length < fitting.length, () => view.set({ size: view.size + 200 })),
  ];
}

export const FIRST_KEYS = { match: "", size: PAGE };

async function apply(title, patch, configuration, changed) {
  if (await review(title, () => ({ patch }), configuration)) await changed();
}

async function edit(row, configuration, changed) {
  const { element, read } = control("key-value", row.value);
  let problem = null;
  const dialog = openDialog(`Change ${row.key}`, (close) => h("form", {
    on: {
      submit: (event) => {
        event.preventDefault();
        try {
          close({ value: read(document.getElementById("key-value")) });
        } catch (failure) {
          problem = failure;
          dialog.redraw();
        }
      },
    },
  },
  h("p", { class: "quiet" }, `In force: ${setting(row.value)}, from: ${origin(row)}.${row.default === undefined ? "" : ` Default: ${setting(row.default)}.`}`),
  problemBox(problem), field("Value", element, isMasked(row.value) ? "a new secret; the old one is not shown" : Array.isArray(row.value) ? "one in each line" : undefined),
  h("div", { class: "actions" }, button("Cancel", () => close(null)), h("button", { type: "submit", class: "primary" }, "Review"))));
  const wanted = await dialog.closed;
  if (wanted) await apply(`Change ${row.key}`, patchOf(row.key, wanted.value), configuration, changed);
}
