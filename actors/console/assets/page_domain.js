// One remote domain: its state, the cause of a failure with the remedy, its attempts step by step, and what can be done.
import { get, post, request, segment } from "./api.js";
import { blockPlan, carryOut, unblockPlan } from "./block.js";
import { confirm } from "./dialog.js";
import { h, show } from "./dom.js";
import { count, octets, when } from "./format.js";
import { badge, button, card, facts, link, linkButton, loading, problemBox, readOnlyNote, say } from "./parts.js";
import { certificateFacts, streamTable } from "./stream_parts.js";
import { timeline } from "./steps.js";
import { DOMAIN_STATES, PROOFS, words } from "./words.js";

export const TITLE = "Domains";

export function open({ place, signal, argument: name, status }) {
  const path = `domains/${segment(name)}`;
  let row, problem, advice, adviceFor;

  const blocked = () => row?.state === "refused" || (row?.rule.privacy_mode === "deny-list" && row.rule.pattern);

  const draw = () => show(place,
    h("p", { class: "crumbs" }, link("domains", "Domains")),
    h("div", { class: "title-line" }, h("h1", { tabindex: "-1" }, name), row ? badge(DOMAIN_STATES, row.state) : null),
    problemBox(problem?.status === 404 ? null : problem, refresh),
    problem?.status === 404 ? h("p", { class: "note" }, "The hub has no stream with this domain, and remembers no attempt.") : null,
    row || problem?.status === 404 ? actions() : null,
    row ? [
      row.failure ? cause() : null,
      card("Attempts to connect", timeline(row.attempts)),
      h("div", { class: "columns" },
        card("Facts", facts([
          ["State", [DOMAIN_STATES[row.state]?.means ?? row.state, " Since ", when(row.since), "."]], ["Last success", row.last_success && when(row.last_success)],
          ["Attempts in a row that failed", row.attempt_count ? count(row.attempt_count) : null],
          ["Next attempt", row.next_attempt && when(row.next_attempt)],
          ["Stanzas that wait", `${count(row.queued_stanzas)} (${octets(row.queued_bytes)})`],
          ["Sender domains affected", row.senders_affected ? count(row.senders_affected) : null],
          ["Stanzas", `${count(row.stanzas_in)} in, ${count(row.stanzas_out)} out`], ["Traffic", `${octets(row.bytes_in)} in, ${octets(row.bytes_out)} out`],
          ["Identity proved by", [row.proof_in && `${PROOFS[row.proof_in]} (in)`, row.proof_out && `${PROOFS[row.proof_out]} (out)`].filter(Boolean).join(", ")],
          ["TLS", [row.tls_in && `${row.tls_in} (in)`, row.tls_out && `${row.tls_out} (out)`].filter(Boolean).join(", ")],
        ])),
        card("Rules that judge it", facts([
          ["Trust", row.rule.trust === "default" ? "default" : ["row for ", h("code", null, row.rule.trust)]], ["Proof accepted", row.rule.methods.map((method) => PROOFS[method] ?? method).join(", ")],
          ["Security mode", row.rule.security_mode], ["Privacy mode", row.rule.privacy_mode], ["Pattern that matches", row.rule.pattern && h("code", null, row.rule.pattern)],
        ])),
        row.certificate ? card("Certificate it presented", certificateFacts(row.certificate)) : null),
      card(`Streams (${count(row.stream_count)})`, streamTable(row.streams, "No stream is open.")),
    ] : problem ? null : loading("the domain"));

  const cause = () => h("section", { class: "card verdict bad", "data-key": "cause" },
    h("h2", null, "Why it fails"),
    h("p", null, h("strong", null, words(row.failure)), ": ", row.detail),
    advice ? h("p", { class: "remedy" }, h("strong", null, "What to do: "), advice) : null,
    h("p", { class: "quiet" }, row.failing_since ? ["Failing since ", when(row.failing_since), ". "] : null, row.next_attempt ? ["Next attempt ", when(row.next_attempt), "."] : null));

  const actions = () => [
    h("div", { class: "actions", role: "group", "aria-label": "Actions", "data-key": "actions" },
      button("Retry now", async () => {
        await post(`${path}/retry`);
        say("The next attempt begins now, if stanzas wait for the domain.");
        await refresh();
      }, { operator: true }),
      button("Close streams", async () => {
        if (!(await confirm(`Close all streams of ${name}?`, "They end in order. The next stanza opens a new one.", "Close streams"))) return;
        await post(`${path}/close`);
        say("The streams end.");
        await refresh();
      }, { operator: true, disabled: !row?.stream_count }),
      linkButton(`explain?${new URLSearchParams({ from: localDomain(), to: name })}`, "Explain"),
      linkButton(`events?domain=${encodeURIComponent(name)}`, "Events"),
      blocked()
        ? button("Unblock", () => change(`Unblock ${name}`, unblockPlan), { operator: true })
        : button("Block", () => change(`Block ${name}`, blockPlan), { operator: true, kind: "danger" })),
    readOnlyNote("Retry, Close and Block are for operators."),
  ];

  const change = async (title, plan) => {
    if (await carryOut(title, plan, name)) await refresh();
  };

  const localDomain = () => (status()?.nodes ?? []).flatMap((node) => node.domains).find((domain) => !domain.startsWith("*")) ?? "";

  /** The remedy is a part of the hub's explanation. */
  const readAdvice = async () => {
    const key = `${row.failure} ${row.detail}`;
    if (!row.failure || key === adviceFor || !localDomain()) return;
    adviceFor = key;
    advice = undefined;
    try {
      const { body } = await request("POST", "explain", { body: { from: localDomain(), to: name, connect: false }, signal });
      const step = body.steps.find((one) => one.remedy && one.failure === row.failure) ?? body.steps.find((one) => one.remedy && one.result === "fail");
      advice = step?.remedy;
      draw();
    } catch {
      adviceFor = undefined; // the page is good without it
    }
  };

  const refresh = async () => {
    try {
      row = await get(path, {}, signal);
      problem = null;
    } catch (failure) {
      if (signal.aborted) return;
      if (failure.status === 404) row = undefined;
      problem = failure.status === 0 && row ? null : failure;
    }
    draw();
    if (row) readAdvice();
  };
  draw();
  return { refresh };
}

