// Dialogs: they keep the focus inside, close with Escape, and give the focus back.
import { h, show } from "./dom.js";
import { button } from "./parts.js";

/** Opens a dialog. `draw(close)` returns its content; `redraw` shows it again. @returns {redraw, close, closed}. */
export function openDialog(title, draw) {
  let settle;
  const closed = new Promise((resolve) => (settle = resolve));
  const back = document.activeElement;
  const dialog = h("dialog", { "aria-labelledby": "dialog-title" });
  const close = (value) => {
    dialog.close();
    dialog.remove();
    settle(value);
    if (back?.isConnected) back.focus();
  };
  const redraw = () => show(dialog, h("h2", { id: "dialog-title", tabindex: "-1" }, title), draw(close));
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    close(undefined);
  });
  redraw();
  document.body.append(dialog);
  dialog.showModal();
  dialog.querySelector("h2").focus();
  return { redraw, close, closed };
}

/** Asks whether to do something. @returns whether the user wants it. */
export async function confirm(title, text, label, kind = "danger") {
  const { closed } = openDialog(title, (close) => [
    h("p", null, text),
    h("div", { class: "actions" }, button("Cancel", () => close(false)), button(label, () => close(true), { kind })),
  ]);
  return Boolean(await closed);
}
