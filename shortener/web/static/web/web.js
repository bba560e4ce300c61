// Small comforts. Every page works without them.

const announcer = document.querySelector("[data-announcer]");

/** Says `text` to screen readers. The empty moment makes a repeated text news again. */
function announce(text) {
  announcer.textContent = "";
  requestAnimationFrame(() => (announcer.textContent = text));
}

document.addEventListener("announce", (event) => announce(event.detail));

// --- Copy buttons ------------------------------------------------------------------------------------------------

/** Copies `text`, also on sites without https, where browsers hide the clipboard from scripts. */
async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = Object.assign(document.createElement("textarea"), { value: text, className: "visually-hidden" });
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  if (!done) throw new Error("the browser refused to copy");
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  button.dataset.label ??= button.textContent;
  const said = await copy(button.dataset.copy).then(
    () => button.dataset.copied,
    () => button.dataset.failed,
  );
  button.focus();
  button.textContent = said;
  announce(said);
  clearTimeout(button.timer);
  button.timer = setTimeout(() => (button.textContent = button.dataset.label), 2000);
});

// --- Share buttons, where the system has a sheet for that ----------------------------------------------------------

/** Shows the share buttons in `place`. */
function offerSharing(place) {
  if (navigator.share) for (const button of place.querySelectorAll("[data-share]")) button.hidden = false;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-share]");
  if (button) navigator.share({ url: button.dataset.share }).catch(() => {}); // dismissed: nothing to say
});

offerSharing(document);

// --- Forms that are answered in place: <form data-swap="ID of the element that the answer replaces"> ---------------

async function send(form) {
  const answer = await fetch(form.action, {
    method: "POST",
    body: new FormData(form),
    headers: { "X-Requested-With": "fetch" },
  });
  if (answer.status === 429 && form.dataset.limited) {
    const seconds = answer.headers.get("Retry-After") ?? "60";
    return complain(form, form.dataset.limited.replace("{seconds}", seconds));
  }
  if (!answer.ok) return complain(form, form.dataset.refused);
  const place = document.getElementById(form.dataset.swap);
  const isOpen = form.querySelector("details")?.open;
  place.innerHTML = await answer.text();
  if (isOpen && place.querySelector("[aria-invalid=true]")) place.querySelector("details").open = true;
  window.htmx?.process(place);
  offerSharing(place);
  land(place);
}

/** Puts the keyboard where the next step is: the wrong field, or the button that copies. */
function land(place) {
  const result = place.querySelector("[data-result]");
  const next = place.querySelector("[aria-invalid=true], .result [data-copy]");
  next?.focus();
  if (next?.select) next.select();
  if (result) announce(result.dataset.result);
}

function complain(form, text) {
  const problem = form.querySelector("[data-problem]");
  problem.textContent = text;
  problem.hidden = false;
}

/** Shows that `form` is on its way, until the function that is returned is called. */
function busy(form) {
  const button = form.querySelector("[data-busy]");
  const label = button.textContent;
  button.textContent = button.dataset.busy;
  button.setAttribute("aria-busy", "true");
  return () => {
    button.textContent = label;
    button.removeAttribute("aria-busy");
  };
}

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-swap]");
  if (!form) return;
  event.preventDefault();
  if (form.querySelector("[aria-busy]")) return;
  form.querySelector("[data-problem]").hidden = true;
  const done = busy(form);
  try {
    await send(form);
  } catch {
    complain(form, form.dataset.offline);
  } finally {
    done();
  }
});

// --- A notice goes on by itself after a while, unless one asks it to wait: <… data-countdown="SECONDS"> --------------

function countDown(notice) {
  const text = notice.querySelector("[data-text]");
  let left = Number(notice.dataset.countdown);
  const tick = () => {
    text.textContent = text.dataset.text.replace("{seconds}", left);
    if (left-- <= 0) location.replace(notice.querySelector("[data-onward]").href);
  };
  const timer = setInterval(tick, 1000);
  notice.querySelector("[data-stop]").addEventListener("click", () => {
    clearInterval(timer);
    text.parentElement.hidden = true;
    notice.querySelector("[data-onward]").focus();
  });
  tick();
}

document.querySelectorAll("[data-countdown]").forEach(countDown);

// --- A page that opens an app, or else goes to the website: <… data-open-app="ADDRESS" data-instead="ADDRESS"> ------

for (const page of document.querySelectorAll("[data-open-app]")) {
  location.href = page.dataset.openApp;
  setTimeout(() => document.hidden || location.replace(page.dataset.instead), 2000);
}

// --- The browser's time zone, for those whose account names none --------------------------------------------------

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone) document.cookie = `zone=${zone}; Path=/; Max-Age=31536000; SameSite=Lax`;
