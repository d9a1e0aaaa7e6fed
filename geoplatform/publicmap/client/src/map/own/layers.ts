// The reader's own layers on the map: they outlive the tool's panel and a change of the map's style.
import { Popup } from "maplibre-gl";
import { byId } from "../settings";
import type { Place } from "../steps";
import type { MapView } from "../view";
import { nameOf } from "./check";
import { type Own, keepLayers } from "./keeping";
import { nextColour, paint, takeOff } from "./paint";

export interface OwnLayer extends Own {
  id: string;
}

let number = 0;
let popup: Popup | null = null;

/** The layers, in the order in which they were added. */
export const layers: OwnLayer[] = [];

/** Returns the source that a layer is drawn from. */
export function sourceOf(layer: OwnLayer): string {
  return `tool/${layer.id}`;
}

/** Draws a layer of the reader's own and lists it. */
export function add(view: MapView, title: string, content: Own["content"], colour = nextColour(layers)): OwnLayer {
  number += 1;
  const layer = { id: `own-${number}`, title: title.slice(0, 120), colour, content };
  // What can't be drawn is not listed either.
  paint(view.map, layer.id, layer, view.lowest);
  layers.push(layer);
  return layer;
}

/** Takes a layer off the map and the list. */
export function remove(view: MapView, layer: OwnLayer): void {
  layers.splice(layers.indexOf(layer), 1);
  popup?.remove();
  takeOff(view.map, sourceOf(layer));
}

/** Keeps the layers for this tab; returns those that are too large for that. */
export function keep(): OwnLayer[] {
  return keepLayers(layers);
}

/** Tells the map of the places in the layers, so that they are pointed at, stepped to and opened. say: reads a text aloud. */
export function attend(view: MapView, say: (text: string) => void): void {
  view.finder.guests ??= {
    prefix: "tool/own-",
    name: (feature) => nameOf(feature.properties) || (layers.find((layer) => sourceOf(layer) === feature.source)?.title ?? ""),
    open: (place, feature) => show(view, place, feature.properties, say),
  };
}

function show(view: MapView, place: Place, properties: Record<string, unknown>, say: (text: string) => void): void {
  popup?.remove();
  const content = document.createElement("div");
  const title = document.createElement("h2");
  title.className = "govuk-heading-s";
  title.textContent = place.name;
  const list = document.createElement("dl");
  list.className = "gp-facts";
  list.setAttribute("aria-label", byId("tools").dataset["properties"] ?? "");
  for (const [name, value] of Object.entries(properties)) {
    const line = document.createElement("div");
    const term = document.createElement("dt");
    const detail = document.createElement("dd");
    // Text, whatever the file holds: nothing of it becomes mark-up.
    term.textContent = name;
    detail.textContent = String(value);
    line.append(term, detail);
    list.append(line);
  }
  content.append(title, list);
  popup = new Popup({ maxWidth: "20rem", className: "gp-own-popup", focusAfterOpen: true });
  popup.setLngLat(place.at).setDOMContent(content).addTo(view.map);
  say(`${place.name}. ${content.innerText}`);
}
