// Parts that several pages are made of.
import { h } from "./dom.js";
import { READ_ONLY, isOperator } from "./session.js";

/** A state as a word with a shape and a colour; no state is told by colour alone. */
export function badge(words, state) {
  const known = words[state] ?? { label: state ?? "Unknown", tone: "quiet" };
  return h("span", { class: `badge ${known.tone}`, title: known.means }, known.label);
}

export function card(title, ...content) {
  return h("section", { class: "card", "data-key": `card ${title}` }, h("h2", null, title), content);
}

/** A list of names and values. Rows without a value are left out. */
export function facts(rows) {
  return h("dl", { class: "facts" }, rows.filter(([, value]) => value !== undefined && value !== null && value !== "" && value !== false).map(([name, value]) =>
    h("div", { "data-key": name }, h("dt", null, name), h("dd", null, value))));
}

/** A button. One that only operators may use is shown to viewers, but can't be used, and says why. */
export function button(label, action, { kind = "", operator = false, disabled = false, describedby, ...more } = {}) {
  const refused = operator && !isOperator();
  return h("button", {
    type: "button", class: kind, disabled: disabled && !refused, "aria-disabled": refused ? "true" : null,
    title: refused ? READ_ONLY : null, "aria-describedby": refused ? "read-only" : describedby, ...more,
    on: { click: refused ? () => say(READ_ONLY, "warn") : busy(action) },
  }, label);
}

/** Runs an action of a button once at a time; a problem is said. */
function busy(action) {
  return async function (event) {
    if (this.getAttribute("aria-busy") === "true") return;
    this.setAttribute("aria-busy", "true");
    try {
      await action.call(this, event);
    } catch (problem) {
      say(problem.message, "bad");
    } finally {
      this.removeAttribute("aria-busy");
    }
  };
}

/** What a viewer can't do, at the place where he would do it. */
export function readOnlyNote(what) {
  return isOperator() ? null : h("p", { class: "note quiet" }, `${what} You are logged in as a viewer, who can look at everything here and change nothing.`);
}

let sayer = null;

/** Takes the element that reads messages out. */
export function setSayer(element) {
  sayer = element;
}

/** Says something for some seconds, to screen readers as well. */
export function say(text, tone = "good") {
  if (!sayer) return;
  const note = h("p", { class: `toast ${tone}` }, text);
  while (sayer.children.length >= 3) sayer.firstChild.remove();
  sayer.append(note);
  setTimeout(() => note.remove(), tone === "good" ? 6000 : 12000);
}

/** A problem at its place on the page, with the problems of single keys. */
export function problemBox(problem, again) {
  if (!problem) return null;
  return h("div", { class: "note bad", role: "alert", "data-key": "problem" },
    h("p", null, problem.message),
    problem.problems?.length ? h("ul", null, problem.problems.map((one) =>
      h("li", null, one.key ? h("code", null, one.key) : null, one.key ? ": " : "", one.found, one.allowed ? `; allowed: ${one.allowed}` : ""))) : null,
    again ? button("Try again", again) : null);
}

export function loading(what) {
  return h("p", { class: "quiet", "aria-busy": "true" }, `Loading ${what} …`);
}

let numbers = 0;

/** A labelled field. `control` gets an id, and the hint as its description. */
export function field(label, control, hint) {
  const id = control.id || `field-${(numbers += 1)}`;
  control.id = id;
  if (hint) control.setAttribute("aria-describedby", `${id}-hint`);
  return h("div", { class: "field", "data-key": `field ${label}` }, h("label", { for: id }, label), control, hint ? h("p", { class: "hint", id: `${id}-hint` }, hint) : null);
}

export function choice(id, options, chosen, change) {
  return h("select", { id, on: change ? { change } : {} }, options.map(([value, label]) =>
    h("option", { value, selected: value === chosen }, label)));
}

/** A link inside the console. */
export function link(path, ...content) {
  return h("a", { href: `#/${path}` }, content);
}

/** A link that looks like the buttons beside it. */
export function linkButton(path, label) {
  return h("a", { class: "button", href: `#/${path}` }, label);
}

export function domainLink(name) {
  return h("a", { href: `#/domains/${encodeURIComponent(name)}`, class: "name" }, name);
}

/** Calls `action` after a pause in the calls. */
export function calm(action, milliseconds = 300) {
  let timer = null;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...values), milliseconds);
  };
}
