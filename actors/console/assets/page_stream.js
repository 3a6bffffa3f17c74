// One stream.
import { get, post, segment } from "./api.js";
import { confirm } from "./dialog.js";
import { h, show } from "./dom.js";
import { count, octets, plural, span, when } from "./format.js";
import { badge, button, card, domainLink, facts, link, loading, problemBox, readOnlyNote, say } from "./parts.js";
import { certificateFacts } from "./stream_parts.js";
import { table } from "./table.js";
import { LEGS, PROOFS, STREAM_STATES } from "./words.js";

export const TITLE = "Streams";

const PAIRS = [
  { title: "From", kind: "wide", cell: (pair) => pair.from },
  { title: "To", kind: "wide", cell: (pair) => pair.to },
  { title: "Proved by", cell: (pair) => PROOFS[pair.proof] ?? pair.proof },
];
const FEATURES = { bidi: "both directions (XEP-0288)", sm: "acknowledgements (XEP-0198)" };

export function open({ place, signal, argument: id }) {
  const path = `streams/${segment(id)}`;
  let row, problem;

  const draw = () => show(place,
    h("p", { class: "crumbs" }, link("streams", "Streams")),
    h("div", { class: "title-line" }, h("h1", { tabindex: "-1" }, row?.peer ?? `Stream ${id}`), row ? badge(STREAM_STATES, row.state) : null),
    problem?.status === 404 ? h("p", { class: "note" }, row ? "This stream has ended. The page shows its last state." : "There is no such stream. It may have ended.") : problemBox(problem, refresh),
    row ? [
      h("div", { class: "actions", role: "group", "aria-label": "Actions" },
        button("Close stream", async () => {
          if (!(await confirm("Close this stream?", `The stream with ${row.peer ?? "its peer"} ends in order. The next stanza opens a new one.`, "Close stream"))) return;
          await post(`${path}/close`);
          say("The stream ends.");
          await refresh();
        }, { operator: true, kind: "danger", disabled: problem?.status === 404 })),
      readOnlyNote("Only operators can close a stream."),
      h("div", { class: "columns" },
        card("Facts", facts([
          ["Kind", LEGS[row.leg] ?? row.leg], ["Domain", row.leg.startsWith("s2s") && row.peer ? domainLink(row.peer) : null], ["Address", row.address && h("code", null, row.address)], ["Opened", when(row.opened)],
          ["Silent for", row.idle_s === undefined ? null : span(row.idle_s)], ["Stanzas", row.stanzas_in === undefined ? null : `${count(row.stanzas_in)} in, ${count(row.stanzas_out)} out`],
          ["Traffic", row.bytes_in === undefined ? null : `${octets(row.bytes_in)} in, ${octets(row.bytes_out)} out`],
          ["To be written", row.outbox_stanzas === undefined ? null : `${plural(row.outbox_stanzas, "stanza")} (${octets(row.outbox_bytes)})`],
          ["Not acknowledged yet", row.unacknowledged === undefined ? null : plural(row.unacknowledged, "stanza")],
          ["Reading", row.paused === undefined ? null : row.paused ? "paused: the destination is slower" : "goes on"],
          ["Features", row.features?.map((name) => FEATURES[name] ?? name).join(", ")],
        ])),
        card("Security", facts([["TLS", row.tls ?? "none"], ["Cipher", row.cipher], ["Group", row.group]]), row.certificate ? certificateFacts(row.certificate) : null)),
      row.pairs ? card(`Domains it speaks for (${count(row.pair_count ?? row.pairs.length)})`, table({ caption: "Pairs", columns: PAIRS, rows: row.pairs, key: (pair) => `${pair.from} ${pair.to}`, empty: "None yet." })) : null,
    ] : problem ? null : loading("the stream"));

  const refresh = async () => {
    try {
      row = await get(path, {}, signal);
      problem = null;
    } catch (failure) {
      if (signal.aborted) return;
      problem = failure.status === 0 && row ? null : failure;
    }
    draw();
  };
  draw();
  return { refresh };
}
