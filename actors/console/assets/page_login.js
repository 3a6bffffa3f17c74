// Log-in by name and password, or by a one-time token that `fedhubctl console` has put into the address.
import { logIn } from "./api.js";
import { h, show } from "./dom.js";
import { field } from "./parts.js";

/** Shows the page. @param enter is called when somebody is logged in. @param token to be exchanged at once. */
export function showLogin(place, note, enter, token) {
  let problem = null;
  let waits = Boolean(token);
  document.title = "Log in – fedhub";

  const submit = async (proof) => {
    waits = true;
    problem = null;
    draw();
    try {
      await logIn(proof);
      await enter();
      return;
    } catch (failure) {
      problem = failure;
    }
    waits = false;
    draw();
    (place.querySelector("#password") ?? place.querySelector("h1")).focus();
  };

  const draw = () => show(place, h("main", { class: "login", "data-key": "login", id: "main" },
    h("h1", { tabindex: "-1" }, "fedhub"),
    note && !problem ? h("p", { class: "note", role: "status" }, note) : null,
    problem ? h("p", { class: "note bad", role: "alert" }, explain(problem, token)) : null,
    h("form", {
      on: {
        submit: (event) => {
          event.preventDefault();
          if (waits) return;
          const data = new FormData(event.currentTarget);
          const password = event.currentTarget.elements.password;
          submit({ user: data.get("user"), password: data.get("password") });
          password.value = "";
        },
      },
    },
    field("User", h("input", { id: "user", name: "user", autocomplete: "username", autocapitalize: "none", spellcheck: "false", required: true })),
    field("Password", h("input", { id: "password", name: "password", type: "password", autocomplete: "current-password", required: true })),
    h("button", { type: "submit", class: "primary", "aria-busy": waits ? "true" : null }, waits ? "Logging in …" : "Log in")),
    h("p", { class: "quiet" }, "On the hub's machine, ", h("code", null, "fedhubctl console"), " prints an address that logs you in.")));

  draw();
  if (token) submit({ token });
  else place.querySelector("#user").focus();
}

function explain(problem, token) {
  if (token && problem.status === 401) return `${problem.message} An address of fedhubctl console can be used once, within a minute: run the command again.`;
  return problem.message;
}
