// The hub's API.
import { credentials, forgetSession, session, takeSession } from "./session.js";

const ROOT = "/api/v1/";
const PATIENCE_MS = 60_000;

/** Why a request was not carried out: the hub's problem (RFC 9457), or status 0 if the hub does not answer. */
export class Problem extends Error {
  constructor(status, detail, problems = []) {
    super(detail);
    this.status = status;
    this.problems = problems;
  }
}

function problemOf(status, body, text) {
  return new Problem(status, body?.detail || body?.title || text || `The hub answered with status ${status}.`, body?.problems ?? []);
}

/** Sends a request. @returns {status, body, etag}. @throws Problem */
export async function request(method, call, { query, body, type = "application/json", match, signal } = {}) {
  const parameters = new URLSearchParams(Object.entries(query ?? {}).filter(([, value]) => value !== undefined && value !== ""));
  const headers = credentials(method !== "GET");
  if (body !== undefined) headers["Content-Type"] = type;
  if (match !== undefined) headers["If-Match"] = match;
  const limit = AbortSignal.timeout(PATIENCE_MS);
  let response, text;
  try {
    response = await fetch(`${ROOT}${call}${parameters.size ? `?${parameters}` : ""}`, {
      method, headers, body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store", credentials: "same-origin", redirect: "error",
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
    text = await response.text();
  } catch (failure) {
    if (signal?.aborted) throw failure;
    throw new Problem(0, "The hub does not answer.");
  }
  let json = null;
  if (/json/.test(response.headers.get("Content-Type") ?? "")) {
    try {
      json = JSON.parse(text);
    } catch {
      throw new Problem(502, "The answer is no valid JSON.");
    }
  }
  if (!response.ok) {
    if (response.status === 401 && call !== "session") {
      const was = session().user;
      forgetSession();
      window.dispatchEvent(new CustomEvent("fedhub-session-ended", { detail: was }));
    }
    throw problemOf(response.status, json, text.slice(0, 300));
  }
  return { status: response.status, body: json, etag: response.headers.get("ETag") };
}

export async function get(call, query, signal) {
  return (await request("GET", call, { query, signal })).body;
}

export async function post(call, body) {
  return (await request("POST", call, { body })).body;
}

/** Asks who the user is. @returns false if nobody is logged in. */
export async function whoAmI() {
  try {
    takeSession(await get("session"));
    return true;
  } catch (problem) {
    if (problem.status === 401 || problem.status === 403) return false;
    throw problem;
  }
}

/** Logs in by {user, password} or {token}. @throws Problem */
export async function logIn(proof) {
  forgetSession();
  takeSession(await post("session", proof));
  await whoAmI();
}

export async function logOut() {
  try {
    await request("DELETE", "session");
  } finally {
    forgetSession();
  }
}

/** A path segment. */
export const segment = encodeURIComponent;
