// The frame of the console: log-in, navigation, and which page is shown.
import { get, logOut, whoAmI } from "./api.js";
import { h, show } from "./dom.js";
import { count } from "./format.js";
import { onLive, startLive, stopLive } from "./live.js";
import { showLogin } from "./page_login.js";
import { button, calm, say, setSayer } from "./parts.js";
import { announceLogout, askOtherTabs, forgetSession, isOperator, isUnused, session, takeTokenFromAddress } from "./session.js";
import * as overview from "./page_overview.js";
import * as domains from "./page_domains.js";
import * as domain from "./page_domain.js";
import * as streams from "./page_streams.js";
import * as stream from "./page_stream.js";
import * as nodes from "./page_nodes.js";
import * as explain from "./page_explain.js";
import * as events from "./page_events.js";
import * as settings from "./page_settings.js";
import * as notifications from "./page_notifications.js";

const POLL_MS = 5000;
const PAGES = { overview, domains, streams, nodes, explain, events, settings, notifications };
const DETAILS = { domains: domain, streams: stream };
const VERSION = document.querySelector("meta[name=fedhub-console]").content;

let frame = null; // the parts of the frame while somebody is logged in
let page = null; // the page that is shown
let timer = null;
let facts = { link: "connecting", status: null, stale: false, newer: false };

/** What the address asks for. */
function address() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const [name, ...rest] = path.split("/").map((part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  });
  const known = name in PAGES ? name : "overview";
  const argument = rest.join("/");
  return { name: known, argument, module: argument && DETAILS[known] ? DETAILS[known] : PAGES[known], query: new URLSearchParams(query) };
}

function drawFrame() {
  const { status, link, stale, newer } = facts;
  const here = page?.name;
  const open = status?.notifications ?? 0;
  show(frame.head,
    h("a", { class: "skip", href: "#main", on: { click: (event) => { event.preventDefault(); frame.main.focus(); } } }, "Skip to content"),
    h("div", { class: "brand" }, h("strong", null, "fedhub"), h("span", { class: "hub" }, status?.name ?? "")),
    h("p", { class: `link ${link}`, role: "status" }, { live: "Live", connecting: "Connecting …", lost: "No connection" }[link]),
    h("div", { class: "user" },
      h("span", null, session().user, isOperator() ? "" : " (viewer)"),
      button("Log out", leave, { kind: "plain" })),
    h("nav", { "aria-label": "Pages" }, h("ul", null, Object.entries(PAGES).map(([name, { TITLE }]) =>
      h("li", { "data-key": name }, h("a", { href: `#/${name}`, "aria-current": name === here ? "page" : null }, TITLE,
        name === "notifications" && open ? [" ", h("span", { class: "count" }, count(open), h("span", { class: "hidden" }, " open"))] : null))))));
  show(frame.notices,
    stale ? h("p", { class: "note warn", "data-key": "stale" }, "The hub does not answer. The page shows the last answers, and goes on by itself when the hub is back.") : null,
    newer ? h("div", { class: "note", "data-key": "newer" }, h("p", null, "The hub has a newer version of this page."), button("Load it", () => location.reload())) : null,
    status && !status.federation ? h("p", { class: "note warn", "data-key": "off" }, "XMPP federation is off: no remote domain is reached. It is switched on in ", h("a", { href: "#/settings" }, "Settings"), ".") : null,
    isOperator() ? null : h("p", { class: "hidden", id: "read-only" }, "Only operators can do this. You are logged in as a viewer."));
}

async function refreshStatus() {
  try {
    facts.status = await get("status");
    facts.stale = false;
  } catch (problem) {
    if (problem.status !== 401) facts.stale = true;
  }
  if (frame) drawFrame();
}

