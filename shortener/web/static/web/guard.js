// Asks before a page is left on which something was typed and not saved: <form data-guard>.

let changed = false;

function note(event) {
  if (event.target.closest?.("[data-guard]") && !event.target.closest("[data-unguarded]")) changed = true;
}

document.addEventListener("input", note);
document.addEventListener("change", note);
document.addEventListener("draft", () => (changed = true));
document.addEventListener("submit", (event) => {
  if (event.target.matches("[data-guard]")) changed = false;
});
window.addEventListener("beforeunload", (event) => {
  if (changed) event.preventDefault();
});

// A form that came back with mistakes holds what is not saved.
changed = Boolean(document.querySelector("[data-guard] [aria-invalid=true], [data-guard] [data-conflict]"));
