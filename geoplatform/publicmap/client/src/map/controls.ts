// Controls of our own beside MapLibre's, and small helpers of the map's frame.
import type { IControl } from "maplibre-gl";
import type { Bounds } from "./settings";

/** A button that brings everything found into view. */
export class FitControl implements IControl {
  private element: HTMLElement | null = null;

  constructor(
    private readonly label: string,
    private readonly act: () => void,
  ) {}

  onAdd(): HTMLElement {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "gp-fit-icon";
    button.title = this.label;
    button.setAttribute("aria-label", this.label);
    button.textContent = "⤢";
    button.addEventListener("click", this.act);
    this.element = document.createElement("div");
    this.element.className = "maplibregl-ctrl maplibregl-ctrl-group";
    this.element.append(button);
    return this.element;
  }

  onRemove(): void {
    this.element?.remove();
  }
}

/** Returns the part of `found` that lies in the community, or the community when there is none: the first view stays at home. */
export function within(found: Bounds | null, community: Bounds): Bounds {
  if (!found) return community;
  const [west, south, east, north] = [
    Math.max(found[0], community[0]),
    Math.max(found[1], community[1]),
    Math.min(found[2], community[2]),
    Math.min(found[3], community[3]),
  ];
  return west <= east && south <= north ? [west, south, east, north] : found;
}

/** Returns `text` as HTML that shows it as it is; MapLibre takes attributions as HTML. */
export function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** Whether the reader wants things to stay still. */
export function quiet(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
