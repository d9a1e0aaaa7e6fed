// From the layers' own styles to one MapLibre style. Pure functions, tested without a browser.
import type { FilterSpecification, LayerSpecification, SourceSpecification, StyleSpecification } from "maplibre-gl";
import type { BaseLayer, LayerInfo } from "./settings";

/** What `/ogcapi/collections/{id}/style` answers. */
export interface LayerStyle {
  sources: Record<string, SourceSpecification>;
  layers: LayerSpecification[];
}

/** The colours of the ground, taken from the page's style sheet so that the map follows its appearance. */
export interface Ground {
  land: string;
  inside: string;
  edge: string;
  line: string;
  text: string;
  halo: string;
}

const SEPARATOR = "/";
/** The longest text that names features in an address; servers take some 4,000 characters in all. */
const LONGEST = 3400;

/** Returns the address of a layer's tiles, as of `at` if given. The version in it makes every change a new address. */
export function tileAddress(origin: string, id: string, version: number, at?: string | null, only?: string | null): string {
  const then = (at ? `&datetime=${encodeURIComponent(at)}` : "") + (only ? `&only=${only}` : "");
  return `${origin}/ogcapi/collections/${encodeURIComponent(id)}/tiles/WebMercatorQuad/{z}/{y}/{x}?f=mvt&v=${version}${then}`;
}

/**
 * Returns the features' numbers as a tile's address may name them, so that none of them is thinned out: differences in base 36.
 * Null where there are none, or too many for an address.
 */
export function onlyThese(fids: number[] | undefined): string | null {
  if (!fids?.length) return null;
  let before = 0;
  const parts: string[] = [];
  for (const fid of [...fids].sort((a, b) => a - b)) {
    parts.push((fid - before).toString(36));
    before = fid;
  }
  const text = parts.join(".");
  return text.length <= LONGEST ? text : null;
}

/** Returns the style of the empty map: the ground, the community's area and the quiet base layers. */
export function groundStyle(origin: string, base: BaseLayer[], ground: Ground): StyleSpecification {
  const style: StyleSpecification = {
    version: 8,
    sources: {},
    layers: [{ id: "ground", type: "background", paint: { "background-color": ground.land } }],
  };
  for (const layer of base) {
    const source = `base${SEPARATOR}${layer.id}`;
    style.sources[source] = { type: "vector", tiles: [tileAddress(origin, layer.id, layer.version)], maxzoom: 16 };
    const common = { source, "source-layer": layer.id };
    if (layer.geometry === "polygon") {
      style.layers.push({ ...common, id: `${source}/fill`, type: "fill", paint: { "fill-color": ground.inside, "fill-antialias": false } });
      style.layers.push({
        ...common,
        id: `${source}/edge`,
        type: "line",
        paint: { "line-color": ground.edge, "line-width": 2, "line-opacity": 0.7 },
      });
    } else {
      style.layers.push({
        ...common,
        id: `${source}/line`,
        type: "line",
        paint: { "line-color": ground.line, "line-width": ["interpolate", ["linear"], ["zoom"], 11, 0.5, 14, 1.5, 17, 6] },
      });
    }
  }
  return style;
}

/**
 * Returns a layer's sources and style layers with names that can't collide with other layers', tiles of its present version,
 * and labels that are legible on the ground.
 */
export function layerStyle(origin: string, info: LayerInfo, own: LayerStyle, ground: Ground): LayerStyle {
  const sources: Record<string, SourceSpecification> = {};
  for (const [name, source] of Object.entries(own.sources)) {
    sources[sourceName(info.id, name)] =
      source.type === "vector" ? { ...withoutUrl(source), tiles: [tileAddress(origin, info.id, info.version, info.at)] } : source;
  }
  const layers = own.layers.map((layer) => {
    const named = { ...layer, id: `${info.id}${SEPARATOR}${layer.id}` } as LayerSpecification;
    if ("source" in named && typeof named.source === "string") named.source = sourceName(info.id, named.source);
    if (named.type === "symbol") {
      if (named.layout?.["text-field"]) named.layout = { ...named.layout, "text-field": inLanguage(named.layout["text-field"], info.name) };
      named.paint = { ...named.paint, "text-color": ground.text, "text-halo-color": ground.halo, "text-halo-width": 1.5 };
    }
    return named;
  });
  return { sources, layers };
}

/** Returns the layer that a style layer belongs to. */
export function ownerOf(styleLayer: string): string {
  return styleLayer.split(SEPARATOR, 1)[0] ?? "";
}

/** Returns the filter that lets through only these features, together with the layer's own filter. */
export function onlyFeatures(own: FilterSpecification | undefined, fids: number[] | undefined): FilterSpecification | null {
  if (!fids) return own ?? null;
  const ids = ["in", ["id"], ["literal", fids]] as unknown as FilterSpecification;
  return own ? (["all", own, ids] as unknown as FilterSpecification) : ids;
}

/** Returns a label's expression with a feature's name taken from the first column that has one, best language first. */
function inLanguage<T>(expression: T, columns: string[]): T {
  if (!Array.isArray(expression)) return expression;
  if (expression[0] === "get" && columns.includes(expression[1] as string)) {
    return ["coalesce", ...columns.map((column) => ["get", column])] as T;
  }
  return expression.map((part: unknown) => inLanguage(part, columns)) as T;
}

function sourceName(layer: string, name: string): string {
  return `${layer}${SEPARATOR}${name}`;
}

function withoutUrl<T extends SourceSpecification>(source: T): T {
  const copy = { ...source } as T & { url?: string };
  delete copy.url;
  return copy;
}

/** Returns the new style with what the tools have put on the map, whose sources are named `tool/…`. */
export function withTools(before: StyleSpecification | undefined, next: StyleSpecification): StyleSpecification {
  const sources = Object.entries(before?.sources ?? {}).filter(([name]) => name.startsWith("tool/"));
  const names = new Set(sources.map(([name]) => name));
  const layers = (before?.layers ?? []).filter((layer) => "source" in layer && names.has(layer.source));
  return { ...next, sources: { ...next.sources, ...Object.fromEntries(sources) }, layers: [...next.layers, ...layers] };
}
