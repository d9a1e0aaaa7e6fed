// The base map: our own quiet ground in several colours, a picture, or nothing.
import type { StyleSpecification } from "maplibre-gl";
import { escaped } from "./controls";
import type { Base } from "./display";
import type { BaseLayer, Photo, PhotoImage } from "./settings";
import { type Ground, groundStyle } from "./style";

/** How a picture of the base is shown. asOf: the day of the past that the map is seen as of; opacity: in percent. */
export interface PictureLook {
  asOf?: string | null;
  opacity?: number;
}

const PREFIX = "photo:";
/** The id of the style layer that shows the picture. */
export const PICTURE = "base/photo";

/** Returns the picture that `base` names, `photo:<id>` or `photo:<id>.<date>`; without a date the newest not later than `asOf`. */
export function pictureOf(base: Base, photos: Photo[], asOf: string | null = null): { photo: Photo; image: PhotoImage } | null {
  if (!base.startsWith(PREFIX)) return null;
  const name = base.slice(PREFIX.length);
  for (const photo of photos) {
    const dated = photo.images.find((image) => image.date !== null && name === `${photo.id}.${image.date}`);
    if (dated) return { photo, image: dated };
    if (name !== photo.id) continue;
    const before = photo.images.filter((image) => !asOf || !image.date || image.date <= asOf);
    const image = before.at(-1) ?? photo.images[0];
    return image ? { photo, image } : null;
  }
  return null;
}

/** Asks for the pictures that are offered; none when they can't be had. map: the path of the map's page. */
export async function fetchPhotos(map: string): Promise<Photo[]> {
  try {
    const response = await fetch(`${map}-/photos/`);
    if (!response.ok) throw new Error(`status ${response.status}`);
    return (await response.json()) as Photo[];
  } catch (error) {
    console.error("The pictures below the map can't be had:", error);
    return [];
  }
}

/** Returns the day of the past that an address (`?asof=…`) has the map seen as of, null for the present. */
export function dayAsked(search: string): string | null {
  return new URLSearchParams(search).getAll("asof").filter(Boolean).at(-1)?.slice(0, 10) ?? null;
}

/** Returns the style of the empty map for `base`. A picture lies over our own ground; one that is not offered leaves that. */
export function baseStyle(
  origin: string,
  base: Base,
  layers: BaseLayer[],
  photos: Photo[],
  ground: Ground,
  look: PictureLook = {},
): StyleSpecification {
  const style = groundStyle(origin, base === "none" ? [] : layers, ground);
  const found = pictureOf(base, photos, look.asOf);
  if (!found) return style;
  const { photo, image } = found;
  style.sources[PICTURE] = {
    type: "raster",
    tiles: [origin + image.tiles],
    tileSize: 256,
    minzoom: photo.minZoom,
    maxzoom: photo.maxZoom,
    attribution: escaped(image.title ? `${photo.attribution}, ${image.title}` : photo.attribution),
    ...(image.bounds ? { bounds: image.bounds } : {}),
  };
  style.layers.push({ id: PICTURE, type: "raster", source: PICTURE, paint: { "raster-opacity": (look.opacity ?? 100) / 100 } });
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
