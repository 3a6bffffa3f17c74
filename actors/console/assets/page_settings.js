// The configuration: what is in force and where it comes from, and changes of it, shown before they are applied.
import { request } from "./api.js";
import { changeList, lastChange, origin, readConfiguration, review, valueOf } from "./change.js";
import { h, show } from "./dom.js";
import { plural, when } from "./format.js";
import { button, card, choice, field, loading, problemBox, readOnlyNote } from "./parts.js";
import { isOperator } from "./session.js";
import { isMasked, lines, merged, patchOf } from "./settings_key.js";
import { FIRST_KEYS, keyTable } from "./settings_keys.js";
import { ROUTES, TRUST, rowTable } from "./settings_rows.js";

export const TITLE = "Settings";

const SWITCH = [["true", "On"], ["false", "Off"]];

const SECTIONS = [
  { title: "Federation", fields: [
    { key: "federation.enabled", label: "XMPP federation support", options: SWITCH, hint: "Off: the hub reaches no remote domain, and none reaches the hub." },
    { key: "federation.security_mode", label: "Security mode", options: [["no-tls", "No TLS"], ["tls-optional", "TLS optional"], ["tls-required", "TLS required"]] },
    { key: "federation.require_client_certificates", label: "Require client certificates", options: SWITCH, hint: "On: a peer proves its domain by a certificate; dialback alone is refused." },
    { key: "federation.dialback_secret", label: "Dialback secret", secret: true, hint: "All hubs that serve the same domains need the same secret. Left empty, it stays as it is." },
  ] },
  { title: "Who may federate", fields: [
    { key: "federation.privacy_mode", label: "Privacy mode", options: [["off", "Off: all domains"], ["allow-list", "Allow list: only the domains on it"], ["deny-list", "Deny list: all domains but those on it"]] },
    { key: "federation.allow", label: "Allow list", list: true, hint: "One domain in each line; *.example stands for all domains below it." },
    { key: "federation.deny", label: "Deny list", list: true, hint: "One domain in each line." },
  ] },
];

