// How streams and certificates are shown.
import { h } from "./dom.js";
import { count, octets, span, when } from "./format.js";
import { badge, facts, link } from "./parts.js";
import { table } from "./table.js";
import { LEGS, STREAM_STATES } from "./words.js";

const COLUMNS = [
  { title: "Peer", kind: "wide", cell: (row) => link(`streams/${row.id}`, row.peer ?? `stream ${row.id}`) },
  { title: "Kind", cell: (row) => LEGS[row.leg] ?? row.leg },
  { title: "State", cell: (row) => badge(STREAM_STATES, row.state) },
  { title: "TLS", cell: (row) => row.tls ?? "none" },
  { title: "Open for", cell: (row) => when(row.opened, (time) => span((Date.now() - Date.parse(time)) / 1000)) },
  { title: "Stanzas in", kind: "number", cell: (row) => count(row.stanzas_in) },
  { title: "Stanzas out", kind: "number", cell: (row) => count(row.stanzas_out) },
  { title: "To be written", kind: "number", cell: (row) => (row.outbox_bytes === undefined ? "–" : octets(row.outbox_bytes)) },
];

export function streamTable(rows, empty) {
  return table({ caption: "Streams", columns: COLUMNS, rows, key: (row) => row.id, empty });
}

export function certificateFacts(certificate) {
  return facts([
    ["Verdict", certificate.verdict], ["Subject", certificate.subject], ["Issuer", certificate.issuer],
    ["Valid until", certificate.not_after && when(certificate.not_after)],
    ["SHA-256", certificate.sha256 && h("code", { class: "long" }, certificate.sha256)],
  ]);
}
