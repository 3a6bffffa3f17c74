// Who uses the page. Over HTTPS the browser keeps a cookie that no script can read; over HTTP on loopback this module
// keeps a token in memory, so it is gone with the page.

const state = { user: null, role: null, ends: null, csrf: null, bearer: null, idleS: 0 };
const channel = "BroadcastChannel" in window ? new BroadcastChannel("fedhub-session") : null;

export function session() {
  return state;
}

export function isOperator() {
  return state.role === "operator";
}

export const READ_ONLY = "Only operators can do this. You are logged in as a viewer.";

/** Takes what the hub says about the session. */
export function takeSession(answer) {
  state.user = answer.user ?? null;
  state.role = answer.role ?? null;
  state.ends = answer.ends ?? null;
  state.csrf = answer.csrf_token ?? state.csrf;
  state.bearer = answer.token ?? state.bearer;
  state.idleS = answer.idle_s ?? 0;
}

export function forgetSession() {
  Object.assign(state, { user: null, role: null, ends: null, csrf: null, bearer: null, idleS: 0 });
}

/** The headers of a request. */
export function credentials(changes) {
  const headers = {};
  if (state.bearer) headers.Authorization = `Bearer ${state.bearer}`;
  if (changes && state.csrf) headers["X-CSRF-Token"] = state.csrf;
  return headers;
}

/** Takes the one-time token out of the address, so that it stays in no history and in no copied link. */
export function takeTokenFromAddress() {
  const found = /^#token=([A-Za-z0-9._~-]+)$/.exec(location.hash);
  if (!location.hash.startsWith("#token=")) return null;
  history.replaceState(null, "", location.pathname);
  return found ? found[1] : null;
}

/** Asks the other tabs of this browser for their token: a new tab needs no log-in of its own. */
export function askOtherTabs() {
  if (!channel || location.protocol === "https:") return Promise.resolve(false);
  return new Promise((resolve) => {
    const done = (found) => {
      clearTimeout(timer);
      channel.removeEventListener("message", answered);
      resolve(found);
    };
    const answered = ({ data }) => {
      if (data.kind !== "have") return;
      state.bearer = data.bearer;
      state.csrf = data.csrf;
      done(true);
    };
    const timer = setTimeout(() => done(false), 250);
    channel.addEventListener("message", answered);
    channel.postMessage({ kind: "ask" });
  });
}

channel?.addEventListener("message", ({ data }) => {
  if (data.kind === "ask" && state.bearer) channel.postMessage({ kind: "have", bearer: state.bearer, csrf: state.csrf });
  if (data.kind === "out" && state.user) window.dispatchEvent(new Event("fedhub-logged-out"));
});

/** Has the other tabs log out as well: they share the session. */
export function announceLogout() {
  channel?.postMessage({ kind: "out" });
}

// A page asks the hub all the time, so the page itself notices that nobody uses it, and ends the session.
let used = Date.now();
let toldUsed = 0;

function noteUse() {
  used = Date.now();
  if (used - toldUsed < 30_000) return;
  toldUsed = used;
  channel?.postMessage({ kind: "used" });
}
for (const type of ["keydown", "pointerdown", "pointermove", "wheel"]) window.addEventListener(type, noteUse, { passive: true });
channel?.addEventListener("message", ({ data }) => {
  if (data.kind === "used") used = Date.now();
});

/** Returns whether nobody has used the page for as long as the hub lets a session be unused. */
export function isUnused() {
  return state.idleS > 0 && Date.now() - used > state.idleS * 1000;
}