/** Opens the page of the address. */
async function navigate() {
  if (!frame) return;
  const wanted = address();
  page?.shown?.end?.();
  page?.ending.abort();
  const first = page === null;
  page = { ...wanted, ending: new AbortController(), shown: null };
  const current = page;
  const place = h("div", { class: `page ${wanted.name}` });
  show(frame.main);
  frame.main.append(place);
  const shown = wanted.module.open({
    place, argument: wanted.argument, query: wanted.query, signal: page.ending.signal, status: () => facts.status,
    setQuery: (values) => replaceQuery(wanted, values),
  });
  current.shown = shown;
  document.title = `${wanted.argument || wanted.module.TITLE} – fedhub`;
  drawFrame();
  if (!first) (place.querySelector("h1") ?? frame.main).focus();
  await refresh();
}

/** Notes in the address what a page shows, without a new entry in the browser's history. */
function replaceQuery(wanted, values) {
  const query = new URLSearchParams(Object.entries(values).filter(([, value]) => value));
  const path = [wanted.name, ...(wanted.argument ? [encodeURIComponent(wanted.argument)] : [])].join("/");
  history.replaceState(null, "", `#/${path}${query.size ? `?${query}` : ""}`);
}

async function refresh() {
  const current = page;
  try {
    await current?.shown?.refresh?.();
  } catch (problem) {
    if (!current.ending.signal.aborted && problem.status !== 0 && problem.status !== 401) say(problem.message, "bad");
  }
}

async function beat() {
  clearTimeout(timer);
  if (!frame) return;
  if (isUnused()) {
    await leave();
    return;
  }
  if (document.visibilityState === "visible") await Promise.all([refreshStatus(), refresh()]);
  clearTimeout(timer);
  timer = setTimeout(beat, POLL_MS);
}

const soon = calm(beat, 400);

async function checkVersion() {
  try {
    const answer = await fetch("/", { method: "HEAD", cache: "no-store" });
    facts.newer = answer.ok && !(answer.headers.get("ETag") ?? VERSION).includes(VERSION);
  } catch {
    // the next connection asks again
  }
}

async function live({ link, event }) {
  if (link && link !== facts.link) {
    const was = facts.link;
    facts.link = link;
    if (link === "live" && was === "lost") await checkVersion();
    if (frame) drawFrame();
    soon();
  }
  if (event) {
    page?.shown?.live?.(event);
    soon();
  }
}

async function leave() {
  announceLogout();
  try {
    await logOut();
  } catch {
    // the hub ends the session by itself
  }
  begin("You are logged out.");
}

/** Shows the log-in page. */
function begin(note) {
  end();
  showLogin(document.body, note, enter);
}

function end() {
  stopLive();
  clearTimeout(timer);
  page?.shown?.end?.();
  page?.ending.abort();
  page = frame = null;
  facts = { link: "connecting", status: null, stale: false, newer: false };
}

/** Shows the console to a user who is logged in. */
async function enter() {
  frame = {
    head: h("header"), notices: h("div", { class: "notices", role: "region", "aria-label": "Notices" }),
    main: h("main", { id: "main", tabindex: "-1" }), sayer: h("div", { class: "sayer", role: "status", "aria-live": "polite" }),
  };
  show(document.body);
  document.body.append(frame.head, frame.notices, frame.main, frame.sayer);
  setSayer(frame.sayer);
  startLive();
  await refreshStatus();
  await navigate();
  beat();
}

async function start() {
  const token = takeTokenFromAddress();
  onLive(live);
  window.addEventListener("hashchange", () => {
    const late = takeTokenFromAddress();
    if (late) showLogin(document.body, null, enter, late);
    else navigate();
  });
  window.addEventListener("fedhub-session-ended", () => frame && begin("The session has ended. Please log in again."));
  window.addEventListener("fedhub-logged-out", () => {
    forgetSession();
    begin("You are logged out.");
  });
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && beat());
  if (token) {
    showLogin(document.body, null, enter, token);
    return;
  }
  await askOtherTabs();
  try {
    if (await whoAmI()) await enter();
    else begin();
  } catch (problem) {
    begin(problem.message);
  }
}

start();
