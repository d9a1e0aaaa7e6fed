// What the reader has done to two pictures side by side, kept in the address so that a link shows the same.
import type { LngLatBounds } from "maplibre-gl";

/** Puts a parameter into the address, the form and the links that lead to the same in the other language; "" takes it out. */
export function remember(name: string, value: string): void {
  const parameters = new URLSearchParams(location.search);
  if (value) parameters.set(name, value);
  else parameters.delete(name);
  const search = parameters.size ? `?${parameters}` : "";
  history.replaceState(history.state, "", location.pathname + search + location.hash);
  for (const field of document.querySelectorAll<HTMLInputElement>(`#compare-form input[type=hidden][name=${name}]`)) field.value = value;
  for (const link of document.querySelectorAll<HTMLAnchorElement>(".gp-languages a")) link.search = search;
}

/** Keeps the part of the map that is seen; an address that was typed is then no longer where the map is. */
export function rememberView(bounds: LngLatBounds): void {
  const sides = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
  const typed = document.querySelector<HTMLInputElement>("#compare-form [name=from]");
  remember("bbox", sides.map((side) => Number(side.toFixed(5))).join(","));
  remember("from", "");
  remember("within", "");
  if (typed && typed.value === typed.defaultValue) typed.value = typed.defaultValue = "";
}
