// Pictures for the icons that styles name: Maki's, drawn white for a coloured mark. Each is fetched when a style first names it.
import type { LayerSpecification } from "maplibre-gl";
import { folder, names } from "virtual:icons";

const KNOWN = new Set(names);
const LOGICAL_SIZE = 11;
const PIXEL_RATIO = 2;

/** Returns the icons that a style layer may show: every text in its `icon-image`, operators and unknown names included. */
export function iconNames(layer: LayerSpecification): string[] {
  if (layer.type !== "symbol") return [];
  const found = new Set<string>();
  const walk = (value: unknown): void => {
    if (typeof value === "string") found.add(value);
    else if (Array.isArray(value)) value.forEach(walk);
  };
  walk(layer.layout?.["icon-image"]);
  return [...found].filter((name) => KNOWN.has(name));
}

/** Returns the picture of an icon at `pixelRatio` 2, or null when there is none of that name. */
export async function iconImage(name: string): Promise<ImageData | null> {
  if (!KNOWN.has(name)) return null;
  const response = await fetch(new URL(`${folder}${name}.svg`, import.meta.url));
  if (!response.ok) throw new Error(`the icon ${name} can't be had: status ${response.status}`);
  const svg = await response.text();
  const size = LOGICAL_SIZE * PIXEL_RATIO;
  const drawing = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
  drawing.setAttribute("width", String(size));
  drawing.setAttribute("height", String(size));
  drawing.setAttribute("fill", "#ffffff");
  const image = new Image(size, size);
  image.src = `data:image/svg+xml,${encodeURIComponent(new XMLSerializer().serializeToString(drawing))}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size;
  const context = canvas.getContext("2d");
  if (!context) return null;
  context.drawImage(image, 0, 0, size, size);
  return context.getImageData(0, 0, size, size);
}