export function open({ place, signal }) {
  let configuration, history, undoable, problem;
  let outdated = null; // the version in force, if somebody else made it
  const drafts = new Map(); // values that the user has chosen and not applied, by key
  let keys = { ...FIRST_KEYS };

  const draw = () => show(place, h("h1", { tabindex: "-1" }, TITLE),
    problemBox(problem, load),
    readOnlyNote("Only operators can change the configuration."),
    outdated ? h("div", { class: "note warn", role: "status", "data-key": "outdated" },
      h("p", null, "Somebody else has changed the configuration. What you chose and did not apply yet is kept."),
      button("Show the configuration in force", load)) : null,
    configuration ? [
      h("p", { class: "quiet" }, "A change is shown before it is applied, takes effect at once, and never needs a restart. Changes made here are kept in console.toml, which goes before the other files."),
      SECTIONS.map((section) => card(section.title, h("form", { class: "fields", on: { submit: (event) => event.preventDefault() } }, section.fields.map(drafted)), sectionEnd(section))),
      card(ROUTES.title, drafted({ key: "federation.use_static_routes", label: "Use static routes", options: SWITCH }), sectionEnd({ title: "Use of static routes", fields: [{ key: "federation.use_static_routes" }] }), rowTable(ROUTES, configuration, load)),
      card(TRUST.title, h("p", { class: "quiet" }, "How a remote domain must prove itself. An exact domain goes before a wildcard, a longer wildcard before a shorter one."), rowTable(TRUST, configuration, load)),
      card("Last changes", changes()),
      card("All keys", keyTable(configuration, { ...keys, set: setKeys }, load)),
    ] : problem ? null : loading("the configuration"));

  const setKeys = (change) => {
    keys = { ...keys, ...change };
    draw();
  };

  const textOf = (value) => (Array.isArray(value) ? value.join("\n") : String(value ?? ""));

  const drafted = ({ key, label, options, list, secret, hint }) => {
    const item = configuration.byKey.get(key);
    const id = key.replaceAll(/[._]/g, "-");
    const chosen = drafts.has(key) ? textOf(drafts.get(key)) : undefined;
    const read = (element) => (list ? lines(element.value) : options === SWITCH ? element.value === "true" : element.value);
    const changed = (event) => {
      const value = read(event.currentTarget);
      if (secret ? value === "" : JSON.stringify(value) === JSON.stringify(item?.value)) drafts.delete(key);
      else drafts.set(key, value);
      draw();
    };
    const shared = { id, disabled: !isOperator(), on: { input: changed, change: changed } };
    const element = options ? choice(id, options, chosen ?? textOf(item?.value))
      : list ? h("textarea", { ...shared, rows: Math.min(12, Math.max(3, (item?.value?.length ?? 0) + 1)), spellcheck: "false" }, textOf(item?.value))
        : h("input", { ...shared, type: secret ? "password" : "text", value: secret ? "" : textOf(item?.value), autocomplete: secret ? "new-password" : "off", placeholder: secret && isMasked(item?.value) ? "unchanged" : null });
    if (options) {
      element.disabled = !isOperator();
      return withOrigin(field(label, h("select", { id, disabled: !isOperator(), on: { change: changed } }, [...element.children]), hint), item, drafts.has(key));
    }
    return withOrigin(field(label, element, hint), item, drafts.has(key));
  };

  const withOrigin = (element, item, isDraft) => {
    element.append(h("p", { class: "origin" }, isDraft ? h("strong", null, "Not applied yet. ") : null, "From: ",
      h("span", { title: item?.file ? `${item.file}:${item.line}` : null }, item ? origin(item) : "generated by the hub"), " ",
      /console\.toml$/.test(item?.file ?? "") && isOperator() ? button("Take back", () => takeBack(item), { kind: "plain", "aria-label": `Take back ${item.key}` }) : null));
    return element;
  };

  const takeBack = async (item) => {
    if (await review(`Take back ${item.key}`, () => ({ patch: patchOf(item.key, null) }), configuration)) await load();
  };

  const sectionEnd = ({ title, fields }) => {
    const chosen = fields.filter(({ key }) => drafts.has(key)).map(({ key }) => key);
    return h("div", { class: "actions", "data-key": `end ${title}` },
      button(chosen.length ? `Review ${plural(chosen.length, "change")}` : "Review change", () => apply(title, chosen), { kind: "primary", operator: true, disabled: !chosen.length, "aria-label": `Review change: ${title}` }),
      chosen.length ? button("Discard", () => discard(chosen), { "aria-label": `Discard: ${title}` }) : null);
  };

  const discard = (chosen) => {
    for (const key of chosen) {
      drafts.delete(key);
      reset(key);
    }
    draw();
  };

  /** Shows the value in force again, in place of what was typed. */
  const reset = (key) => {
    const element = place.querySelector(`#${key.replaceAll(/[._]/g, "-")}`);
    const value = valueOf(configuration, key);
    if (element) element.value = isMasked(value) || value === undefined ? "" : textOf(value);
  };

  const apply = async (title, chosen) => {
    const patch = merged(chosen.map((key) => patchOf(key, drafts.get(key))));
    if (!(await review(title, () => ({ patch }), configuration))) return;
    chosen.forEach((key) => drafts.delete(key));
    await load();
  };

  const changes = () => [
    h("div", { class: "actions" }, button("Undo the last change", async () => {
      if (await review("Undo the last change", () => ({ undo: true }), configuration)) await load();
    }, { operator: true, disabled: !undoable })),
    history?.length ? h("ol", { class: "timeline" }, history.slice(0, 5).map((one) => h("li", { "data-key": one.number },
      h("p", null, h("strong", null, one.undo ? "Undo" : "Change"), ` by ${one.who}, `, when(one.time)), changeList(one.changes, one.changes.length)))) : h("p", { class: "quiet" }, "No change was made here yet."),
  ];

  const load = async () => {
    try {
      configuration = await readConfiguration(signal);
      history = (await request("GET", "config/history", { query: { limit: 20 }, signal })).body.items;
      undoable = await lastChange();
      outdated = problem = null;
    } catch (failure) {
      if (signal.aborted) return;
      problem = failure.status === 0 && configuration ? null : failure;
    }
    draw();
    if (configuration) for (const { key } of [...SECTIONS.flatMap(({ fields }) => fields), { key: "federation.use_static_routes" }]) if (!drafts.has(key)) reset(key);
  };

  draw();
  return {
    refresh: async () => {
      if (!configuration) {
        await load();
        return;
      }
      const { etag } = await request("GET", "config", { query: { limit: 1 }, signal });
      if (etag === configuration.version) return;
      if (drafts.size || document.querySelector("dialog")) {
        outdated = etag;
        draw();
      } else {
        await load();
      }
    },
  };
}
