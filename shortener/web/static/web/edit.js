// The form of a link: the preview follows what is typed, and a template fills the campaign in at once.

const card = document.querySelector("[data-card]");

function host(address) {
  try {
    return new URL(address).host;
  } catch {
    return address;
  }
}

const FOLLOW = {
  card_title: (text) => {
    const title = card.querySelector("[data-card-title]");
    title.textContent = text || title.dataset.empty;
  },
  card_description: (text) => (card.querySelector("[data-card-text]").textContent = text),
  card_image: (text) => {
    card.querySelector("[data-card-picture]").hidden = !text;
    card.querySelector("[data-card-host]").textContent = host(text);
  },
};

document.addEventListener("input", (event) => FOLLOW[event.target.name]?.(event.target.value.trim()));
for (const [name, follow] of Object.entries(FOLLOW)) follow(document.querySelector(`[name=${name}]`).value.trim());

const templates = JSON.parse(document.getElementById("templates").textContent);
const choice = document.querySelector("[name=template]");

document.querySelector("[data-template]")?.addEventListener("click", (event) => {
  event.preventDefault();
  for (const [name, value] of Object.entries(templates[choice.value] ?? {})) {
    document.querySelector(`[name=${name}]`).value = value;
  }
  choice.value = "";
  document.querySelector("[name=utm_source]").dispatchEvent(new Event("input", { bubbles: true }));
  document.querySelector("[name=utm_source]").focus();
});
