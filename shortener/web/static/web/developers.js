// The guide's examples with the reader's own key, in one language at a time.

const field = document.getElementById("key");
const placeholder = field.dataset.key;
const snippets = [...document.querySelectorAll("[data-snippet]")].map((figure) => ({
  figure,
  code: figure.querySelector("code"),
  copy: figure.querySelector("[data-copy]"),
  text: figure.querySelector("code").textContent,
}));

function fill() {
  const key = field.value.trim() || placeholder;
  for (const { code, copy, text } of snippets) {
    copy.dataset.copy = text.replaceAll(placeholder, key);
    // On the screen a key is not shown whole: somebody may look over a shoulder.
    code.textContent = text.replaceAll(placeholder, key === placeholder ? key : `${key.slice(0, 12)}…`);
  }
}

function show(language) {
  for (const { figure } of snippets) figure.hidden = figure.dataset.snippet !== language;
  for (const button of document.querySelectorAll("[data-language]")) {
    if (button.dataset.language === language) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
}

field.addEventListener("input", fill);
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-language]");
  if (button) show(button.dataset.language);
});
fill();
show("curl");
