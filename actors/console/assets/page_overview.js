// Is everything well? If not, what is wrong and what to do about it.
import { get } from "./api.js";
import { h, show } from "./dom.js";
import { count, octets, plural, when } from "./format.js";
import { graph } from "./graph.js";
import { badge, card, domainLink, facts, link, loading, problemBox } from "./parts.js";
import { DOMAIN_STATES, HEALTH, LEGS, SEVERITIES, words } from "./words.js";

export const TITLE = "Overview";

const SHOWN = 5;
const GRAPHS = [
  ["Stanzas per second", [["stanzas_in", "from the world", "one"], ["stanzas_out", "from nodes", "two"]]],
  ["Stanzas that wait", [["queued_stanzas", "queued", "one"]]],
  ["Failures per second", [["bounced", "stanzas answered by an error", "bad"], ["failed.connect", "connections", "two"], ["failed.dns", "DNS searches", "three"]]],
  ["Memory", [["memory", "resident", "one"]]],
];
const STRETCHES = { hour: { label: "Last hour", seconds: 3600, step: 30 }, day: { label: "Last day", seconds: 86400, step: 600 } };
const SERIES_MS = 15_000;

export function open({ place, signal, query, setQuery }) {
  let status, notes, failing, problem;
  let stretch = query.get("graphs") in STRETCHES ? query.get("graphs") : "hour";
  let series = new Map();
  let drawn = 0;

  const draw = () => show(place, h("h1", { tabindex: "-1" }, TITLE), problemBox(problem), status ? [
    verdict(status, notes, failing),
    h("div", { class: "columns" },
      card("Domains", domainCounts(status)),
      card("Streams", streamCounts(status)),
      card("Nodes", nodeList(status.nodes)),
      card("Certificates", certificateList(status.certificates))),
    graphs(),
    card("This hub", facts([
      ["Version", status.version], ["Role", status.role === "hub" ? null : status.role], ["Running since", when(status.since)],
      ["Configuration applied", when(status.config.applied)],
      ["Listeners", status.listeners.length > 0 && h("ul", { class: "plain" }, status.listeners.map((one) => h("li", null, `${one.key} `, h("code", null, one.address))))],
    ])),
  ] : problem ? null : loading("the hub's state"));

  const graphs = () => h("section", { class: "card graphs", "data-key": "graphs" },
    h("div", { class: "title-line" }, h("h2", null, "Traffic and failures"),
      h("div", { role: "group", "aria-label": "Stretch of time", class: "switch" }, Object.entries(STRETCHES).map(([name, { label }]) =>
        h("button", { type: "button", "aria-pressed": String(name === stretch), on: { click: () => choose(name) } }, label)))),
    h("div", { class: "graph-grid" }, GRAPHS.map(([title, lines]) =>
      graph(title, lines.map(([name, label, tone]) => ({ label, tone, ...series.get(name) }))))));

  const choose = async (name) => {
    stretch = name;
    series = new Map();
    drawn = 0;
    setQuery({ graphs: stretch === "hour" ? "" : stretch });
    draw();
    await refresh();
  };

  const readSeries = async () => {
    if (Date.now() - drawn < SERIES_MS) return;
    drawn = Date.now();
    const { seconds, step } = STRETCHES[stretch];
    const since = new Date(Date.now() - seconds * 1000).toISOString().replace(/\.\d+/, "");
    const names = GRAPHS.flatMap(([, lines]) => lines.map(([name]) => name));
    const wanted = stretch;
    const answers = await Promise.allSettled(names.map((name) => get("series", { name, since, step_s: step }, signal)));
    if (wanted !== stretch) return;
    // A hub without these numbers is not asked again and again.
    if (answers.every((answer) => answer.reason?.status === 404)) drawn += 10 * 60_000;
    names.forEach((name, place) => answers[place].status === "fulfilled" && series.set(name, answers[place].value));
  };

  const refresh = async () => {
    try {
      [status, notes, failing] = await Promise.all([
        get("status", {}, signal), get("notifications", { limit: SHOWN }, signal),
        get("domains", { state: "failing", sort: "failing_since", limit: SHOWN }, signal),
        readSeries(),
      ]);
      problem = null;
    } catch (failure) {
      if (signal.aborted) return;
      problem = status ? null : failure;
    }
    draw();
  };
  draw();
  return { refresh };
}

