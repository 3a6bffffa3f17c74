// The API's words, explained.

export const DOMAIN_STATES = {
  failing: { label: "Failing", tone: "bad", means: "The last attempt to connect failed." },
  waiting: { label: "Waiting", tone: "warn", means: "Waits before the next attempt." },
  connecting: { label: "Connecting", tone: "busy", means: "An attempt to connect is under way." },
  connected: { label: "Connected", tone: "good", means: "There is a stream in use." },
  idle: { label: "Idle", tone: "quiet", means: "No stream, and nothing to send." },
  refused: { label: "Refused", tone: "off", means: "The configuration refuses this domain." },
};

export const HEALTH = {
  up: { label: "Up", tone: "good" },
  degraded: { label: "Degraded", tone: "warn" },
  down: { label: "Down", tone: "bad" },
};

export const RESULTS = {
  ok: { label: "OK", tone: "good" },
  warn: { label: "Warning", tone: "warn" },
  fail: { label: "Failed", tone: "bad" },
  failed: { label: "Failed", tone: "bad" },
  skipped: { label: "Skipped", tone: "quiet" },
  abandoned: { label: "Abandoned", tone: "quiet" },
  running: { label: "Under way", tone: "busy" },
};

export const STREAM_STATES = {
  negotiating: { label: "Negotiating", tone: "busy" },
  authenticated: { label: "In use", tone: "good" },
};

export const SEVERITIES = { error: { label: "Error", tone: "bad" }, warning: { label: "Warning", tone: "warn" } };

export const LEGS = {
  "s2s-in": "From a remote server",
  "s2s-out": "To a remote server",
  "node-component": "Component node",
  "node-s2s-in": "From an s2s node",
  "node-s2s-out": "To an s2s node",
  "hub-link": "Another hub",
};

export const PROOFS = {
  pkix: "certificate", dane: "DANE", pin: "pinned key", dialback: "dialback", node: "configured node", none: "nothing",
};

export const EVENT_KINDS = {
  attempt: "Attempt", stream: "Stream", refusal: "Refusal", trust: "Trust", node: "Node", config: "Configuration",
  notification: "Notification", estate: "Estate", cluster: "Cluster",
};

export const NOTIFICATION_KINDS = {
  certificate: "Certificate", "domain-without-certificate": "Domain without certificate", "node-down": "Node down",
  "node-contested": "Node contested", "partner-failing": "Partner failing", refusals: "Refusals at the door",
  configuration: "Configuration", "lost-log-lines": "Lost log lines", "lost-events": "Lost events", dns: "Name servers",
  clock: "Clock", "open-files": "Open files", "unverified-peers": "Unverified peers",
};

/** "dns-not-found" as words. */
export function words(label) {
  const text = String(label ?? "").replaceAll("-", " ");
  const known = { dns: "DNS", tls: "TLS", tlsa: "TLSA", srv: "SRV", sasl: "SASL", eku: "EKU" };
  return text.replace(/\b(dns|tlsa?|srv|sasl|eku)\b|^\w/g, (part) => known[part] ?? part.toUpperCase());
}
