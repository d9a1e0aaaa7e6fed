// Where the two sides of the map meet: a slider and two buttons, all of them for the keyboard as well.
import type { Base } from "../map/display";
import { type BaseLayer, type Bounds, type LayerInfo, type Photo, byId } from "../map/settings";
import { remember } from "./state";

export interface SwipeSettings {
  left: LayerInfo[];
  right: LayerInfo[];
  /** What each side shows, in words. */
  labels: [string, string];
  base: BaseLayer[];
  /** The base map of each side, and the pictures that it may name; without them both have our own ground. */
  bases?: [Base, Base];
  photos?: Photo[];
  bounds: Bounds;
  words: Record<"map" | "failed" | "zoomIn" | "zoomOut" | "attribution", string>;
}

/** Returns what a screen reader says of the slider: how much of the map each side has. */
export function shareInWords(share: number, labels: [string, string]): string {
  return `${labels[0]}: ${share} %, ${labels[1]}: ${100 - share} %`;
}

/** Makes slider and buttons move the line between the two sides. */
export function withShare(settings: SwipeSettings): void {
  const range = byId<HTMLInputElement>("swipe-share");
  const show = (): void => {
    const share = Number(range.value);
    byId("swipe-right").style.clipPath = `inset(0 0 0 ${share}%)`;
    byId("swipe-line").style.insetInlineStart = `${share}%`;
    range.setAttribute("aria-valuetext", shareInWords(share, settings.labels));
  };
  const set = (share: number): void => {
    range.value = String(share);
    show();
    byId("swipe-status").textContent = shareInWords(share, settings.labels);
    if (settings.bases) remember("share", share === 50 ? "" : String(share));
  };
  range.addEventListener("input", show);
  if (settings.bases) range.addEventListener("change", () => remember("share", range.value === "50" ? "" : range.value));
  byId("swipe-show-left").addEventListener("click", () => set(100));
  byId("swipe-show-right").addEventListener("click", () => set(0));
  show();
}
