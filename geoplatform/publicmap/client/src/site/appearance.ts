// The switch between the device's appearance, light, dark and high contrast.

const KEY = "appearance";
export type Appearance = "auto" | "light" | "dark" | "contrast";

/** Returns the stored choice, "auto" when there is none or storage is forbidden. */
export function storedAppearance(): Appearance {
  try {
    const value = localStorage.getItem(KEY);
    return value === "light" || value === "dark" || value === "contrast" ? value : "auto";
  } catch {
    return "auto";
  }
}

/** Applies `choice` to the page, keeps it, and tells the map by an `appearance` event on the document. */
export function applyAppearance(choice: Appearance): void {
  if (choice === "auto") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = choice;
  try {
    localStorage.setItem(KEY, choice);
  } catch (error) {
    console.info("The chosen appearance can't be kept:", error);
  }
  document.dispatchEvent(new CustomEvent("appearance", { detail: choice }));
}

/** Shows the switch, which is hidden without JavaScript, and wires it. */
export function wireAppearance(): void {
  const fieldset = document.querySelector<HTMLFieldSetElement>("#appearance");
  if (!fieldset) return;
  fieldset.hidden = false;
  const current = storedAppearance();
  for (const radio of fieldset.querySelectorAll<HTMLInputElement>("input[type=radio]")) {
    radio.checked = radio.value === current;
    radio.addEventListener("change", () => {
      if (radio.checked) applyAppearance(radio.value as Appearance);
    });
  }
}
