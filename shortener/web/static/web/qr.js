// The code follows the form: every change is shown at once.

const PAUSE = 200; // milliseconds without a change before we ask
const form = document.querySelector("[data-qr]");
let timer, latest = 0;

async function show() {
  const mine = ++latest;
  const body = new FormData(form);
  body.set("do", "preview");
  const answer = await fetch(form.action, { method: "POST", body, headers: { "X-Requested-With": "fetch" } });
  if (mine !== latest || (!answer.ok && answer.status !== 422)) return;
  document.getElementById("qr-preview").outerHTML = await answer.text();
}

form.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(() => show().catch(() => {}), PAUSE);
});

// A picture means that one's own is wanted.
form.querySelector("[type=file]").addEventListener("change", (event) => {
  if (event.target.files.length) form.querySelector("[name=logo][value=own]").checked = true;
});
