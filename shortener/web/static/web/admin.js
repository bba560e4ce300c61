// Names for the fields of the admin site that Django's script turns into lists to search in.

function name() {
  for (const field of document.querySelectorAll("select.admin-autocomplete")) {
    const label = document.querySelector(`label[for="${CSS.escape(field.id)}"]`);
    const shown = field.nextElementSibling?.querySelector("[role=combobox]");
    if (!label || !shown) continue;
    label.id ||= `${field.id}-label`;
    for (const part of [shown, ...shown.querySelectorAll("[role=textbox]")]) {
      part.setAttribute("aria-labelledby", `${label.id} ${shown.querySelector("[id$=-container]")?.id ?? ""}`.trim());
    }
  }
}

globalThis.django?.jQuery?.(name); // after that script, which waits for the same moment
