// Clicks as they come in (server-sent events): a quiet ticker, and numbers that count up. Not while nobody looks.

const KEPT = 6; // clicks in the ticker
const AGAIN = 30_000; // milliseconds until a stream that was refused is asked for again
const REDRAW = 30_000; // milliseconds after a click until the chart and the lists are drawn again
const FIRST = 1_000; // the same where there was nothing to draw before

const box = document.querySelector("[data-live]");
const state = box.querySelector("[data-state]");
const ticker = box.querySelector("[data-ticker]");
const button = box.querySelector("[data-pause]");
const language = document.documentElement.lang || undefined;
const written = new Intl.NumberFormat(language);
let source = null;
let isPaused = false;
let retry = 0;
let redraw = 0;

function tell(name) {
  state.textContent = state.dataset[name];
  box.classList.toggle("is-open", name === "open");
}

function open() {
  if (source || isPaused || document.hidden) return;
  source = new EventSource(box.dataset.live);
  source.addEventListener("open", () => tell("open"));
  source.addEventListener("click", (event) => show(JSON.parse(event.data)));
  source.addEventListener("missed", (event) => missed(JSON.parse(event.data).clicks));
  source.addEventListener("error", () => {
    if (source.readyState !== EventSource.CLOSED) return tell("lost"); // it tries again by itself
    close();
    tell("busy");
    retry = setTimeout(open, AGAIN);
  });
}

function close() {
  clearTimeout(retry);
  source?.close();
  source = null;
}

function count(name, more) {
  const number = document.querySelector(`[data-total=${name}]`);
  if (!number || document.getElementById("stats").dataset.counts !== "yes") return;
  number.dataset.value = Number(number.dataset.value) + more;
  number.textContent = written.format(number.dataset.value);
  number.classList.remove("is-new");
  requestAnimationFrame(() => number.classList.add("is-new"));
}

function countryName(code) {
  try {
    return new Intl.DisplayNames(language, { type: "region" }).of(code);
  } catch {
    return code;
  }
}

function words(click) {
  const place = [click.city, click.country && countryName(click.country)].filter(Boolean).join(", ");
  const agent = [click.browser, click.os].every(Boolean)
    ? box.dataset.on.replace("{browser}", click.browser).replace("{os}", click.os)
    : click.browser || click.os;
  const from = click.referrer && box.dataset.from.replace("{referrer}", click.referrer);
  const when = new Date(click.at).toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  return [when, click.bot && box.dataset.bot, place, agent, from].filter(Boolean).join(" · ");
}

/** Draws all again after a while, unless somebody is just reading or choosing. */
function redrawLater() {
  const stats = document.getElementById("stats");
  if (redraw || stats.dataset.counts !== "yes") return;
  const isFirst = !stats.querySelector("[data-chart]");
  redraw = setTimeout(
    () => {
      redraw = 0;
      const now = document.getElementById("stats");
      const isBusy = document.hidden || now.matches(":focus-within, .htmx-request") || now.querySelector(".plot:hover");
      if (isBusy || now.querySelector("details[open]")) redrawLater();
      else window.htmx?.ajax("GET", location.href, { target: "#stats", swap: "outerHTML" });
    },
    isFirst ? FIRST : REDRAW,
  );
}

function put(text) {
  ticker.prepend(Object.assign(document.createElement("li"), { textContent: text }));
  while (ticker.children.length > KEPT) ticker.lastElementChild.remove();
}

function show(click) {
  count(click.bot ? "bots" : "clicks", 1);
  put(words(click));
  redrawLater();
}

function missed(clicks) {
  count("clicks", clicks);
  put(box.dataset.missed.replace("{number}", written.format(clicks)));
}

button.dataset.pause = button.textContent;
button.addEventListener("click", () => {
  isPaused = !isPaused;
  button.textContent = isPaused ? button.dataset.resume : button.dataset.pause;
  if (isPaused) {
    close();
    tell("paused");
  } else open();
});
document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
window.addEventListener("pagehide", close);
window.addEventListener("pageshow", open);
open();
