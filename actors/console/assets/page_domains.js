// All remote domains: search, filter, sort.
import { get } from "./api.js";
import { h, show } from "./dom.js";
import { count, when } from "./format.js";
import { badge, calm, choice, domainLink, field, loading, problemBox } from "./parts.js";
import { pageEnd, table } from "./table.js";
import { DOMAIN_STATES, PROOFS, words } from "./words.js";

export const TITLE = "Domains";

const PAGE = 50;

const COLUMNS = [
  { title: "Domain", sort: "name", kind: "wide", cell: (row) => domainLink(row.name) },
  { title: "State", sort: "state", cell: (row) => [badge(DOMAIN_STATES, row.state), " ", h("span", { class: "quiet" }, row.since ? when(row.since) : "")] },
  { title: "Why", kind: "wide", cell: (row) => row.failure ? h("span", { title: row.detail }, words(row.failure), h("span", { class: "detail" }, row.detail)) : "–" },
  { title: "Streams in", sort: "streams_in", kind: "number", cell: (row) => count(row.streams_in) },
  { title: "Streams out", sort: "streams_out", kind: "number", cell: (row) => count(row.streams_out) },
  { title: "Proved by", cell: (row) => [...new Set([row.proof_in, row.proof_out].filter(Boolean))].map((proof) => PROOFS[proof] ?? proof).join(", ") || "–" },
  { title: "Waiting", sort: "queued_stanzas", kind: "number", cell: (row) => count(row.queued_stanzas) },
  { title: "Last success", sort: "last_success", cell: (row) => when(row.last_success) },
];

export function open({ place, signal, query, setQuery }) {
  let match = query.get("match") ?? "";
  let state = query.get("state") in DOMAIN_STATES ? query.get("state") : "";
  let sort = query.get("sort") ?? "state";
  let size = PAGE;
  let page, problem;
  let asked = 0;

  const draw = () => show(place, h("h1", { tabindex: "-1" }, TITLE),
    h("form", { role: "search", class: "filters", on: { submit: (event) => event.preventDefault() } },
      field("Find", h("input", { id: "match", type: "search", value: match, placeholder: "part of a name, or *.example", autocomplete: "off", spellcheck: "false", on: { input: (event) => typed(event.currentTarget.value) } })),
      field("State", choice("state", [["", "All states"], ...Object.entries(DOMAIN_STATES).map(([name, { label }]) => [name, label])], state, (event) => apply({ state: event.currentTarget.value })))),
    problemBox(problem, refresh),
    page ? [
      table({ caption: "Remote domains", columns: COLUMNS, rows: page.items, key: (row) => row.name, sort: { by: sort, set: (by) => apply({ sort: by }) }, empty: match || state ? "No domain fits." : "No remote domain yet: one appears with the first stanza or stream." }),
      pageEnd(page.items.length, page.total, page.next, () => apply({ size: size + PAGE })),
    ] : problem ? null : loading("domains"));

  const apply = (change) => {
    ({ match, state, sort, size } = { match, state, sort, size: PAGE, ...change });
    setQuery({ match, state, sort: sort === "state" ? "" : sort });
    return refresh();
  };
  const typed = calm((text) => apply({ match: text.trim() }), 250);

  const refresh = async () => {
    const number = (asked += 1);
    try {
      const answer = await get("domains", { match, state, sort, limit: Math.min(size, 1000) }, signal);
      if (number !== asked) return;
      page = answer;
      problem = null;
    } catch (failure) {
      if (signal.aborted || number !== asked) return;
      problem = failure.status === 0 && page ? null : failure;
    }
    draw();
  };
  draw();
  return { refresh };
}
