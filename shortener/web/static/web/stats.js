// Comforts of the statistics. Every number is also in a table, and every choice is a link or a form.

// --- Flags, where the system has letters for them ---------------------------------------------------------------------

/** Whether this system has letters for flags: only they are of more than one colour. */
function hasFlags() {
  const canvas = Object.assign(document.createElement("canvas"), { width: 24, height: 24 }).getContext("2d", {
    willReadFrequently: true,
  });
  canvas.font = "20px sans-serif";
  canvas.fillText("\u{1F1E9}\u{1F1EA}", 0, 20);
  const { data } = canvas.getImageData(0, 0, 24, 24);
  return data.some((value, at) => at % 4 === 0 && value !== data[at + 2]);
}

const showsFlags = hasFlags();

function nameFlags(root) {
  if (showsFlags) return;
  document.documentElement.classList.add("no-flags");
  for (const flag of root.querySelectorAll(".flag")) flag.textContent = flag.dataset.code;
}

// --- The chart, read point by point: by pointer, finger or arrow keys ------------------------------------------------

const KEYS = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 7, PageDown: -7 };

function part(name, className) {
  return Object.assign(document.createElement(name), { className });
}

/** The numbers of the chart, as the table has them: [{ when, values: [[name, text], …] }, …]. */
function numbersOf(table) {
  const names = [...table.tHead.rows[0].cells].slice(1).map((cell) => cell.textContent);
  return [...table.tBodies[0].rows].map((row) => {
    const [when, ...values] = [...row.cells].map((cell) => cell.textContent.trim());
    return { when, values: names.map((name, at) => [name, values[at]]).filter(([, text]) => text) };
  });
}

function addReader(chart) {
  const numbers = numbersOf(chart.parentElement.querySelector("[data-numbers]"));
  const plot = chart.querySelector(".plot");
  if (!numbers.length || plot.querySelector(".reader")) return;
  const reader = part("div", "reader");
  const line = part("div", "reader-line");
  const tip = part("div", "reader-tip");
  const points = Number(chart.dataset.points);
  let at = numbers.length - 1;

  const set = (to) => {
    at = Math.max(0, Math.min(numbers.length - 1, to));
    const { when, values } = numbers[at];
    reader.setAttribute("aria-valuenow", at + 1);
    reader.setAttribute("aria-valuetext", `${when}: ${values.map((pair) => pair.join(" ")).join(", ")}`);
  };
  const show = (to) => {
    set(to);
    const { when, values } = numbers[at];
    const place = ((at + 0.5) / points) * 100;
    line.style.left = `${place}%`;
    tip.style.left = `${place}%`;
    tip.style.translate = `-${place}% 0`; // whatever its width, it stays within the chart
    tip.replaceChildren(Object.assign(part("b"), { textContent: when }));
    for (const pair of values) {
      const row = part("span");
      row.append(...pair.map((text) => Object.assign(part("i"), { textContent: text })));
      tip.append(row);
    }
    line.hidden = tip.hidden = false;
  };
  const hide = () => (line.hidden = tip.hidden = true);
  const point = (event) => {
    const box = plot.getBoundingClientRect();
    show(Math.floor(((event.clientX - box.left) / box.width) * points));
  };

  for (const [name, value] of Object.entries({
    role: "slider",
    tabindex: 0,
    "aria-label": chart.dataset.label,
    "aria-valuemin": 1,
    "aria-valuemax": numbers.length,
  })) {
    reader.setAttribute(name, value);
  }
  tip.setAttribute("aria-hidden", "true");
  reader.addEventListener("pointermove", point);
  reader.addEventListener("pointerdown", point);
  reader.addEventListener("pointerleave", () => reader.matches(":focus-visible") || hide());
  reader.addEventListener("focus", () => reader.matches(":focus-visible") && show(at));
  reader.addEventListener("blur", hide);
  reader.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return hide();
    const to = { Home: 0, End: numbers.length - 1 }[event.key] ?? at + KEYS[event.key];
    if (Number.isNaN(to)) return;
    event.preventDefault();
    show(to);
  });
  set(at);
  hide();
  plot.append(reader, line, tip);
}

// --- The chart as a picture ------------------------------------------------------------------------------------------

const PICTURE = { width: 1200, height: 630, margin: 60, top: 190, bottom: 90 };

function drawPlot(canvas, chart) {
  const svg = chart.querySelector(".plot > svg");
  const box = svg.viewBox.baseVal;
  const { margin, top, bottom, width, height } = PICTURE;
  const place = new DOMMatrix([(width - 2 * margin) / box.width, 0, 0, (height - top - bottom) / box.height, margin, top]);
  for (const path of svg.querySelectorAll("path")) {
    const style = getComputedStyle(path);
    const shape = new Path2D();
    shape.addPath(new Path2D(path.getAttribute("d")), place);
    canvas.fillStyle = style.fill;
    canvas.strokeStyle = style.stroke;
    canvas.lineWidth = 2 * parseFloat(style.strokeWidth);
    canvas.setLineDash(style.strokeDasharray === "none" ? [] : style.strokeDasharray.split(/[ ,]+/).map(parseFloat));
    if (style.fill !== "none") canvas.fill(shape);
    if (style.stroke !== "none") canvas.stroke(shape);
  }
  canvas.setLineDash([]);
}

