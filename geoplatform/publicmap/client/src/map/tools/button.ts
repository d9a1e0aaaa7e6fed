// A small button with a sign to see and a name to hear.

/** Returns a button that shows `sign`, is called `label`, and does `act`. */
export function button(sign: string, label: string, act: () => void): HTMLButtonElement {
  const element = document.createElement("button");
  element.type = "button";
  element.className = "gp-tool__small";
  element.textContent = sign;
  element.setAttribute("aria-label", label);
  element.title = label;
  element.addEventListener("click", act);
  return element;
}
