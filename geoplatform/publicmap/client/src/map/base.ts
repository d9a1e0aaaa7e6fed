// The base map: our own quiet ground in several colours, a picture, or nothing.
import type { StyleSpecification } from "maplibre-gl";
import { escaped } from "./controls";
import type { Base } from "./display";
import type { BaseLayer, Photo } from "./settings";
import { type Ground, groundStyle } from "./style";

/** Returns the style of the empty map for `base`; a picture that is not offered falls back to our own ground. */
export function baseStyle(origin: string, base: Base, layers: BaseLayer[], photos: Photo[], ground: Ground): StyleSpecification {
  if (base === "none") return groundStyle(origin, [], ground);
  const photo = base.startsWith("photo:") ? photos.find((one) => one.id === base.slice("photo:".length)) : undefined;
  if (!photo) return groundStyle(origin, layers, ground);
  const style = groundStyle(origin, [], ground);
  style.sources["base/photo"] = {
    type: "raster",
    tiles: [origin + photo.tiles],
    tileSize: 256,
    minzoom: photo.minZoom,
    maxzoom: Math.min(photo.maxZoom, 22),
    attribution: escaped(photo.attribution),
    ...(photo.bounds ? { bounds: photo.bounds } : {}),
  };
  style.layers.push({ id: "base/photo", type: "raster", source: "base/photo" });
  return style;
}

/** Shows on the map's element which ground is wanted, and returns its colours from the style sheet. */
export function groundColours(element: HTMLElement, base: Base): Ground {
  if (base === "light" || base === "dark" || base === "contrast") element.dataset["ground"] = base;
  else delete element.dataset["ground"];
  const style = getComputedStyle(element);
  const colour = (name: string): string => style.getPropertyValue(`--gp-ground-${name}`).trim();
  return {
    land: colour("land"),
    inside: colour("inside"),
    edge: colour("edge"),
    line: colour("line"),
    text: colour("text"),
    halo: colour("halo"),
  };
}
