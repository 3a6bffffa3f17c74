// The nodes behind the hub.
import { get } from "./api.js";
import { h, show } from "./dom.js";
import { count, when } from "./format.js";
import { badge, facts, loading, problemBox } from "./parts.js";
import { pageEnd } from "./table.js";
import { HEALTH } from "./words.js";

export const TITLE = "Nodes";

const PROTOCOLS = { component: "Component (XEP-0114): it dials in", s2s: "Server behind the hub (s2s)" };

export function open({ place, signal }) {
  let page, problem;
  let size = 100;

  const draw = () => show(place, h("h1", { tabindex: "-1" }, TITLE), problemBox(problem, refresh),
    page ? [
      page.items.length ? h("div", { class: "columns" }, page.items.map(node)) : h("p", { class: "quiet" }, "No node is configured. A node is a row [[node]] of the configuration."),
      pageEnd(page.items.length, page.total, page.next, () => {
        size = Math.min(1000, size + 100);
        return refresh();
      }),
    ] : problem ? null : loading("nodes"));

  const refresh = async () => {
    try {
      page = await get("nodes", { limit: size }, signal);
      problem = null;
    } catch (failure) {
      if (signal.aborted) return;
      problem = failure.status === 0 && page ? null : failure;
    }
    draw();
  };
  draw();
  return { refresh };
}

function node(row) {
  return h("section", { class: "card", "data-key": row.name },
    h("div", { class: "title-line" }, h("h2", null, row.name), badge(HEALTH, row.health)),
    row.why ? h("p", { class: `note ${row.health === "down" ? "bad" : "warn"}` }, row.why) : null,
    facts([
      ["Kind", PROTOCOLS[row.protocol] ?? row.protocol], ["Domains", row.domains.join(", ")],
      ["Links", row.links.length ? h("ul", { class: "plain" }, row.links.map((one) => h("li", null, h("code", null, one.address), " since ", when(one.since)))) : "none"],
      ["Stanzas", row.stanzas_in === undefined ? null : `${count(row.stanzas_in)} in, ${count(row.stanzas_out)} out`],
      ["Stanzas that wait", row.queued_stanzas === undefined ? null : count(row.queued_stanzas)],
      ["Last error", row.last_error],
    ]));
}