function drawWords(canvas, chart, title) {
  const { ink, soft, font } = coloursOf();
  const { margin, width, height, top, bottom } = PICTURE;
  const write = (text, x, y, size, colour, align = "start", weight = 400) => {
    canvas.font = `${weight} ${size}px ${font}`;
    canvas.fillStyle = colour;
    canvas.textAlign = align;
    canvas.fillText(text, x, y, width - 2 * margin);
  };
  const stats = document.getElementById("stats");
  write(title, margin, 72, 34, ink, "start", 600);
  write(stats.querySelector(".stats-head p").textContent.trim(), margin, 108, 20, soft);
  const totals = [...stats.querySelectorAll(".totals > div:not(.best)")];
  const words = totals.map((total) => `${total.querySelector("dd").textContent} ${total.querySelector("dt").textContent}`);
  write(words.join("   ·   "), margin, 152, 24, ink);
  const scale = [...chart.querySelectorAll(".chart-scale span")];
  scale.forEach((span, at) => {
    const y = top + ((height - top - bottom) * at) / (scale.length - 1);
    write(span.textContent, width - margin, y - 6, 16, soft, "end");
  });
  for (const label of chart.querySelectorAll(".chart-labels text")) {
    const x = margin + (parseFloat(label.getAttribute("x")) / 100) * (width - 2 * margin);
    write(label.textContent, x, height - bottom + 28, 16, soft, { middle: "center" }[label.getAttribute("text-anchor")] ?? label.getAttribute("text-anchor"));
  }
}

function coloursOf() {
  const style = getComputedStyle(document.body);
  const soft = getComputedStyle(document.querySelector(".chart")).color;
  return { ink: style.color, ground: style.backgroundColor, soft, font: style.fontFamily };
}

function saveAsPicture(name) {
  const chart = document.querySelector("[data-chart]");
  if (!chart) return;
  const sheet = Object.assign(document.createElement("canvas"), { width: PICTURE.width, height: PICTURE.height });
  const canvas = sheet.getContext("2d");
  canvas.fillStyle = coloursOf().ground;
  canvas.fillRect(0, 0, PICTURE.width, PICTURE.height);
  drawPlot(canvas, chart);
  drawWords(canvas, chart, document.querySelector("h1").textContent.trim().replace(/\s+/g, ""));
  sheet.toBlob((picture) => {
    const address = URL.createObjectURL(picture);
    Object.assign(document.createElement("a"), { href: address, download: `clicks-${name}.png` }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
  }, "image/png");
}

// --- The browser's time zone, which a cookie tells the server (web.js), from the first page on ------------------------

function useZone(stats) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const isOther = zone && stats.dataset.followsBrowser === "yes" && stats.dataset.zone !== zone;
  if (isOther && document.cookie.includes(`zone=${zone}`)) {
    htmx.ajax("GET", location.href, { target: "#stats", swap: "outerHTML" });
  }
}

document.addEventListener("focusin", ({ target }) => {
  const list = target.list;
  if (list?.id !== "stats-zones" || list.options.length) return;
  list.append(...Intl.supportedValuesOf("timeZone").map((value) => Object.assign(document.createElement("option"), { value })));
});

// --- The rest ----------------------------------------------------------------------------------------------------------

document.addEventListener("click", ({ target }) => {
  const picture = target.closest("[data-picture]");
  if (picture) saveAsPicture(picture.dataset.picture);
  if (target.closest("[data-print]")) window.print();
  if (picture || target.closest("[data-print]")) target.closest("details").open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== " " || !event.target.matches("[role=switch]")) return;
  event.preventDefault();
  event.target.click();
});

document.addEventListener("change", ({ target }) => target.form?.matches("[data-sends-itself]") && target.form.requestSubmit());

window.addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll(".chart-foot details")) details.open = true;
});

function enhance(root) {
  nameFlags(root);
  root.querySelectorAll("[data-chart]").forEach(addReader);
}

document.addEventListener("htmx:afterSettle", ({ detail }) => {
  const stats = document.getElementById("stats");
  if (!stats) return; // something else was put in its place
  enhance(stats);
  if (!detail.boosted) return; // nobody has asked
  const said = [stats.querySelector("h2"), ...stats.querySelectorAll(".chip"), ...stats.querySelectorAll(".totals > div:first-child > *")];
  document.dispatchEvent(new CustomEvent("announce", { detail: said.map((one) => one.textContent.trim().replace(/\s+/g, " ")).join(" ") }));
});

for (const button of document.querySelectorAll("[data-needless]")) button.hidden = true;
enhance(document);
useZone(document.getElementById("stats"));
