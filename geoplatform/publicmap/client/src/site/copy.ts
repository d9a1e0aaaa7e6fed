// Buttons that copy the text of a field; the field itself can be selected without them.

/** Copies the text of `field`, which stays selected; returns whether the browser did it. */
async function copied(field: HTMLInputElement | HTMLTextAreaElement): Promise<boolean> {
  field.focus();
  field.select();
  // The older way first: it needs neither https nor a permission, and never waits for an answer of the reader's.
  if (document.execCommand("copy")) return true;
  try {
    await navigator.clipboard.writeText(field.value);
    return true;
  } catch {
    return false;
  }
}

/** Shows and wires each `button[data-copies]`, which names its field; the result is said in the status beside it. */
export function wireCopying(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-copies]")) {
    const field = document.querySelector<HTMLInputElement | HTMLTextAreaElement>(`#${button.dataset["copies"] ?? ""}`);
    const status = document.querySelector<HTMLElement>(`#${button.getAttribute("aria-describedby") ?? ""}`);
    if (!field || !status) continue;
    button.hidden = false;
    button.addEventListener("click", () => {
      void copied(field).then((done) => {
        status.textContent = (done ? button.dataset["done"] : button.dataset["failed"]) ?? "";
        if (done) button.focus();
      });
    });
  }
}
