// The published pictures in the list of layers: each can be laid below the map and taken away again.
import { type Base, DRAWN, readDisplay, withDisplay } from "./display";

/** Shows and wires the buttons, which mean nothing without the map; `shown` is told after the address has changed. */
export function wirePictures(shown: () => void): void {
  const buttons = [...document.querySelectorAll<HTMLButtonElement>("[data-base]")];
  const mark = (): void => {
    const { base } = readDisplay(location.hash);
    for (const button of buttons) {
      const own = button.dataset["base"] ?? "";
      button.setAttribute("aria-pressed", String(base === own || base.startsWith(`${own}.`)));
    }
  };
  for (const button of buttons) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const pressed = button.getAttribute("aria-pressed") === "true";
      const base = (pressed ? "auto" : (button.dataset["base"] ?? "auto")) as Base;
      const fragment = withDisplay(location.hash, { ...readDisplay(location.hash), base });
      history.replaceState(history.state, "", location.pathname + location.search + fragment);
      mark();
      shown();
    });
  }
  document.addEventListener(DRAWN, mark);
  window.addEventListener("hashchange", mark);
  mark();
}
