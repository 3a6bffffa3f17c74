// Elements as values: `h` makes one, `show` makes a part of the page equal to what was made.
// Every text is a text node: nothing that a stranger wrote can become HTML.

const SVG = "http://www.w3.org/2000/svg";
const LISTENERS = Symbol("listeners");

/** Makes an element. `props` has attributes; "on" has listeners; true is an empty attribute; null and false are left out. */
export function h(name, props, ...children) {
  return build(document.createElement(name), props, children);
}

/** Makes an element of SVG. */
export function svg(name, props, ...children) {
  return build(document.createElementNS(SVG, name), props, children);
}

function build(element, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (name === "on") listen(element, value);
    else if (value !== null && value !== undefined && value !== false) set(element, name, value);
  }
  append(element, children);
  return element;
}

function set(element, name, value) {
  if (/^on|^style$|^srcdoc$/i.test(name)) throw new Error(`attribute ${name}`);
  if (name === "href" && !/^[#/]/.test(value)) throw new Error(`link to ${value}`);
  element.setAttribute(name, value === true ? "" : String(value));
}

function append(element, children) {
  for (const child of children) {
    if (Array.isArray(child)) append(element, child);
    else if (child instanceof Node) element.append(child);
    else if (child !== null && child !== undefined && child !== false) element.append(String(child));
  }
}

function dispatch(event) {
  return event.currentTarget[LISTENERS]?.[event.type]?.call(event.currentTarget, event);
}

function listen(element, listeners) {
  for (const type of Object.keys(listeners)) {
    if (!element[LISTENERS]?.[type]) element.addEventListener(type, dispatch);
  }
  element[LISTENERS] = { ...element[LISTENERS], ...listeners };
}

/** Makes the children of `target` equal to `children`. Elements that stay keep focus, selection and what was typed. */
export function show(target, ...children) {
  const wanted = document.createElement("div");
  append(wanted, children);
  become(target, wanted);
}

function keyOf(node) {
  return node.nodeType === Node.ELEMENT_NODE ? node.getAttribute("data-key") : null;
}

function alike(old, wanted) {
  return old.nodeType === wanted.nodeType && old.nodeName === wanted.nodeName && keyOf(old) === keyOf(wanted);
}

function become(old, wanted) {
  const kept = new Map();
  for (const child of old.childNodes) {
    const key = keyOf(child);
    if (key !== null) kept.set(key, child);
  }
  let place = old.firstChild;
  for (const child of [...wanted.childNodes]) {
    const key = keyOf(child);
    let match = key === null ? place : kept.get(key);
    if (match && alike(match, child)) {
      if (match === place) place = place.nextSibling;
      else old.insertBefore(match, place);
      adapt(match, child);
    } else {
      old.insertBefore(child, place);
    }
  }
  while (place) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}

// The user opens and closes these, and types into these.
const USERS_OWN = new Set(["open", "value", "checked"]);

function adapt(old, wanted) {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.data !== wanted.data) old.data = wanted.data;
    return;
  }
  for (const { name } of [...old.attributes]) {
    if (!wanted.hasAttribute(name) && !USERS_OWN.has(name)) old.removeAttribute(name);
  }
  for (const { name, value } of wanted.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  if (wanted[LISTENERS]) listen(old, wanted[LISTENERS]);
  if (!old.hasAttribute("data-own")) become(old, wanted);
}
