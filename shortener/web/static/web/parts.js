// Menus, dialogs, toasts, and light or dark. Pages work without them: menus are <details>, choices are forms.

// --- Menus: one at a time; closed by Escape, by a click elsewhere, and when the keyboard leaves ----------------------

const openMenus = () => document.querySelectorAll("details.menu[open]");

document.addEventListener("click", (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("focusin", (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    menu.open = false;
    if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
  }
});

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("details.menu");
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!menu || !step || event.target.matches("input, select, textarea")) return;
  event.preventDefault();
  menu.open = true;
  const places = [...menu.querySelectorAll(".menu-list :is(a, button, input)")];
  const at = places.indexOf(document.activeElement);
  places.at((at + (at < 0 && step < 0 ? 0 : step)) % places.length)?.focus();
});

// --- Dialogs: <button data-opens="ID of a <dialog>">; closed by Escape, a click beside, and <form method="dialog"> ---

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens)?.showModal();
  if (event.target.matches("dialog.dialog")) event.target.close(); // what lies inside covers all but the backdrop
});

// --- Toasts: those that offer something stay until they are dismissed ------------------------------------------------

const toasts = document.getElementById("toasts");
const SHOWN = 8000; // milliseconds

function settle(toast) {
  toast.dataset.settled = "";
  const close = document.createElement("button");
  Object.assign(close, { type: "button", className: "button small", textContent: toasts.dataset.dismiss });
  close.addEventListener("click", () => toast.remove());
  toast.append(close);
  if (toast.querySelector("form")) return;
  let timer;
  const start = () => (timer = setTimeout(() => toast.remove(), SHOWN));
  const stop = () => clearTimeout(timer);
  for (const [name, what] of Object.entries({ mouseenter: stop, mouseleave: start, focusin: stop, focusout: start })) {
    toast.addEventListener(name, what);
  }
  start();
}

/** Shows `text`, as an event from the server does: HX-Trigger: {"toast": "…"}. */
function toast(text) {
  const shown = Object.assign(document.createElement("div"), { className: "toast" });
  shown.append(Object.assign(document.createElement("span"), { textContent: text }));
  toasts.append(shown);
}

if (toasts) {
  const settleAll = () => toasts.querySelectorAll(".toast:not([data-settled])").forEach(settle);
  new MutationObserver(settleAll).observe(toasts, { childList: true });
  settleAll();
  document.addEventListener("toast", (event) => toast(event.detail.value ?? event.detail));
}

// --- Light or dark ---------------------------------------------------------------------------------------------------

document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-theme-form]");
  if (!form || !event.submitter) return;
  event.preventDefault();
  const { value } = event.submitter;
  const body = new FormData(form, event.submitter);
  if (value === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = value;
  document.querySelector("meta[name=color-scheme]").content = value === "auto" ? "light dark" : value;
  for (const button of form.querySelectorAll("[aria-pressed]")) {
    button.setAttribute("aria-pressed", String(button === event.submitter));
  }
  const menu = form.closest("details");
  menu.querySelector("summary").replaceChildren(event.submitter.querySelector("svg").cloneNode(true));
  menu.open = false;
  menu.querySelector("summary").focus();
  fetch(form.action, { method: "POST", body, headers: { "X-Requested-With": "fetch" } }).catch(() => {});
});