function verdict(status, notes, failing) {
  const bad = notes.items.some((note) => note.severity === "error");
  const well = !notes.total && !failing.total && status.ready;
  const trouble = [notes.total && `${plural(notes.total, "thing needs", "things need")} a person`, failing.total && `${plural(failing.total, "domain")} can't be reached`, !status.ready && `the hub is not ready: ${status.not_ready ?? "it starts or stops"}`].filter(Boolean);
  return h("section", { class: `card verdict ${well ? "good" : bad ? "bad" : "warn"}`, "aria-labelledby": "verdict", "data-key": "verdict" },
    h("h2", { id: "verdict" }, well ? "Everything is well" : `${trouble.join(", and ").replace(/^./, (x) => x.toUpperCase())}.`),
    well ? h("p", null, `${plural(status.counts.domains.connected ?? 0, "domain is", "domains are")} connected, ${plural(status.counts.queued_stanzas, "stanza waits", "stanzas wait")}.`) : null,
    notes.items.length ? h("ul", { class: "trouble" }, notes.items.map((note) => h("li", { "data-key": `note ${note.id}` },
      badge(SEVERITIES, note.severity), h("div", null, h("p", null, note.text), h("p", { class: "remedy" }, note.remedy))))) : null,
    notes.total > notes.items.length ? h("p", null, link("notifications", `All ${count(notes.total)} notifications`)) : null,
    failing.items.length ? [h("h3", null, "Domains that can't be reached"), h("ul", { class: "trouble" }, failing.items.map((row) => h("li", { "data-key": `domain ${row.name}` },
      badge(DOMAIN_STATES, row.state), h("div", null, h("p", null, domainLink(row.name), " ", h("span", { class: "quiet" }, "since ", when(row.failing_since))),
        h("p", { class: "remedy" }, words(row.failure), row.detail ? `: ${row.detail}` : "")))))] : null,
    failing.total > failing.items.length ? h("p", null, link("domains?state=failing", `All ${count(failing.total)} failing domains`)) : null);
}

function domainCounts({ counts }) {
  return [
    h("ul", { class: "counts" }, Object.keys(DOMAIN_STATES).map((state) => h("li", { "data-key": state },
      link(`domains?state=${state}`, badge(DOMAIN_STATES, state), h("strong", null, count(counts.domains[state] ?? 0)))))),
    h("p", { class: "quiet" }, `${plural(counts.queued_stanzas, "stanza waits", "stanzas wait")} (${octets(counts.queued_bytes)})`),
  ];
}

function streamCounts({ counts }) {
  return facts(Object.entries(counts.streams).map(([leg, states]) => [LEGS[leg] ?? leg,
    `${count(states.authenticated ?? 0)}${states.negotiating ? ` and ${count(states.negotiating)} negotiating` : ""}`]));
}

function nodeList(nodes) {
  if (!nodes.length) return h("p", { class: "quiet" }, "No node is configured.");
  const few = [...nodes].sort((one, other) => rank(one) - rank(other)).slice(0, 6);
  return [h("ul", { class: "counts" }, few.map((node) => h("li", { "data-key": node.name }, h("span", { class: "name" }, node.name), badge(HEALTH, node.health)))),
    nodes.length > few.length ? h("p", null, link("nodes", `All ${count(nodes.length)} nodes`)) : null];
}

const rank = (node) => ["down", "degraded", undefined, "up"].indexOf(node.health);

function certificateList(certificates) {
  if (!certificates.length) return h("p", { class: "quiet" }, "None.");
  return h("ul", { class: "counts" }, certificates.map(({ name, days_left: days }) => h("li", { "data-key": name },
    h("span", { class: "name" }, name), h("span", { class: `badge ${days < 3 ? "bad" : days < 14 ? "warn" : "good"}` }, days < 0 ? "expired" : `${plural(Math.floor(days), "day")} left`))));
}
