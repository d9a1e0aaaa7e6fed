// Searching in the tree of layers: what does not match is put away, and how many are left is said.
import { byId } from "./settings";

/** Returns `text` as it is compared: without case, accents of stress, and differences of apostrophes. */
export function folded(text: string): string {
  return text
    .normalize("NFC")
    .replace(/[\u0301\u00ad]/g, "")
    .replace(/['’‘`´′ʼ]/g, "'")
    .toLocaleLowerCase("uk");
}

/** Returns whether every word of `asked` begins somewhere in `title`. */
export function matches(title: string, asked: string): boolean {
  const text = folded(title);
  return folded(asked)
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** Shows and wires the field, which is hidden without JavaScript. */
export function wireTree(say: (text: string) => void): void {
  const field = document.querySelector<HTMLInputElement>("#tree-words");
  const box = document.querySelector<HTMLElement>("#tree-search");
  if (!field || !box) return;
  box.hidden = false;
  const filter = (): void => {
    let left = 0;
    for (const theme of byId("layers").querySelectorAll<HTMLElement>(".gp-theme")) {
      const whole = matches(theme.querySelector(".gp-theme__title")?.textContent ?? "", field.value);
      let here = 0;
      for (const item of theme.querySelectorAll<HTMLElement>(".govuk-checkboxes__item, .gp-pictures__item")) {
        item.hidden = !whole && !matches(item.querySelector("label, .gp-pictures__title")?.textContent ?? "", field.value);
        if (!item.hidden) here += 1;
      }
      theme.hidden = here === 0;
      left += here;
    }
    say(`${field.dataset["left"] ?? ""} ${left}`);
  };
  field.addEventListener("input", filter);
  field.addEventListener("keydown", (event) => {
    // It stands in the page's form, which Enter would send.
    if (event.key === "Enter") event.preventDefault();
    if (event.key === "Escape" && field.value) {
      event.preventDefault();
      field.value = "";
      filter();
    }
  });
}
