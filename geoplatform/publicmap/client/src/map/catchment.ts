// The area that can be reached on foot, drawn below the layers. The summary tells it in words.
import type { GeoJSONSource, Map as LibreMap } from "maplibre-gl";

const SOURCE = "catchment";

/** Draws `area`, takes away what was drawn before; `below` is the style layer that stays above it. */
export function drawCatchment(map: LibreMap, area: GeoJSON.Geometry | null, below: string | undefined): void {
  const data: GeoJSON.GeoJSON = area
    ? { type: "Feature", properties: {}, geometry: area }
    : { type: "FeatureCollection", features: [] };
  const source = map.getSource<GeoJSONSource>(SOURCE);
  if (source) {
    source.setData(data);
    return;
  }
  if (!area) return;
  const colour = getComputedStyle(document.documentElement).getPropertyValue("--gp-action").trim();
  map.addSource(SOURCE, { type: "geojson", data });
  map.addLayer({ id: `${SOURCE}/area`, type: "fill", source: SOURCE, paint: { "fill-color": colour, "fill-opacity": 0.12 } }, below);
  map.addLayer({ id: `${SOURCE}/edge`, type: "line", source: SOURCE, paint: { "line-color": colour, "line-width": 2 } }, below);
}
