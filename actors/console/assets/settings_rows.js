// Static routes and trust rules: rows that can be added, changed and removed.
import { origin, review } from "./change.js";
import { openDialog } from "./dialog.js";
import { h } from "./dom.js";
import { button, choice, field } from "./parts.js";
import { lines, rowsOf } from "./settings_key.js";
import { table } from "./table.js";

const METHODS = [["pkix", "certificate of a trusted authority"], ["dane", "DANE"], ["pin", "one of the pinned keys"], ["dialback", "dialback"]];
const MODES = [["", "as for all domains"], ["no-tls", "no TLS"], ["tls-optional", "TLS if the peer offers it"], ["tls-required", "TLS required"]];

export const ROUTES = {
  array: "static_route", title: "Static routes", one: "static route",
  empty: "No static route. DNS leads to every domain.",
  columns: [["Domain", "domain"], ["Address", "address"], ["Priority", "priority"], ["Weight", "weight"], ["Direct TLS", "direct_tls"]],
  fields: (row) => [
    field("Domain", h("input", { name: "domain", id: "row-domain", required: true, value: row?.get("domain") ?? "", readonly: Boolean(row), spellcheck: "false" }), "partner.example, or *.partner.example for all domains below it"),
    field("Address", h("input", { name: "address", id: "row-address", required: true, value: row?.get("address") ?? "", readonly: Boolean(row), spellcheck: "false" }), "an IP address or a host name, with :PORT if it is not 5269"),
    field("Priority", h("input", { name: "priority", id: "row-priority", type: "number", min: 0, max: 65535, value: row?.get("priority") ?? 0 }), "lower numbers first"),
    field("Weight", h("input", { name: "weight", id: "row-weight", type: "number", min: 0, max: 65535, value: row?.get("weight") ?? 0 }), "share among equal priorities"),
    field("Direct TLS", choice("row-direct", [["false", "no: STARTTLS"], ["true", "yes (XEP-0368)"]], String(row?.get("direct_tls") ?? false))),
  ],
  read: (form) => {
    const { domain, address, priority, weight } = form.elements;
    const values = { priority: Number(priority.value), weight: Number(weight.value), direct_tls: form.querySelector("#row-direct").value === "true" };
    return { identity: `${domain.value.trim()} ${address.value.trim()}`, values };
  },
  defaults: { priority: 0, weight: 0, direct_tls: false },
};

export const TRUST = {
  array: "trust", title: "Trust rules", one: "trust rule",
  empty: "No trust rule. The settings above apply to every domain.",
  columns: [["Domain", "domain"], ["Proof accepted", "methods"], ["Security mode", "security_mode"], ["Pins", "pins"], ["Report only", "report_only"]],
  fields: (row) => [
    field("Domain", h("input", { name: "domain", id: "row-domain", required: true, value: row?.get("domain") ?? "", readonly: Boolean(row), spellcheck: "false" }), "partner.example, *.partner.example, or * for every domain"),
    h("fieldset", null, h("legend", null, "Proof accepted; none chosen: the default"), METHODS.map(([name, label]) =>
      h("label", null, h("input", { type: "checkbox", name: "method", value: name, checked: row?.get("methods")?.includes(name) }), ` ${label}`))),
    field("Pinned keys", h("textarea", { name: "pins", id: "row-pins", rows: 3, spellcheck: "false" }, (row?.get("pins") ?? []).join("\n")), "one in each line: sha256//…"),
    field("Security mode", choice("row-mode", MODES, row?.get("security_mode") ?? "")),
    field("Report only", choice("row-report", [["false", "no: refuse what the rule does not accept"], ["true", "yes: count and log it, and allow it"]], String(row?.get("report_only") ?? false))),
  ],
  read: (form) => {
    const methods = [...form.querySelectorAll("[name=method]:checked")].map((box) => box.value);
    const pins = lines(form.elements.pins.value);
    const mode = form.querySelector("#row-mode").value;
    return {
      identity: form.elements.domain.value.trim(),
      values: { methods: methods.length ? methods : null, pins: pins.length ? pins : null, security_mode: mode || null, report_only: form.querySelector("#row-report").value === "true" },
    };
  },
  defaults: { methods: null, pins: null, security_mode: null, report_only: false },
};

const shown = (value) => (value === undefined ? "–" : Array.isArray(value) ? value.join(", ") : value === true ? "yes" : value === false ? "no" : String(value));

/** The rows as a table. @param changed is called after a change was applied. */
export function rowTable(kind, configuration, changed) {
  const rows = rowsOf(configuration, kind.array);
  return [
    table({
      caption: kind.title, rows, key: (row) => row.identity, empty: kind.empty,
      columns: [
        ...kind.columns.map(([title, name], place) => ({ title, kind: place < 2 ? "wide" : undefined, cell: (row) => shown(row.values.get(name)) })),
        { title: "From", cell: (row) => origin(row.items.get("domain")) },
        { title: "Actions", cell: (row) => h("span", { class: "row-actions" },
          button("Change", () => edit(kind, configuration, changed, row), { operator: true, "aria-label": `Change the ${kind.one} ${row.identity}` }),
          button("Remove", () => apply(`Remove the ${kind.one} ${row.identity}`, { [kind.array]: { [row.identity]: null } }, configuration, changed), { operator: true, kind: "danger", "aria-label": `Remove the ${kind.one} ${row.identity}` })) },
      ],
    }),
    button(`Add a ${kind.one}`, () => edit(kind, configuration, changed), { operator: true }),
  ];
}

async function apply(title, patch, configuration, changed) {
  if (await review(title, () => ({ patch }), configuration)) await changed();
}

async function edit(kind, configuration, changed, row) {
  const title = row ? `Change the ${kind.one} ${row.identity}` : `Add a ${kind.one}`;
  const { closed } = openDialog(title, (close) => h("form", {
    on: {
      submit: (event) => {
        event.preventDefault();
        close(kind.read(event.currentTarget));
      },
    },
  }, kind.fields(row?.values), h("div", { class: "actions" }, button("Cancel", () => close(null)), h("button", { type: "submit", class: "primary" }, "Review"))));
  const wanted = await closed;
  if (!wanted) return;
  // A row has what differs from the defaults, or what it had before.
  const values = {};
  for (const [name, value] of Object.entries(wanted.values)) {
    const before = row?.values.get(name);
    if (JSON.stringify(value) === JSON.stringify(before ?? null)) continue;
    if (before === undefined && JSON.stringify(value) === JSON.stringify(kind.defaults[name])) continue;
    values[name] = value;
  }
  await apply(title, { [kind.array]: { [row?.identity ?? wanted.identity]: values } }, configuration, changed);
}
