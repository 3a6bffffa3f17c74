// What would happen to a stanza between two addresses; and a check of the hub's own set-up.
import { request } from "./api.js";
import { h, show } from "./dom.js";
import { badge, button, card, field, problemBox, readOnlyNote } from "./parts.js";
import { isOperator } from "./session.js";
import { explainedSteps } from "./steps.js";
import { RESULTS } from "./words.js";

export const TITLE = "Explain";

const CHECKS = [["dns", "DNS records"], ["certificates", "Certificates"], ["reach", "Reachability from outside"], ["nodes", "Nodes"]];

export function open({ place, signal, query, setQuery, status }) {
  const asked = { from: query.get("from") ?? "", to: query.get("to") ?? "", connect: false };
  let run = null; // {steps, waits, verdict, problem}
  let checked = null;

  const draw = () => show(place, h("h1", { tabindex: "-1" }, TITLE),
    h("p", { class: "quiet" }, "What would happen to a stanza from one address to another? No stanza is sent. One of the two addresses is a local one: put the remote one first to see what the hub does with a partner who can't reach you."),
    h("form", { class: "filters", on: { submit } },
      field("From", h("input", { id: "from", name: "from", value: asked.from || localDomain(), required: true, autocomplete: "off", spellcheck: "false" })),
      field("To", h("input", { id: "to", name: "to", value: asked.to, required: true, autocomplete: "off", spellcheck: "false" })),
      h("div", { class: "field check" }, h("label", null, h("input", { type: "checkbox", name: "connect", id: "connect", disabled: !isOperator(), "aria-describedby": "connect-hint" }), " Connect"),
        h("p", { class: "hint", id: "connect-hint" }, isOperator() ? "also opens a stream that carries no stanza" : "for operators: also opens a stream")),
      h("button", { type: "submit", class: "primary", "aria-busy": run?.waits ? "true" : null }, "Explain")),
    h("div", { "aria-live": "polite", "data-key": "answer" }, run ? answer("Steps", run) : null),
    card("Check the hub's own set-up",
      h("p", { class: "quiet" }, "Asks the name servers of check.resolvers what the world sees of this hub, and connects to its own public addresses."),
      h("div", { class: "actions" }, button("Check all", () => check(), { operator: true }), CHECKS.map(([what, label]) => button(label, () => check(what), { operator: true }))),
      readOnlyNote("Only operators can run checks."),
      h("div", { "aria-live": "polite" }, checked ? answer("Result", checked) : null)));

  const localDomain = () => (asked.to ? "" : (status()?.nodes ?? []).flatMap((node) => node.domains).find((domain) => !domain.startsWith("*")) ?? "");

  const answer = (title, { steps, waits, verdict, problem }) => h("section", { class: "card", "data-key": title },
    h("div", { class: "title-line" }, h("h2", null, title), waits ? badge(RESULTS, "running") : verdict ? badge(RESULTS, verdict) : null),
    verdict && !waits ? h("p", null, verdict === "ok" ? "Nothing stands in the way." : "The first step that failed names the cause.") : null,
    explainedSteps(steps), waits ? h("p", { class: "quiet", "aria-busy": "true" }, waits) : null, problemBox(problem));

  const submit = (event) => {
    event.preventDefault();
    if (run?.waits) return;
    const data = new FormData(event.currentTarget);
    Object.assign(asked, { from: data.get("from").trim(), to: data.get("to").trim(), connect: data.get("connect") === "on" });
    setQuery({ from: asked.from, to: asked.to });
    explain();
  };

  /** Steps that the hub knows come at once; those that need a connection take longer. */
  const explain = async () => {
    const mine = (run = { steps: [], waits: "The hub looks …", verdict: null, problem: null });
    draw();
    for (const connect of asked.connect ? [false, true] : [false]) {
      try {
        const { body } = await request("POST", "explain", { body: { from: asked.from, to: asked.to, connect }, signal });
        if (mine !== run) return;
        mine.verdict = body.verdict;
        mine.waits = asked.connect && !connect ? "The hub connects …" : null;
        await reveal(mine, body.steps);
      } catch (problem) {
        if (signal.aborted) return;
        Object.assign(mine, { problem, waits: null });
        break;
      }
    }
    mine.waits = null;
    draw();
  };

  /** Shows new steps one after the other. */
  const reveal = async (mine, steps) => {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    for (let shown = Math.min(mine.steps.length, steps.length); shown <= steps.length && mine === run && !signal.aborted; shown += 1) {
      mine.steps = steps.slice(0, calm ? steps.length : shown);
      draw();
      if (!calm) await new Promise((resolve) => setTimeout(resolve, 60));
    }
    mine.steps = steps;
  };

  const check = async (what) => {
    checked = { steps: [], waits: "The hub checks. This takes up to half a minute …", verdict: null, problem: null };
    draw();
    try {
      const { body } = await request("POST", "check", { body: what ? { what: [what] } : {}, signal });
      checked = { steps: body.steps, verdict: body.verdict };
    } catch (problem) {
      if (signal.aborted) return;
      checked = { steps: [], problem };
    }
    draw();
  };

  draw();
  if (asked.from && asked.to) explain();
  return { refresh: async () => {} };
}
