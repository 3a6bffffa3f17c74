// The hub's events, as they happen: one stream for all tabs of a browser. The tab that holds the lock reads the stream and
// passes events on; if that tab is closed, another one gets the lock and goes on after the last event that it has seen.
import { credentials } from "./session.js";

const SILENCE_MS = 40_000; // the hub writes at least every 15 s
const LONGEST_WAIT_MS = 15_000;
const MOST_TEXT = 1 << 20;

const listeners = new Set();
const channel = "BroadcastChannel" in window ? new BroadcastChannel("fedhub-live") : null;
let lastId = null;
let link = "connecting"; // connecting, live, lost
let stop = null; // ends this tab's part
let nudge = null; // ends the wait for the next attempt

/** Calls `listener` with {event} for each event, and with {link} when the connection changes. @returns a function that ends it. */
export function onLive(listener) {
  listeners.add(listener);
  listener({ link });
  return () => listeners.delete(listener);
}

function tell(news) {
  if (news.event) lastId = news.event.id;
  if (news.link) link = news.link;
  for (const listener of [...listeners]) listener(news);
}

function publish(news) {
  channel?.postMessage(news);
  tell(news);
}

if (channel) {
  channel.addEventListener("message", ({ data }) => {
    if (data.ask) {
      if (leads) channel.postMessage({ link });
    } else if (stop && !leads) {
      tell(data);
    }
  });
}
let leads = false;

export function startLive() {
  if (stop) return;
  const ending = new AbortController();
  stop = () => {
    ending.abort();
    stop = null;
  };
  channel?.postMessage({ ask: true });
  if (navigator.locks && channel) {
    navigator.locks.request("fedhub-live", { signal: ending.signal }, () => lead(ending.signal)).catch(() => {});
  } else {
    lead(ending.signal);
  }
}

export function stopLive() {
  stop?.();
}

window.addEventListener("online", () => nudge?.());
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && nudge?.());

async function lead(signal) {
  leads = true;
  let wait = 500;
  while (!signal.aborted) {
    let began = false;
    let refused = false;
    try {
      refused = (await read(signal, () => {
        began = true;
        publish({ link: "live" });
      })) === 401;
    } catch {
      // lost: try again
    }
    if (signal.aborted) break;
    publish({ link: "lost" });
    if (refused) {
      window.dispatchEvent(new CustomEvent("fedhub-session-ended"));
      break;
    }
    wait = began ? 500 : Math.min(LONGEST_WAIT_MS, wait * 2);
    await pause(wait * (0.75 + Math.random() / 2), signal);
  }
  leads = false;
}

function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    nudge = resolve;
    signal.addEventListener("abort", resolve, { once: true });
    void timer;
  });
}

/** Reads one stream to its end. @returns the status of the answer. */
async function read(signal, begun) {
  const own = new AbortController();
  const end = () => own.abort();
  signal.addEventListener("abort", end, { once: true });
  let watch = setTimeout(end, SILENCE_MS);
  try {
    const headers = { ...credentials(false), Accept: "text/event-stream" };
    if (lastId !== null) headers["Last-Event-ID"] = String(lastId);
    const response = await fetch("/api/v1/events/stream", { headers, cache: "no-store", signal: own.signal });
    if (!response.ok || !response.body) return response.status;
    begun();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return response.status;
      clearTimeout(watch);
      watch = setTimeout(end, SILENCE_MS);
      text += value;
      let boundary;
      while ((boundary = text.indexOf("\n\n")) >= 0) {
        take(text.slice(0, boundary));
        text = text.slice(boundary + 2);
      }
      if (text.startsWith(":\n")) text = text.replace(/^(:[^\n]*\n)+/, "");
      if (text.length > MOST_TEXT) throw new Error("an event without end");
    }
  } finally {
    clearTimeout(watch);
    signal.removeEventListener("abort", end);
    own.abort();
  }
}

function take(block) {
  const data = block
    .split("\n")
    .filter((line) => line.startsWith("data:"))
    .map((line) => line.slice(5).replace(/^ /, ""))
    .join("\n");
  if (!data) return;
  try {
    publish({ event: JSON.parse(data) });
  } catch {
    // not an event of ours
  }
}
