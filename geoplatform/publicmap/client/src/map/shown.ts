// What the map draws of a layer, and which of its features it asks the server for.
import type { FilterSpecification, Map as LibreMap, VectorTileSource } from "maplibre-gl";
import type { LayerInfo } from "./settings";
import { type LayerStyle, onlyThese, tileAddress } from "./style";

/** filters: each style layer's own; edition: see `editionOf`; only: the features that its tiles' address names, null: none. */
export interface Shown {
  filters: Map<string, FilterSpecification | undefined>;
  style: LayerStyle;
  edition: string;
  only: string | null;
}

/** Returns what tells this content of a layer from any other one. */
export function editionOf(info: LayerInfo | undefined): string {
  return info ? `${info.version} ${info.at ?? ""}` : "";
}

/** Has a large layer's tiles hold all features of these numbers, from however far the map is looked at; undefined: no such wish. */
export function nameFound(map: LibreMap, info: LayerInfo, layer: Shown, fids: number[] | undefined): void {
  const only = info.thinnedBelow ? onlyThese(fids) : null;
  if (only === layer.only) return;
  layer.only = only;
  for (const [name, source] of Object.entries(layer.style.sources)) {
    if (source.type !== "vector") continue;
    map.getSource<VectorTileSource>(name)?.setTiles([tileAddress(location.origin, info.id, info.version, info.at, only)]);
  }
}
