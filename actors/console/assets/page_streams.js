// All streams.
import { get } from "./api.js";
import { h, show } from "./dom.js";
import { calm, choice, field, loading, problemBox } from "./parts.js";
import { streamTable } from "./stream_parts.js";
import { pageEnd } from "./table.js";
import { LEGS, STREAM_STATES } from "./words.js";

export const TITLE = "Streams";

const PAGE = 50;

export function open({ place, signal, query, setQuery }) {
  let match = query.get("match") ?? "";
  let leg = query.get("leg") in LEGS ? query.get("leg") : "";
  let state = query.get("state") in STREAM_STATES ? query.get("state") : "";
  let size = PAGE;
  let page, problem;
  let asked = 0;

  const draw = () => show(place, h("h1", { tabindex: "-1" }, TITLE),
    h("form", { role: "search", class: "filters", on: { submit: (event) => event.preventDefault() } },
      field("Find", h("input", { id: "match", type: "search", value: match, placeholder: "part of a peer's name", autocomplete: "off", spellcheck: "false", on: { input: (event) => typed(event.currentTarget.value) } })),
      field("Kind", choice("leg", [["", "All kinds"], ...Object.entries(LEGS).filter(([name]) => name !== "hub-link")], leg, (event) => apply({ leg: event.currentTarget.value }))),
      field("State", choice("state", [["", "All states"], ...Object.entries(STREAM_STATES).map(([name, { label }]) => [name, label])], state, (event) => apply({ state: event.currentTarget.value })))),
    problemBox(problem, refresh),
    page ? [streamTable(page.items, match || leg || state ? "No stream fits." : "No stream is open."), pageEnd(page.items.length, page.total, page.next, () => apply({ size: size + PAGE }))]
      : problem ? null : loading("streams"));

  const apply = (change) => {
    ({ match, leg, state, size } = { match, leg, state, size: PAGE, ...change });
    setQuery({ match, leg, state });
    return refresh();
  };
  const typed = calm((text) => apply({ match: text.trim() }), 250);

  const refresh = async () => {
    const number = (asked += 1);
    try {
      const answer = await get("streams", { match, leg, state, limit: Math.min(size, 1000) }, signal);
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
