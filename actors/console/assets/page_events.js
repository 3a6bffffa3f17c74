// The history, with filters; new events appear while "Follow" is on.
import { get } from "./api.js";
import { h, show } from "./dom.js";
import { clock, when } from "./format.js";
import { calm, choice, domainLink, field, loading, problemBox } from "./parts.js";
import { pageEnd, table } from "./table.js";
import { EVENT_KINDS, LEGS, words } from "./words.js";

export const TITLE = "Events";

const PAGE = 50;
const MOST = 1000;
const STRETCHES = { "": "Any time", 600: "Last 10 minutes", 3600: "Last hour", 86400: "Last day", 604800: "Last week" };

const COLUMNS = [
  { title: "Time", cell: (row) => when(row.time, clock) },
  { title: "Kind", cell: (row) => EVENT_KINDS[row.kind] ?? row.kind },
  { title: "Domain or node", kind: "wide", cell: (row) => (!row.domain ? "–" : row.kind === "node" || row.leg?.startsWith("node") ? row.domain : domainLink(row.domain)) },
  { title: "What", kind: "wide", cell: (row) => [row.failure ? h("strong", null, words(row.failure), row.detail ? ": " : "") : null, row.detail ?? (row.failure ? "" : row.attempt?.outcome ?? "–")] },
  { title: "Stream", cell: (row) => LEGS[row.leg] ?? "–" },
  { title: "By", cell: (row) => row.actor ?? "–" },
];

export function open({ place, signal, query, setQuery }) {
  let domain = query.get("domain") ?? "";
  let kind = query.get("kind") in EVENT_KINDS ? query.get("kind") : "";
  let stretch = query.get("last") in STRETCHES ? query.get("last") : "";
  let follow = true;
  let rows = null;
  let total, next, problem;
  let asked = 0;
  let waits = 0; // events that came while Follow was off

  const draw = () => show(place, h("h1", { tabindex: "-1" }, TITLE),
    h("form", { role: "search", class: "filters", on: { submit: (event) => event.preventDefault() } },
      field("Domain or node", h("input", { id: "domain", type: "search", value: domain, autocomplete: "off", spellcheck: "false", placeholder: "the whole name", on: { input: (event) => typed(event.currentTarget.value) } })),
      field("Kind", choice("kind", [["", "All kinds"], ...Object.entries(EVENT_KINDS)], kind, (event) => apply({ kind: event.currentTarget.value }))),
      field("Time", choice("last", Object.entries(STRETCHES), stretch, (event) => apply({ stretch: event.currentTarget.value }))),
      h("div", { class: "field check" }, h("label", null, h("input", { type: "checkbox", id: "follow", checked: follow, on: { change: (event) => followed(event.currentTarget.checked) } }), " Follow"))),
    problemBox(problem, load),
    !follow && waits ? h("p", { class: "note", role: "status" }, `${waits} new.`) : null,
    rows ? [
      table({ caption: "Events, newest first", columns: COLUMNS, rows, key: (row) => row.id, empty: "No event fits." }),
      pageEnd(rows.length, total, next && rows.length < MOST, more),
    ] : problem ? null : loading("events"));

  const fits = (event) => (!domain || event.domain === domain) && (!kind || event.kind === kind);
  const since = () => (stretch ? new Date(Date.now() - Number(stretch) * 1000).toISOString().replace(/\.\d+/, "") : "");

  const apply = (change) => {
    ({ domain, kind, stretch } = { domain, kind, stretch, ...change });
    setQuery({ domain, kind, last: stretch });
    return load();
  };
  const typed = calm((text) => apply({ domain: text.trim() }), 300);
  const followed = (on) => {
    follow = on;
    return on ? load() : draw();
  };

  const load = async () => {
    const number = (asked += 1);
    try {
      const page = await get("events", { domain, kind, since: since(), limit: PAGE }, signal);
      if (number !== asked) return;
      ({ items: rows, total, next } = page);
      waits = 0;
      problem = null;
    } catch (failure) {
      if (signal.aborted || number !== asked) return;
      problem = failure.status === 0 && rows ? null : failure;
    }
    draw();
  };
  const more = async () => {
    const page = await get("events", { domain, kind, since: since(), limit: PAGE, after: next }, signal);
    rows = [...rows, ...page.items];
    next = page.next;
    draw();
  };
  const drawSoon = calm(draw, 100);

  draw();
  return {
    refresh: async () => {
      if (rows === null || problem) await load();
      else draw();
    },
    live: (event) => {
      if (!rows || !fits(event) || rows.some((row) => row.id === event.id)) return;
      if (follow) {
        rows = [event, ...rows].slice(0, MOST);
        if (total !== undefined) total += 1;
      } else {
        waits += 1;
      }
      drawSoon();
    },
  };
}
