// The page that describes the API follows the system's or the chosen appearance by a class of its library.

const dark = matchMedia("(prefers-color-scheme: dark)");
const root = document.documentElement;

function follow() {
  root.classList.toggle("dark-mode", root.dataset.theme ? root.dataset.theme === "dark" : dark.matches);
}

follow();
dark.addEventListener("change", follow);
new MutationObserver(follow).observe(root, { attributes: true, attributeFilter: ["data-theme"] });
