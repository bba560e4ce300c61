// The rules editor in place: buttons that change the draft are answered without a new page, rules are moved by keyboard
// and by hand, shares follow weights. Without this file every button sends the form and comes back.

const QUIET = new Set(["save"]); // answered by a page of its own

/** Sends the form with what `action` asks for and puts the answer in its place. */
async function send(action) {
  const form = document.querySelector("[data-rules]");
  const body = new FormData(form);
  body.set("do", action);
  form.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { "X-Requested-With": "fetch" } });
    if (!answer.ok && answer.status !== 422) throw new Error(`${answer.status}`);
    form.insertAdjacentHTML("afterend", await answer.text());
    form.remove();
    prepare();
    document.dispatchEvent(new CustomEvent("draft"));
    land(action);
  } catch {
    // No answer in place: let the browser send it, and show what comes.
    const button = Object.assign(document.createElement("button"), { name: "do", value: action, hidden: true });
    form.append(button);
    form.requestSubmit(button);
  }
}

/** Puts the keyboard where the next step is. */
function land(action) {
  const [name, rule, other] = action.split(" ");
  const rules = document.querySelectorAll("[data-rule]");
  const within = (number) => rules[Math.max(0, Math.min(number, rules.length - 1))];
  const next = {
    "add-rule": () => rules[rules.length - 1]?.querySelector(".target input"),
    "remove-rule": () => within(rule)?.querySelector("button:enabled") ?? document.querySelector("[value=add-rule]"),
    up: () => moved(rule - 1, "up", "down"),
    down: () => moved(Number(rule) + 1, "down", "up"),
    move: () => moved(other, "up", "down"),
    "add-condition": () => [...(within(rule)?.querySelectorAll("[data-refresh]") ?? [])].pop(),
    "remove-condition": () => document.getElementById(`add-condition-${rule}`),
    "add-target": () => [...(within(rule)?.querySelectorAll(".target-url input") ?? [])].pop(),
    "remove-target": () => document.getElementById(`add-target-${rule}`),
    try: () => document.getElementById("trial") ?? document.querySelector("[aria-invalid=true]"),
  }[name]?.();
  next?.focus();
  if (name === "try") next?.scrollIntoView({ block: "nearest" });
}

/** The button of the rule that has moved to `place`: the same one again, or the other where the list ends. */
function moved(place, same, other) {
  const button = document.getElementById(`${same}-${place}`);
  return button?.disabled ? document.getElementById(`${other}-${place}`) : button;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-rules] button[name=do]");
  if (!button || QUIET.has(button.value)) return;
  event.preventDefault();
  send(button.value);
});

document.addEventListener("change", async (event) => {
  if (!event.target.matches("[data-refresh]")) return;
  const { id } = event.target;
  await send("refresh");
  document.getElementById(id)?.focus();
});

document.addEventListener("keydown", (event) => {
  const rule = event.target.closest?.("[data-rule]");
  const name = { ArrowUp: "up", ArrowDown: "down" }[event.key];
  if (!rule || !name || !event.altKey) return;
  event.preventDefault();
  const button = document.getElementById(`${name}-${rule.dataset.rule}`);
  if (!button.disabled) send(button.value);
});

// --- By hand ---------------------------------------------------------------------------------------------------------

let dragged = null;

document.addEventListener("dragstart", (event) => {
  if (!event.target.matches?.("[data-grip]")) return;
  dragged = event.target.closest("[data-rule]");
  dragged.classList.add("dragged");
  event.dataTransfer.setDragImage(dragged, 16, 16);
  event.dataTransfer.effectAllowed = "move";
});

document.addEventListener("dragover", (event) => {
  const rule = dragged && event.target.closest?.("[data-rule]");
  document.querySelector(".rule.over")?.classList.remove("over");
  if (!rule || rule === dragged) return;
  event.preventDefault();
  rule.classList.add("over");
});

document.addEventListener("drop", (event) => {
  const rule = dragged && event.target.closest?.("[data-rule]");
  if (!rule || rule === dragged) return;
  event.preventDefault();
  send(`move ${dragged.dataset.rule} ${rule.dataset.rule}`);
});

document.addEventListener("dragend", () => {
  dragged?.classList.remove("dragged");
  document.querySelector(".rule.over")?.classList.remove("over");
  dragged = null;
});

// --- What can be told at once ----------------------------------------------------------------------------------------

document.addEventListener("input", (event) => {
  if (event.target.matches("[data-weight]")) showShares(event.target.closest("[data-rule]"));
  if (event.target.matches("[data-names]")) nameCodes(event.target);
});

function showShares(rule) {
  const fields = [...rule.querySelectorAll("[data-weight]")];
  const weights = fields.map((field) => (/^\d+$/.test(field.value.trim()) ? Number(field.value) : 0));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  fields.forEach((field, at) => {
    const share = field.parentElement.querySelector("[data-share]");
    share.textContent = weights[at] && total ? `${Math.round((100 * weights[at]) / total)} %` : "";
  });
}

/** Says what the codes in `field` stand for, in the reader's language. */
function nameCodes(field) {
  const help = field.parentElement.querySelector("[data-help]");
  help.dataset.help ||= help.textContent;
  const names = new Intl.DisplayNames(document.documentElement.lang, { type: field.dataset.names });
  const known = field.value.split(",").map((code) => {
    try {
      const name = names.of(field.dataset.names === "region" ? code.trim().toUpperCase() : code.trim());
      return name.toLowerCase() === code.trim().toLowerCase() ? "" : name;
    } catch {
      return ""; // not a code yet
    }
  });
  help.textContent = known.filter(Boolean).join(", ") || help.dataset.help;
}

function prepare() {
  document.querySelectorAll("[data-names]").forEach(nameCodes);
  const zones = document.querySelector("[data-zones]");
  if (!zones || !Intl.supportedValuesOf) return;
  zones.replaceChildren(...["UTC", ...Intl.supportedValuesOf("timeZone")].map((zone) => new Option(zone, zone)));
}

prepare();
