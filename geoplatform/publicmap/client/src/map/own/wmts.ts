// What a WMTS of another site offers: layers whose tiles lie as those of Web Mercator do, under whatever names.
import { Refusal } from "./check";
import { MAX_LISTED, type Offered, child, children, parsed, secured, tileTemplate } from "./services";

/** The scale of zoom 0 (WebMercatorQuad): 40,075 km on one tile of 256 pixels of 0.28 mm each. */
const WIDEST = 559082264.0287178;
/** Half the side of the square of the world, in metres. */
const HALF = 20037508.342789244;
/** Services round: scales to some digits, the corner to metres. */
const SCALE_TOLERANCE = 1e-5;
const CORNER_TOLERANCE = 1;

/** A matrix set in whose addresses the zoom can stand. matrix: what names a matrix, with {z} or {zz} (two digits) in it. */
interface Grid {
  id: string;
  matrix: string;
  zooms: [number, number];
}

/** Reads a WMTS's capabilities, asked for at `address`: the layers with templates of their tiles. Raises Refusal. */
export function wmtsLayers(text: string, address: URL, own: string = location.origin): Offered[] {
  const root = parsed(text).documentElement;
  if (root.localName !== "Capabilities") throw new Refusal("wrongRoot", { kind: "WMTS" });
  const contents = children(root, "Contents")[0];
  if (!contents) throw new Refusal("noLayers");
  const grids = new Map(children(contents, "TileMatrixSet").flatMap((set) => gridOf(set) ?? []).map((grid) => [grid.id, grid]));
  const byParameters = getTile(root);
  const offered: Offered[] = [];
  for (const layer of children(contents, "Layer")) {
    const grid = children(layer, "TileMatrixSetLink").map((link) => grids.get(child(link, "TileMatrixSet"))).find(Boolean);
    if (!grid || offered.length >= MAX_LISTED) continue;
    const tiles = [...resources(layer, grid), ...(byParameters === null ? [] : [parameters(layer, grid, byParameters)])]
      .map((template) => template && followed(template, address, own))
      .find(Boolean);
    if (!tiles) continue;
    const name = child(layer, "Identifier");
    offered.push({ name, title: child(layer, "Title") || name, tiles, attribution: "", zooms: grid.zooms });
  }
  if (!offered.length) throw new Refusal("noLayers");
  return offered;
}

/** Returns how a matrix set names the zooms, or null where its tiles lie otherwise than Web Mercator's or its names tell no zoom. */
function gridOf(set: Element): Grid | null {
  if (!/(3857|900913|3785|102100)$/.test(child(set, "SupportedCRS"))) return null;
  const matrices = children(set, "TileMatrix").map((matrix) => ({ id: child(matrix, "Identifier"), zoom: zoomOf(matrix) }));
  const zooms = matrices.flatMap(({ zoom }) => zoom ?? []);
  if (!matrices.length || zooms.length < matrices.length) return null;
  for (const [form, digits] of [["{z}", 1], ["{zz}", 2]] as const) {
    const tail = (zoom: number): string => String(zoom).padStart(digits, "0");
    const first = matrices[0]!;
    const prefix = first.id.slice(0, first.id.length - tail(zooms[0]!).length);
    if (!matrices.every(({ id, zoom }) => id === prefix + tail(zoom!))) continue;
    return { id: child(set, "Identifier"), matrix: encodeURIComponent(prefix) + form, zooms: [Math.min(...zooms), Math.max(...zooms)] };
  }
  return null;
}

