// Changes of the configuration: judged by a dry run, shown, and applied only if nobody else was faster.
import { get, request } from "./api.js";
import { h } from "./dom.js";
import { openDialog } from "./dialog.js";
import { plural, setting } from "./format.js";
import { button, problemBox, say } from "./parts.js";

const MERGE_PATCH = "application/merge-patch+json";
const MOST_PAGES = 50;

/** The whole configuration: values by key, with their origin, and the version. */
export async function readConfiguration(signal) {
  for (let tries = 0; tries < 5; tries += 1) {
    const items = [];
    let version = null;
    let after;
    let same = true;
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const answer = await request("GET", "config", { query: { limit: 1000, after }, signal });
      same &&= version === null || version === answer.etag;
      version = answer.etag;
      items.push(...answer.body.items);
      after = answer.body.next;
      if (!after || !same) break;
    }
    if (same) return { items, version, byKey: new Map(items.map((item) => [item.key, item])) };
  }
  throw new Error("The configuration changes faster than it can be read.");
}

export function valueOf(configuration, key) {
  return configuration.byKey.get(key)?.value;
}

/** "fedhub.toml, line 12", or that it is the default. */
export function origin(item) {
  if (!item?.file) return "default";
  const file = item.file.split("/").at(-1);
  return file === "console.toml" ? `set here (console.toml:${item.line})` : `${file}:${item.line}`;
}

export function changeList(changes, total) {
  if (!changes.length) return h("p", { class: "quiet" }, "No value changes.");
  return [
    h("ul", { class: "changes" }, changes.map((change) => h("li", { "data-key": change.key },
      h("code", null, change.key),
      h("span", { class: "old" }, h("span", { class: "hidden" }, "old: "), setting(change.old)),
      h("span", { "aria-hidden": "true" }, "→"),
      h("span", { class: "new" }, h("span", { class: "hidden" }, "new: "), setting(change.new))))),
    total > changes.length ? h("p", null, `${plural(total - changes.length, "further change")} not shown.`) : null,
  ];
}

const NOT_APPLIED = "Somebody else changed the configuration after you opened it, so nothing was applied. Look at what your change would do now, then apply it.";

/**
 * Shows what a change does, and applies it if the user wants that.
 * @param make of the configuration in force: {patch} or {undo: true}, notes as texts.
 * @param configuration that the user has seen.
 * @returns whether it was applied.
 */
export async function review(title, make, configuration) {
  let report = null;
  let problem = null;
  let outdated = false;
  let plan = make(configuration);
  let version = configuration.version;

  const send = (dryRun) => request(plan.undo ? "POST" : "PATCH", plan.undo ? "config/undo" : "config", {
    query: dryRun ? { dry_run: "true" } : {}, body: plan.undo ? undefined : plan.patch, type: MERGE_PATCH, match: version,
  });
  const judge = async () => {
    problem = report = null;
    try {
      report = (await send(true)).body;
      outdated = false;
    } catch (failure) {
      take(failure);
    }
  };
  const take = (failure) => {
    outdated = failure.status === 412;
    problem = outdated ? null : failure;
    if (outdated) report = null;
  };
  const renew = async () => {
    try {
      const now = await readConfiguration();
      version = now.version;
      plan = make(now);
      await judge();
    } catch (failure) {
      take(failure);
    }
    dialog.redraw();
  };
  const apply = (close) => async () => {
    try {
      const done = (await send(false)).body;
      close(true);
      say(`Applied: ${plural(done.change_count, "value")} changed.`);
    } catch (failure) {
      take(failure);
      dialog.redraw();
    }
  };

  await judge();
  const dialog = openDialog(title, (close) => [
    outdated ? h("div", { class: "note warn", role: "alert" }, h("p", null, NOT_APPLIED), button("Show what would change now", renew)) : null,
    problemBox(problem),
    report ? [h("p", null, "This change takes effect at once, without a restart:"), changeList(report.changes, report.change_count)] : null,
    (plan.notes ?? []).map((note) => h("p", { class: "note warn" }, note)),
    report?.warnings.length ? h("details", { class: "note warn" }, h("summary", null, plural(report.warnings.length, "warning")), h("ul", null, report.warnings.map((warning) => h("li", null, warning)))) : null,
    h("div", { class: "actions" },
      button("Cancel", () => close(false)),
      button("Apply", apply(close), { kind: "primary", disabled: !report || !report.changes.length })),
  ]);
  return Boolean(await dialog.closed);
}

/** The last change through the API that undo would take back; null if there is none. */
export async function lastChange() {
  const { items } = await get("config/history", { limit: 20 });
  let taken = 0;
  for (const item of items) {
    if (item.undo) taken += 1;
    else if (taken) taken -= 1;
    else return item;
  }
  return null;
}
