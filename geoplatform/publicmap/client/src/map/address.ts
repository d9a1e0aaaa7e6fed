// The address's query string is the state of the page; these functions change it without touching the DOM.
import type { Bounds } from "./settings";

/** Returns the query string for the choices of the form, empty fields left out. */
export function formAddress(form: Iterable<[string, FormDataEntryValue]>): string {
  const parameters = new URLSearchParams();
  let layers = 0;
  for (const [name, value] of form) {
    if (typeof value !== "string" || value.trim() === "" || name === "chosen") continue;
    parameters.append(name, value.trim());
    if (name === "layer") layers += 1;
  }
  // No layer at all is a choice as well; without this mark the server would show its default.
  if (layers === 0) parameters.append("chosen", "1");
  return `?${parameters}`;
}

/** Returns `address` with the card of a place open, or closed for null. */
export function withPlace(address: string, place: { layer: string; id: string } | null): string {
  const parameters = new URLSearchParams(address);
  parameters.delete("place");
  if (place) parameters.append("place", `${place.layer}:${place.id}`);
  const text = parameters.toString();
  return text ? `?${text}` : "";
}

/** Returns `address` narrowed to what lies in a rectangle (west, south, east, north in degrees), from the list's first page. */
export function withBox(address: string, box: Bounds): string {
  const parameters = new URLSearchParams(address);
  const [west, south, east, north] = box;
  const sides = [Math.max(west, -180), Math.max(south, -90), Math.min(east, 180), Math.min(north, 90)];
  parameters.set("bbox", sides.map((side) => String(Number(side.toFixed(5)))).join(","));
  parameters.delete("page");
  return `?${parameters}`;
}

/** Returns the place whose card the address opens, or null. */
export function placeOf(address: string): { layer: string; id: string } | null {
  const value = new URLSearchParams(address).get("place") ?? "";
  const colon = value.indexOf(":");
  return colon > 0 && colon < value.length - 1 ? { layer: value.slice(0, colon), id: value.slice(colon + 1) } : null;
}

/** Returns `address` without what does not change the list: the open card. */
export function listAddress(address: string): string {
  return withPlace(address, null);
}
