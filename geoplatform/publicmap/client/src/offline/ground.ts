// The offline page's map: the city's kept PMTiles below, the places of the list above. A bundle of its own, kept with the archives.
import "maplibre-gl/dist/maplibre-gl.css";
import { type GeoJSONSource, Map as LibreMap, NavigationControl, ScaleControl, addProtocol, setWorkerUrl } from "maplibre-gl";
import { FileSource, PMTiles, Protocol } from "pmtiles";
import workerUrl from "virtual:map-worker";
import type { Archive } from "./data";

setWorkerUrl(workerUrl);

type Point = { at: [number, number]; bad: boolean; index: number };

export class OfflineMap {
  private constructor(private readonly map: LibreMap) {}

  /** Draws into `container`; archives: what the device keeps. opened: called with a place's number in the list. */
  static async create(
    container: HTMLElement,
    archives: { archive: Archive; file: Blob }[],
    bounds: [number, number, number, number],
    words: Record<string, string>,
    opened: (index: number) => void,
  ): Promise<OfflineMap> {
    const protocol = new Protocol();
    addProtocol("pmtiles", protocol.tile);
    for (const { archive, file } of archives) protocol.add(new PMTiles(new FileSource(new File([file], archive.layer))));
    const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(`--gp-${name}`).trim();
    const map = new LibreMap({
      container,
      style: {
        version: 8,
        sources: {
          ...Object.fromEntries(archives.map(({ archive }) => [archive.layer, { type: "vector" as const, url: `pmtiles://${archive.layer}` }])),
          places: { type: "geojson", data: { type: "FeatureCollection", features: [] } },
          here: { type: "geojson", data: { type: "FeatureCollection", features: [] } },
        },
        layers: [
          { id: "land", type: "background", paint: { "background-color": colour("map-land") } },
          ...[...archives]
            .sort((a, b) => Number(a.archive.geometry === "line") - Number(b.archive.geometry === "line"))
            .map(({ archive }) =>
              archive.geometry === "line"
                ? { id: archive.layer, type: "line" as const, source: archive.layer, "source-layer": archive.layer, paint: { "line-color": colour("line"), "line-width": 1.5 } }
                : { id: archive.layer, type: "fill" as const, source: archive.layer, "source-layer": archive.layer, paint: { "fill-color": colour("map-inside"), "fill-outline-color": colour("map-edge"), "fill-opacity": 0.7 } },
            ),
          {
            id: "places",
            type: "circle",
            source: "places",
            paint: {
              "circle-radius": 7,
              "circle-color": ["case", ["get", "bad"], colour("danger"), colour("action")],
              "circle-stroke-color": colour("surface"),
              "circle-stroke-width": 2,
            },
          },
          { id: "here", type: "circle", source: "here", paint: { "circle-radius": 9, "circle-color": colour("accent"), "circle-stroke-color": colour("text"), "circle-stroke-width": 3 } },
        ],
      },
      bounds,
      attributionControl: false,
      dragRotate: false,
      maxZoom: 18,
      fadeDuration: 0,
      locale: { "Map.Title": words["map"] ?? "", "NavigationControl.ZoomIn": words["zoomIn"] ?? "", "NavigationControl.ZoomOut": words["zoomOut"] ?? "" },
    });
    map.touchZoomRotate.disableRotation();
    map.keyboard.disableRotation();
    map.addControl(new NavigationControl({ showCompass: false }), "top-right");
    map.addControl(new ScaleControl({ unit: "metric" }), "bottom-left");
    await new Promise<void>((resolve) => map.once("load", () => resolve()));
    map.on("click", (event) => {
      const near: [[number, number], [number, number]] = [[event.point.x - 12, event.point.y - 12], [event.point.x + 12, event.point.y + 12]];
      const found = map.queryRenderedFeatures(near, { layers: ["places"] })[0];
      if (found) opened(found.properties["index"] as number);
    });
    container.dataset["drawn"] = String(archives.length);
    return new OfflineMap(map);
  }

  /** Shows these places, and where the reader is. */
  show(points: Point[], here: [number, number] | null): void {
    const feature = (at: [number, number], properties: object): GeoJSON.Feature => ({ type: "Feature", geometry: { type: "Point", coordinates: at }, properties: { ...properties } });
    (this.map.getSource("places") as GeoJSONSource).setData({ type: "FeatureCollection", features: points.map(({ at, bad, index }) => feature(at, { bad, index })) });
    (this.map.getSource("here") as GeoJSONSource).setData({ type: "FeatureCollection", features: here ? [feature(here, {})] : [] });
    const shown = [...points.slice(0, 20).map(({ at }) => at), ...(here ? [here] : [])];
    if (!shown.length) return;
    const [lons, lats] = [shown.map((at) => at[0]), shown.map((at) => at[1])];
    this.map.fitBounds([Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)], { padding: 40, maxZoom: 15, animate: false });
  }
}
