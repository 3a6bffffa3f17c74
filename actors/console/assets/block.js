// Block and unblock a domain: a change of the privacy mode's lists.
import { readConfiguration, review, valueOf } from "./change.js";
import { plural } from "./format.js";
import { say } from "./parts.js";

const MODE = "federation.privacy_mode";

/** How specific a pattern is, as the hub compares them. -1: it does not match. */
function fit(pattern, domain) {
  if (pattern === domain) return 2 * pattern.length + 1;
  if (pattern === "*") return 0;
  return pattern.startsWith("*.") && domain.endsWith(pattern.slice(1)) && domain.length > pattern.length - 1 ? 2 * (pattern.length - 2) : -1;
}

/** Returns the pattern of a list that decides about the domain. */
function decisive(list, domain) {
  return list.filter((pattern) => fit(pattern, domain) >= 0).sort((one, other) => fit(other, domain) - fit(one, domain))[0];
}

/** What has to change so that the domain is refused. @returns {patch, notes}, or {text} if nothing simple does it. */
export function blockPlan(configuration, domain) {
  const mode = valueOf(configuration, MODE);
  const allow = valueOf(configuration, "federation.allow") ?? [];
  const deny = valueOf(configuration, "federation.deny") ?? [];
  if (mode === "allow-list") {
    const rest = allow.filter((pattern) => pattern !== domain);
    const other = decisive(rest, domain);
    const route = routeFor(configuration, domain);
    if (other) return { text: `The allow list has the pattern ${other}, which allows ${domain}. Narrow the pattern in Settings.` };
    if (route) return { text: `The static route for ${route} allows ${domain}. Remove the route in Settings.` };
    if (rest.length === allow.length) return { text: `${domain} is blocked already: no entry of the allow list allows it.` };
    return { patch: { federation: { allow: rest } }, notes: [] };
  }
  const there = decisive(deny, domain);
  if (mode === "deny-list" && there) return { text: `${domain} is blocked already, by the entry ${there} of the deny list.` };
  const others = deny.filter((pattern) => pattern !== domain);
  const notes = mode === "off" && others.length ? [`The deny list has ${plural(others.length, "other entry", "other entries")}, in force from now on as well: ${others.slice(0, 10).join(", ")}${others.length > 10 ? ", …" : ""}.`] : [];
  return { patch: { federation: { ...(mode === "deny-list" ? {} : { privacy_mode: "deny-list" }), deny: [...others, domain] } }, notes };
}

/** In allow-list mode a static route allows its domain. @returns the route's pattern. */
function routeFor(configuration, domain) {
  if (valueOf(configuration, "federation.use_static_routes") === false) return undefined;
  const routed = configuration.items.filter(({ key }) => key.startsWith("static_route.") && key.endsWith(".domain")).map(({ value }) => value);
  return decisive(routed, domain);
}

/** What has to change so that the domain is no longer refused. */
export function unblockPlan(configuration, domain) {
  const mode = valueOf(configuration, MODE);
  const allow = valueOf(configuration, "federation.allow") ?? [];
  const deny = valueOf(configuration, "federation.deny") ?? [];
  if (mode === "allow-list") {
    if (decisive(allow, domain)) return { text: `The allow list allows ${domain} already.` };
    return { patch: { federation: { allow: [...allow, domain] } }, notes: [] };
  }
  const rest = deny.filter((pattern) => pattern !== domain);
  const other = mode === "deny-list" ? decisive(rest, domain) : undefined;
  if (other) return { text: `The deny list has the pattern ${other}, which blocks ${domain}. Narrow the pattern in Settings.` };
  if (rest.length === deny.length) return { text: `${domain} is not on the deny list.` };
  return { patch: { federation: { deny: rest } }, notes: [] };
}

/** Has the user review and apply a plan. @returns whether it was applied. */
export async function carryOut(title, planOf, domain) {
  const configuration = await readConfiguration();
  const plan = planOf(configuration, domain);
  if (plan.text) {
    say(plan.text, "warn");
    return false;
  }
  return review(title, (now) => {
    const again = planOf(now, domain);
    return again.text ? { patch: {}, notes: [again.text] } : again;
  }, configuration);
}