/** Returns the zoom whose tiles a matrix has, or null. */
function zoomOf(matrix: Element): number | null {
  const number = (name: string): number => Number(child(matrix, name) || NaN);
  if (number("TileWidth") !== 256 || number("TileHeight") !== 256) return null;
  const ratio = WIDEST / number("ScaleDenominator");
  const zoom = Math.round(Math.log2(ratio));
  if (!(zoom >= 0 && zoom <= 30) || Math.abs(ratio / 2 ** zoom - 1) > SCALE_TOLERANCE) return null;
  const [x = NaN, y = NaN] = child(matrix, "TopLeftCorner").split(/\s+/).map(Number);
  // Some services write y before x; the upper left corner of the world is the only one whose signs differ so.
  const corner = x * y < 0 && [x, y].every((side) => Math.abs(Math.abs(side) - HALF) <= CORNER_TOLERANCE);
  return corner ? zoom : null;
}

/** Returns the templates of a layer's pictures, those with transparency first. */
function resources(layer: Element, grid: Grid): string[] {
  return children(layer, "ResourceURL")
    .filter((one) => one.getAttribute("resourceType") === "tile" && picture(one.getAttribute("format") ?? ""))
    .sort((a, b) => rank(a.getAttribute("format") ?? "") - rank(b.getAttribute("format") ?? ""))
    .map((one) => {
      const values = new Map(dimensions(layer).map(([name, value]) => [name.toLowerCase(), value]));
      values.set("style", styleOf(layer) || "default").set("tilematrixset", grid.id);
      return (one.getAttribute("template") ?? "")
        .replace(/\{tilematrix\}/gi, grid.matrix)
        .replace(/\{(\w+)\}/g, (whole, name: string) => {
          const value = values.get(name.toLowerCase());
          return value === undefined ? whole : encodeURIComponent(value);
        });
    });
}

/** Returns where GetTile is asked by parameters; null where the service does not say so. */
function getTile(root: Element): string | null {
  const operations = children(root, "OperationsMetadata").flatMap((one) => children(one, "Operation"));
  const operation = operations.find((one) => one.getAttribute("name") === "GetTile");
  const ways = [...(operation?.querySelectorAll("HTTP > Get") ?? [])].filter((one) => {
    const encoding = children(one, "Constraint").find((constraint) => constraint.getAttribute("name") === "GetEncoding");
    return !encoding || [...encoding.querySelectorAll("Value")].some((value) => value.textContent?.trim() === "KVP");
  });
  return ways[0]?.getAttributeNS("http://www.w3.org/1999/xlink", "href") ?? null;
}

/** Returns the template of a layer's tiles that are asked by parameters of `href`, or null where it has no pictures. */
function parameters(layer: Element, grid: Grid, href: string): string | null {
  const formats = children(layer, "Format").map((one) => (one.textContent ?? "").trim());
  const format = formats.filter(picture).sort((a, b) => rank(a) - rank(b))[0];
  if (!format) return null;
  const asked = new URLSearchParams({
    SERVICE: "WMTS",
    REQUEST: "GetTile",
    VERSION: "1.0.0",
    LAYER: child(layer, "Identifier"),
    STYLE: styleOf(layer),
    FORMAT: format,
    TILEMATRIXSET: grid.id,
  });
  for (const [name, value] of dimensions(layer)) asked.set(name, value);
  const joint = href.includes("?") ? (/[?&]$/.test(href) ? "" : "&") : "?";
  return `${href}${joint}${asked}&TILEMATRIX=${grid.matrix}&TILEROW={y}&TILECOL={x}`;
}

function styleOf(layer: Element): string {
  const styles = children(layer, "Style");
  return child(styles.find((one) => one.getAttribute("isDefault") === "true") ?? styles[0] ?? null, "Identifier");
}

function dimensions(layer: Element): [string, string][] {
  return children(layer, "Dimension").map((one) => [child(one, "Identifier"), child(one, "Default")]);
}

function picture(format: string): boolean {
  return /^image\/(png|jpe?g|webp|gif)\b/i.test(format);
}

function rank(format: string): number {
  return /png|webp/i.test(format) ? 0 : 1;
}

/** Returns a template as MapLibre takes it, or null where it leads to a place that we don't ask. */
function followed(template: string, asked: URL, own: string): string | null {
  try {
    return tileTemplate(secured(template, asked), own);
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}
