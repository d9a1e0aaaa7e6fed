// The drawn layers in their order, with opacity and signs, and the choice of the base map.
import { type Base, DRAWN, moved } from "../display";
import type { Photo } from "../settings";
import { byId } from "../settings";
import { word } from "../words";
import type { Bench, OpenTool } from "./panel";

export function start(bench: Bench): OpenTool {
  const { view, panel } = bench;
  const photos = JSON.parse(byId("tool-photos").textContent ?? "[]") as Photo[];
  wireBases();
  arrange();
  panel.addEventListener("click", onClick);
  panel.addEventListener("input", onInput);
  document.addEventListener(DRAWN, arrange);

  function wireBases(): void {
    for (const radio of panel.querySelectorAll<HTMLInputElement>("input[name=base]")) {
      radio.checked = radio.value === view.displayed.base;
      radio.addEventListener("change", () => {
        if (radio.checked) view.change({ ...view.displayed, base: radio.value as Base }, photos);
        showPicture();
      });
    }
    showPicture();
  }

  /** The slider of the picture's opacity means something only where a picture is chosen. */
  function showPicture(): void {
    const range = panel.querySelector<HTMLInputElement>("[data-picture]");
    if (!range) return;
    byId("picture-opacity").hidden = !view.displayed.base.startsWith("photo:");
    range.value = String(view.displayed.picture);
    range.setAttribute("aria-valuetext", `${view.displayed.picture} %`);
  }

  function lines(): HTMLElement[] {
    return [...byId("drawn").querySelectorAll<HTMLElement>("[data-layer]")];
  }

  /** Puts the lines into the map's order and shows each layer's opacity; lines of layers that are gone are taken out. */
  function arrange(): void {
    const ids = view.drawn.map((layer) => layer.id);
    const byLayer = new Map(lines().map((line) => [line.dataset["layer"] ?? "", line]));
    const list = byId("drawn");
    const present = ids.flatMap((id) => byLayer.get(id) ?? []);
    const now = lines();
    if (present.length !== now.length || present.some((line, index) => line !== now[index])) {
      const focused = document.activeElement;
      list.replaceChildren(...present);
      if (focused instanceof HTMLElement && list.contains(focused)) focused.focus({ preventScroll: true });
    }
    byId("no-layers").hidden = present.length > 0;
    present.forEach((line, index) => {
      const percent = view.displayed.opacity[line.dataset["layer"] ?? ""] ?? 100;
      const range = line.querySelector<HTMLInputElement>("[data-opacity]");
      if (range) {
        range.value = String(percent);
        range.setAttribute("aria-valuetext", `${percent} %`);
      }
      const [up, down] = ["up", "down"].map((way) => line.querySelector<HTMLButtonElement>(`[data-move=${way}]`));
      // Not `disabled`: a button that loses the focus while it is being pressed sends the reader back to the page's start.
      up?.setAttribute("aria-disabled", String(index === 0));
      down?.setAttribute("aria-disabled", String(index === present.length - 1));
    });
  }

  function onClick(event: Event): void {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    const line = button?.closest<HTMLElement>("[data-layer]");
    const id = line?.dataset["layer"];
    if (!button || !line || !id) return;
    if (button.dataset["move"]) {
      const order = moved(view.drawn.map((layer) => layer.id), id, button.dataset["move"] === "up" ? -1 : 1);
      view.change({ ...view.displayed, order });
      button.focus({ preventScroll: true });
      const values = { layer: line.dataset["title"] ?? id, place: order.indexOf(id) + 1, all: order.length };
      bench.say(word(bench.words, "moved", values));
    } else if ("hide" in button.dataset) {
      // The list's own check box decides what is chosen; it tells the page.
      const box = document.querySelector<HTMLInputElement>(`#query input[name=layer][value="${CSS.escape(id)}"]`);
      const next = line.nextElementSibling ?? line.previousElementSibling;
      box?.click();
      line.remove();
      (next?.querySelector<HTMLElement>("[data-hide]") ?? byId("tool-title")).focus();
      byId("no-layers").hidden = lines().length > 0;
    }
  }

  function onInput(event: Event): void {
    const range = event.target;
    if (!(range instanceof HTMLInputElement)) return;
    if ("picture" in range.dataset) {
      view.change({ ...view.displayed, picture: range.valueAsNumber });
      showPicture();
    }
    if (!("opacity" in range.dataset)) return;
    const id = range.closest<HTMLElement>("[data-layer]")?.dataset["layer"];
    if (!id) return;
    view.change({ ...view.displayed, opacity: { ...view.displayed.opacity, [id]: range.valueAsNumber } });
  }

  return {
    close: () => {
      panel.removeEventListener("click", onClick);
      panel.removeEventListener("input", onInput);
      document.removeEventListener(DRAWN, arrange);
    },
  };
}
