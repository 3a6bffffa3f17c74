// Steps of an explanation, of a check, and of an attempt.
import { h } from "./dom.js";
import { clock, span, when } from "./format.js";
import { badge } from "./parts.js";
import { RESULTS, words } from "./words.js";

const STEPS = {
  sender: "Sender", recipient: "Recipient", federation: "Federation", privacy: "Who may federate", route: "Route", resolver: "DNS",
  resolve: "DNS", stream: "Stream", trust: "Trust rule", connect: "Connect", tls: "TLS", features: "Features", authentication: "Authentication",
  "published-records": "Our published records", "published-addresses": "Our published addresses", tlsa: "TLSA records", certificate: "Our certificate",
  reach: "Our reachability", node: "Node", estate: "Estate",
};

/** Steps as the API's explain and check answer them. */
export function explainedSteps(steps) {
  return h("ol", { class: "steps" }, steps.map((step, place) => h("li", { "data-key": `${place} ${step.step}`, class: step.result },
    h("div", { class: "step-head" }, h("strong", null, STEPS[step.step] ?? words(step.step)), badge(RESULTS, step.result),
      step.duration_s === undefined ? null : h("span", { class: "quiet" }, span(step.duration_s))),
    h("p", null, step.failure ? h("strong", null, `${words(step.failure)}: `) : null, step.detail),
    step.remedy ? h("p", { class: "remedy" }, h("strong", null, "What to do: "), step.remedy) : null,
    step.source ? h("p", { class: "quiet" }, "Source: ", step.source) : null)));
}

/** The attempts to reach a domain, newest first, each with its steps on a line of time. */
export function timeline(attempts) {
  if (!attempts.length) return h("p", { class: "quiet" }, "No attempt to connect is remembered.");
  return h("ol", { class: "timeline" }, attempts.map((attempt) => {
    const outcome = attempt.outcome ?? "running";
    return h("li", { "data-key": attempt.started, class: outcome },
      h("div", { class: "step-head" }, badge(RESULTS, outcome), when(attempt.started, clock), h("span", { class: "quiet" }, when(attempt.started)),
        attempt.target ? h("code", null, attempt.target) : null),
      attempt.failure ? h("p", null, h("strong", null, words(attempt.failure)), ": ", attempt.detail) : null,
      h("ol", { class: "track", "aria-label": "Steps" }, attempt.steps.map((step, place) => h("li", { "data-key": place, class: step.outcome ?? "running" },
        h("span", { class: "mark", "aria-hidden": "true" }), h("span", null, STEPS[step.step] ?? step.step),
        h("span", { class: "hidden" }, `: ${(RESULTS[step.outcome ?? "running"] ?? { label: step.outcome }).label}`),
        h("span", { class: "quiet" }, step.duration_s === undefined ? "…" : span(step.duration_s)),
        step.detail && step.detail !== attempt.detail ? h("span", { class: "detail" }, step.detail) : null))));
  }));
}
