// Values as text for people.
import { h } from "./dom.js";

const grouped = new Intl.NumberFormat("en");

export function count(number) {
  return number === undefined || number === null ? "–" : grouped.format(number);
}

export function octets(number) {
  if (number === undefined || number === null) return "–";
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (number >= 1024 && unit < units.length - 1) {
    number /= 1024;
    unit += 1;
  }
  return `${number < 10 && unit > 0 ? number.toFixed(1) : Math.round(number)} ${units[unit]}`;
}

/** A span of time in seconds, to about two digits. */
export function span(seconds) {
  if (seconds === undefined || seconds === null) return "–";
  if (seconds < 0.001) return "< 1 ms";
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} days`;
}

export function ago(time, now = Date.now()) {
  const seconds = (now - Date.parse(time)) / 1000;
  if (Math.abs(seconds) < 1) return "now";
  const size = Math.abs(seconds) < 10 ? `${Math.round(Math.abs(seconds))} s` : span(Math.abs(seconds));
  return seconds < 0 ? `in ${size}` : `${size} ago`;
}

export function clock(time) {
  const date = new Date(time);
  const today = new Date().toDateString() === date.toDateString();
  const text = date.toLocaleTimeString("en-GB");
  return today ? text : `${date.toLocaleDateString("en-CA")} ${text}`;
}

/** An element with the time: how long ago, and in full on hover. */
export function when(time, show = ago) {
  if (!time) return "–";
  return h("time", { datetime: time, title: `${new Date(time).toLocaleString()} (${time})` }, show(time));
}

/** A value of the configuration as text. */
export function setting(value) {
  if (value === undefined) return "not set";
  if (value === "") return "empty";
  if (Array.isArray(value) && value.every((x) => typeof x === "string")) return value.length ? value.join(", ") : "empty list";
  return typeof value === "string" ? value : JSON.stringify(value);
}

export function plural(number, one, many = `${one}s`) {
  return `${count(number)} ${number === 1 ? one : many}`;
}
