// The list of links: selecting rows, editing them in place, and the keyboard. Without scripts, boxes and buttons are a
// form, and editing is a page of its own.

const list = () => document.getElementById("links");
const rows = () => [...document.querySelectorAll(".link-row")];
const boxes = () => [...document.querySelectorAll(".link-box input")];

// --- Selecting -------------------------------------------------------------------------------------------------------

function showSelection() {
  const bar = document.getElementById("bulk");
  if (!bar) return;
  const all = boxes();
  const count = all.filter((box) => box.checked).length;
  const everything = bar.querySelector("[data-select-all]");
  const page = bar.querySelector("[data-select-page]");
  if (everything && count < all.length) everything.checked = false;
  bar.dataset.live = count ? "some" : "none";
  page.checked = count > 0 && count === all.length;
  page.indeterminate = count > 0 && count < all.length;
  const label = bar.querySelector("[data-selected]");
  label.dataset.label ??= label.textContent;
  const some = count ? bar.dataset.some.replace("{count}", count) : label.dataset.label;
  label.textContent = everything?.checked ? bar.dataset.all : some;
}

function selectAll(checked) {
  for (const box of boxes()) box.checked = checked;
  showSelection();
}

document.addEventListener("change", (event) => {
  const { target } = event;
  if (target.matches("[data-select-page]")) selectAll(target.checked);
  else if (target.matches("[data-select-all]")) target.checked ? selectAll(true) : showSelection();
  else if (target.matches(".link-box input")) showSelection();
  else if (target.matches("[data-submits]")) target.form.requestSubmit();
});

// --- Rows that come back from the server -----------------------------------------------------------------------------

document.addEventListener("htmx:afterSwap", ({ detail }) => {
  showSelection();
  const row = detail.target.matches(".link-row") && document.getElementById(detail.target.id);
  if (!row) return;
  (row.querySelector("[aria-invalid=true]") ?? row.querySelector(".row-form input[type=text], a.short-link")).focus();
});

// --- The keyboard ----------------------------------------------------------------------------------------------------

const OFF = "shortcuts-off"; // single letters get in the way of those who speak to their computer
const toggle = document.querySelector("[data-keys-on]");
toggle.checked = !localStorage.getItem(OFF);
toggle.addEventListener("change", () => (toggle.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "1")));

const here = () => document.activeElement.closest?.(".link-row");

function step(by) {
  const all = rows();
  const at = all.indexOf(here());
  all[Math.min(all.length - 1, Math.max(0, at < 0 && by > 0 ? 0 : at + by))]?.querySelector(".short-link")?.focus();
}

const KEYS = {
  "/": () => document.getElementById("q")?.focus(),
  "?": () => document.getElementById("keys").showModal(),
  n: () => document.querySelector(".create input[name=url]")?.focus(),
  j: () => step(1),
  k: () => step(-1),
  c: () => here()?.querySelector("[data-copy]")?.click(),
  e: () => here()?.querySelector("[data-edit]")?.click(),
  x: () => here()?.querySelector(".link-box input")?.click(),
  X: () => selectAll(boxes().some((box) => !box.checked)),
};

function escape(event) {
  const cancel = event.target.closest?.(".row-form")?.querySelector("[data-cancel]");
  if (cancel) cancel.click();
  else if (!document.querySelector("details.menu[open], dialog[open]")) selectAll(false);
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") return escape(event);
  const typing = event.target.matches?.("input:not([type=checkbox]), textarea, select");
  const busy = typing || document.querySelector("dialog[open]");
  if (busy || event.ctrlKey || event.metaKey || event.altKey || !toggle.checked) return;
  const act = KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

if (list()) showSelection();
