// What needs a person.
import { get, post, segment } from "./api.js";
import { h, show } from "./dom.js";
import { count, when } from "./format.js";
import { badge, button, loading, problemBox, readOnlyNote, say } from "./parts.js";
import { NOTIFICATION_KINDS, SEVERITIES, words } from "./words.js";

export const TITLE = "Notifications";

export function open({ place, signal }) {
  let page, problem;

  const draw = () => show(place, h("h1", { tabindex: "-1" }, TITLE),
    h("p", { class: "quiet" }, "A notification is raised when something needs a person, and goes by itself when that is over. Acknowledge one to show others that somebody takes care."),
    readOnlyNote("Only operators can acknowledge."),
    problemBox(problem, refresh),
    page ? (page.items.length ? h("ul", { class: "notes" }, page.items.map(note)) : h("p", { class: "note good" }, "Nothing needs a person now.")) : problem ? null : loading("notifications"),
    page && page.total > page.items.length ? h("p", { class: "quiet" }, `${count(page.items.length)} of ${count(page.total)} shown`) : null);

  const note = (one) => h("li", { class: "card", "data-key": one.id },
    h("div", { class: "title-line" }, h("h2", null, NOTIFICATION_KINDS[one.kind] ?? words(one.kind)), badge(SEVERITIES, one.severity), h("span", { class: "quiet" }, "since ", when(one.since))),
    h("p", null, one.text),
    h("p", { class: "remedy" }, h("strong", null, "What to do: "), one.remedy),
    one.acknowledged_by ? h("p", { class: "quiet" }, `Acknowledged by ${one.acknowledged_by}`) : button("Acknowledge", async () => {
      await post(`notifications/${segment(one.id)}/acknowledge`);
      say("Acknowledged.");
      await refresh();
    }, { operator: true, "aria-label": `Acknowledge: ${one.text}` }));

  const refresh = async () => {
    try {
      page = await get("notifications", { limit: 1000 }, signal);
      problem = null;
    } catch (failure) {
      if (signal.aborted) return;
      problem = failure.status === 0 && page ? null : failure;
    }
    draw();
  };
  draw();
  return { refresh };
}
