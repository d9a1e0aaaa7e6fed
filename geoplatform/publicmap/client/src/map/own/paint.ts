// How layers of the reader's own look on the map and on paper.
import type { Map as LibreMap } from "maplibre-gl";
import { escaped } from "../controls";
import type { Own } from "./keeping";

/** Told apart from each other and from the ground, light and dark. */
const COLOURS = ["#c2185b", "#1565c0", "#ef6c00", "#2e7d32", "#6a1b9a"];

export function colourOf(number: number): string {
  return COLOURS[number % COLOURS.length] ?? "#c2185b";
}

/** Returns the number of a colour that none of the layers has, or of the one that has been used longest. */
export function nextColour(layers: Own[]): number {
  const used = layers.map((layer) => layer.colour % COLOURS.length);
  const free = COLOURS.findIndex((_colour, number) => !used.includes(number));
  return free >= 0 ? free : (used[0] ?? 0);
}

/** Draws a layer as the source `tool/<id>`. lowest: the style layer that pictures of other sites lie below, else they would hide ours. */
export function paint(map: LibreMap, id: string, layer: Own, lowest: string | undefined): void {
  const source = `tool/${id}`;
  if (layer.content.kind === "tiles") {
    const { tiles, attribution, zooms } = layer.content;
    // Closer than the last zoom its tiles are made larger.
    const [minzoom, maxzoom] = zooms ?? [0, 22];
    map.addSource(source, { type: "raster", tiles: [tiles], tileSize: 256, minzoom, maxzoom, attribution: escaped(attribution) });
    map.addLayer({ id: `under/${id}`, type: "raster", source }, lowest);
    return;
  }
  const colour = colourOf(layer.colour);
  map.addSource(source, { type: "geojson", data: layer.content.checked.data, generateId: true });
  map.addLayer({ id: `${source}/fill`, type: "fill", source, filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": colour, "fill-opacity": 0.3 } });
  map.addLayer({ id: `${source}/line`, type: "line", source, filter: ["!=", ["geometry-type"], "Point"], paint: { "line-color": colour, "line-width": 2.5 } });
  map.addLayer({
    id: `${source}/point`,
    type: "circle",
    source,
    filter: ["==", ["geometry-type"], "Point"],
    paint: { "circle-color": colour, "circle-radius": 6, "circle-stroke-color": "#ffffff", "circle-stroke-width": 1.5 },
  });
}

/** Takes a source and what is drawn of it off the map. */
export function takeOff(map: LibreMap, source: string): void {
  for (const one of map.getStyle().layers) if ("source" in one && one.source === source) map.removeLayer(one.id);
  if (map.getSource(source)) map.removeSource(source);
}
