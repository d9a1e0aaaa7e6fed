// How the chosen layers are shown: base map, order and opacity. Kept in the address's fragment, which the server never sees.

export type Ground = "light" | "dark" | "contrast" | "none";
/** The base map: that of the page's appearance, one of our own grounds, or a picture by its id. */
export type Base = "auto" | Ground | `photo:${string}`;

/**
 * order: layers from the topmost down, only those that were moved; opacity: in percent, only those below 100;
 * picture: how opaque the picture of the base is, in percent.
 */
export interface Display {
  base: Base;
  order: string[];
  opacity: Record<string, number>;
  picture: number;
}

/** Told on the document after layers came, went or changed places, or the base map did. */
export const DRAWN = "map-drawn";

const ID = /^[a-z][a-z0-9_]{0,63}$/;
const PHOTO = /^photo:[a-z][a-z0-9_.-]{0,80}$/;
const GROUNDS = new Set(["auto", "light", "dark", "contrast", "none"]);
const MOST = 200;

/** Reads the display from a fragment ("#map=…&base=dark"); what is damaged is left out. */
export function readDisplay(fragment: string): Display {
  const parameters = new URLSearchParams(fragment.replace(/^#/, ""));
  const base = parameters.get("base") ?? "auto";
  const opacity: Record<string, number> = {};
  for (const part of (parameters.get("opacity") ?? "").split(",").slice(0, MOST)) {
    const [id = "", percent = ""] = part.split(":", 2);
    if (ID.test(id) && /^\d{1,2}$/.test(percent)) opacity[id] = Number(percent);
  }
  return {
    base: (GROUNDS.has(base) || PHOTO.test(base) ? base : "auto") as Base,
    order: [...new Set((parameters.get("order") ?? "").split(",").filter((id) => ID.test(id)))].slice(0, MOST),
    opacity,
    picture: /^\d{1,2}$/.test(parameters.get("picture") ?? "") ? Number(parameters.get("picture")) : 100,
  };
}

/** Returns `fragment` with the display in it, its other parts kept; defaults are left out. */
export function withDisplay(fragment: string, display: Display): string {
  // Put together by hand: MapLibre reads its part of the fragment with the slashes as they are.
  const kept = fragment
    .replace(/^#/, "")
    .split("&")
    .filter((part) => part && !/^(base|order|opacity|picture)(=|$)/.test(part));
  if (display.base !== "auto") kept.push(`base=${display.base}`);
  if (display.order.length) kept.push(`order=${display.order.join(",")}`);
  const faint = Object.entries(display.opacity).filter(([, percent]) => percent < 100);
  if (faint.length) kept.push(`opacity=${faint.map(([id, percent]) => `${id}:${percent}`).join(",")}`);
  if (display.picture < 100) kept.push(`picture=${display.picture}`);
  return kept.length ? `#${kept.join("&")}` : "";
}

const RANK: Record<string, number> = { point: 0, multipoint: 0, line: 1, polygon: 2 };

/**
 * Returns the ids of `layers` from the topmost down: those the reader has put in order first and in that order,
 * then points above lines above areas.
 */
export function stacked(layers: { id: string; geometry: string }[], order: string[]): string[] {
  const place = (id: string): number => {
    const at = order.indexOf(id);
    return at < 0 ? order.length : at;
  };
  return layers
    .map((layer, index) => ({ ...layer, index }))
    .sort((a, b) => place(a.id) - place(b.id) || (RANK[a.geometry] ?? 0) - (RANK[b.geometry] ?? 0) || a.index - b.index)
    .map((layer) => layer.id);
}

/** Returns the order after `id` was moved by one place among `shown` (topmost first); the same when it can't. */
export function moved(shown: string[], id: string, by: 1 | -1): string[] {
  const from = shown.indexOf(id);
  const to = from + by;
  if (from < 0 || to < 0 || to >= shown.length) return shown;
  const result = [...shown];
  result.splice(to, 0, ...result.splice(from, 1));
  return result;
}

const OPACITIES: Record<string, string[]> = {
  fill: ["fill-opacity"],
  line: ["line-opacity"],
  circle: ["circle-opacity", "circle-stroke-opacity"],
  symbol: ["icon-opacity", "text-opacity"],
  raster: ["raster-opacity"],
};

/** Returns the paint properties that make a style layer `share` (0 to 1) as opaque as its own `paint` says. */
export function opacities(type: string, paint: Record<string, unknown> | undefined, share: number): [string, unknown][] {
  return (OPACITIES[type] ?? []).map((name) => [name, times(paint?.[name] ?? 1, share)]);
}

/** Returns a style value times `share`. A value by zoom must stay outermost, so what it gives is multiplied. */
function times(value: unknown, share: number): unknown {
  if (typeof value === "number") return value * share;
  if (!Array.isArray(value)) return value;
  if (value[0] === "interpolate") return value.map((part: unknown, at) => (at > 2 && at % 2 === 0 ? times(part, share) : part));
  if (value[0] === "step") return value.map((part: unknown, at) => (at >= 2 && at % 2 === 0 ? times(part, share) : part));
  return ["*", value, share];
}
