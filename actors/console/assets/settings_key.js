// Keys of the configuration: their paths, who may set them, and a field for a value of each type.
import { h } from "./dom.js";
import { choice } from "./parts.js";

const FILE_ONLY = new Set(["hub", "listen", "admin", "cluster", "capture", "core", "edge"]);

/** The parts of a key; the identity of a row is in quotes. */
export function parts(key) {
  return (key.match(/"(?:[^"\\]|\\.)*"|[^.]+/g) ?? []).map((part) => (part.startsWith('"') ? JSON.parse(part) : part));
}

/** Whether only the files can set a key. */
export function isFileOnly(key) {
  const path = parts(key);
  return FILE_ONLY.has(path[0]) || path.some((part) => /_files?$/.test(part)) || key.startsWith("tls.certificate.");
}

/** A merge patch (RFC 7396) that sets one key. */
export function patchOf(key, value) {
  return parts(key).reduceRight((inner, part) => ({ [part]: inner }), value);
}

export function merged(patches) {
  const sum = {};
  const add = (to, from) => {
    for (const [name, value] of Object.entries(from)) {
      if (value && typeof value === "object" && !Array.isArray(value)) add((to[name] ??= {}), value);
      else to[name] = value;
    }
  };
  for (const patch of patches) add(sum, patch);
  return sum;
}

/** The rows of an array of tables: [{identity, values: Map, items: Map}]. */
export function rowsOf(configuration, array) {
  const rows = new Map();
  for (const item of configuration.items) {
    if (!item.key.startsWith(`${array}.`)) continue;
    const [identity, ...rest] = parts(item.key.slice(array.length + 1));
    if (!rows.has(identity)) rows.set(identity, { identity, values: new Map(), items: new Map() });
    rows.get(identity).values.set(rest.join("."), item.value);
    rows.get(identity).items.set(rest.join("."), item);
  }
  return [...rows.values()];
}

export function lines(text) {
  return text.split(/[\n,]/).map((line) => line.trim()).filter(Boolean);
}

export function isMasked(value) {
  return value === "***" || (Array.isArray(value) && value.length > 0 && value.every((one) => one === "***"));
}

/** A control for a value of this type. `read(control)` of the answer returns the value. @throws Error with what is wrong. */
export function control(id, value) {
  if (typeof value === "boolean") {
    return { element: choice(id, [["true", "on (true)"], ["false", "off (false)"]], String(value)), read: (element) => element.value === "true" };
  }
  if (typeof value === "number") {
    return {
      element: h("input", { id, type: "number", step: "any", value, required: true }),
      read: (element) => {
        if (element.value === "" || Number.isNaN(Number(element.value))) throw new Error("A number is needed.");
        return Number(element.value);
      },
    };
  }
  if (Array.isArray(value) && value.every((one) => typeof one === "string")) {
    const masked = isMasked(value);
    return {
      element: h("textarea", { id, rows: Math.min(10, Math.max(3, value.length + 1)), spellcheck: "false" }, masked ? "" : value.join("\n")),
      read: (element) => lines(element.value),
    };
  }
  if (typeof value === "string") {
    return { element: h("input", { id, type: isMasked(value) ? "password" : "text", value: isMasked(value) ? "" : value, autocomplete: "off", spellcheck: "false" }), read: (element) => element.value };
  }
  return {
    element: h("textarea", { id, rows: 6, spellcheck: "false" }, JSON.stringify(value, null, 2)),
    read: (element) => {
      try {
        return JSON.parse(element.value);
      } catch {
        throw new Error("JSON is needed.");
      }
    },
  };
}
