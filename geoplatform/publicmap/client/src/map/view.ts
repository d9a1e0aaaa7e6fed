// The map itself: MapLibre with the layers' vector tiles. Loaded after the content, in a bundle of its own.
import "maplibre-gl/dist/maplibre-gl.css";
import {
  AttributionControl,
  type FilterSpecification,
  GeolocateControl,
  type IControl,
  Map as LibreMap,
  type MapGeoJSONFeature,
  Marker,
  NavigationControl,
  Popup,
  ScaleControl,
  setWorkerUrl,
} from "maplibre-gl";
import workerUrl from "virtual:map-worker";
import type { PlaceRef } from "./card";
import { iconImage, iconNames } from "./icons";
import { type Bounds, type LayerInfo, type Results, type Settings, byId } from "./settings";
import { type Place, anchorOf, inOrder, step } from "./steps";
import { type Ground, type LayerStyle, groundStyle, layerStyle, onlyFeatures, ownerOf } from "./style";

// A worker from our own address keeps to `worker-src 'self'`.
setWorkerUrl(workerUrl);

interface Listeners {
  open(place: PlaceRef): void;
  say(text: string): void;
}

/** How near to a finger or the pointer a place counts as meant, in px. */
const REACH = 12;
const PADDING = 48;

export class MapView {
  private shown = new Map<string, { filters: Map<string, FilterSpecification | undefined>; version: number }>();
  private infos: Map<string, LayerInfo>;
  private wanted: string[];
  private fids: Record<string, number[]> = {};
  private marker: Marker | null = null;
  private places: Place[] = [];
  /** Titles of layers whose style could not be had. */
  private readonly undrawn = new Set<string>();
  private at = -1;
  private lastBounds: Bounds | null;
  private readonly hover = new Popup({ closeButton: false, closeOnClick: false, className: "gp-hover", maxWidth: "18rem" });

  private constructor(
    private readonly map: LibreMap,
    private readonly settings: Settings,
    private readonly listeners: Listeners,
  ) {
    this.infos = new Map(settings.layers.map((layer) => [layer.id, layer]));
    this.wanted = settings.chosen;
    this.lastBounds = settings.bounds;
  }

  /** Draws the map into #map; rejects when the browser has no WebGL. */
  static async create(settings: Settings, listeners: Listeners): Promise<MapView> {
    const words = settings.words;
    const quiet = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const map = new LibreMap({
      container: "map",
      style: groundStyle(location.origin, settings.base, groundColours()),
      bounds: within(settings.bounds, settings.community),
      fitBoundsOptions: { padding: PADDING, maxZoom: 15 },
      hash: "map",
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      maxZoom: 19,
      fadeDuration: quiet ? 0 : 200,
      locale: {
        "Map.Title": words.map,
        "NavigationControl.ZoomIn": words.zoomIn,
        "NavigationControl.ZoomOut": words.zoomOut,
        "GeolocateControl.FindMyLocation": words.locate,
        "GeolocateControl.LocationNotAvailable": words.locateDenied,
        "AttributionControl.ToggleAttribution": words.attribution,
      },
    });
    map.touchZoomRotate.disableRotation();
    map.keyboard.disableRotation();
    const view = new MapView(map, settings, listeners);
    map.addControl(new NavigationControl({ showCompass: false }), "top-right");
    map.addControl(new GeolocateControl({ positionOptions: { enableHighAccuracy: true }, trackUserLocation: false }), "top-right");
    // MapLibre names the button only when the browser has told whether it may ask.
    map.getContainer().querySelector(".maplibregl-ctrl-geolocate")?.setAttribute("aria-label", words.locate);
    map.addControl(new FitControl(words.fit, () => view.fit(view.lastBounds ?? settings.community)), "top-right");
    map.addControl(new ScaleControl({ unit: "metric" }), "bottom-left");
    map.addControl(new AttributionControl({ compact: true }), "bottom-right");
    // MapLibre opens the sources until the first move, which hides a good part of a small map.
    map.once("load", () => document.querySelector(".maplibregl-ctrl-attrib")?.classList.remove("maplibregl-compact-show"));
    map.on("error", (event) => console.warn("The map:", event.error));
    await new Promise<void>((resolve) => map.once("style.load", () => resolve()));
    view.wire();
    await view.draw();
    return view;
  }

  /** Shows the answer to a query; `fit` moves the map to what was found. */
  show(results: Results, fit = false): void {
    this.infos = new Map(results.published.map((layer) => [layer.id, layer]));
    this.wanted = results.layers;
    this.fids = results.fids;
    this.lastBounds = results.bounds;
    void this.draw();
    if (fit && results.bounds) this.fit(results.bounds);
  }

  /** Marks the place whose card is open and brings it into view; null takes the mark away. */
  select(place: PlaceRef | null, point: [number, number] | null = null, bounds: Bounds | null = null): void {
    this.marker?.remove();
    this.marker = null;
    this.hover.remove();
    if (!place || !point) return;
    this.marker = new Marker({ color: getComputedStyle(document.documentElement).getPropertyValue("--gp-danger").trim() });
    this.marker.setLngLat(point).addTo(this.map);
    // The marker repeats what the card says.
    this.marker.getElement().removeAttribute("tabindex");
    this.marker.getElement().removeAttribute("aria-label");
    this.marker.getElement().setAttribute("aria-hidden", "true");
    this.marker.getElement().removeAttribute("role");
    const large = bounds && (bounds[2] - bounds[0] > 0.002 || bounds[3] - bounds[1] > 0.002);
    if (large) this.fit(bounds);
    else if (!this.map.getBounds().contains(point) || this.map.getZoom() < 13) {
      this.map.easeTo({ center: point, zoom: Math.max(this.map.getZoom(), 15), ...this.motion() });
    }
  }

  /** Takes up the size that the page gives the map now. */
  resize(): void {
    this.map.resize();
  }

  private fit(bounds: Bounds): void {
    this.map.fitBounds(bounds, { padding: PADDING, maxZoom: 16, ...this.motion() });
  }

  private motion(): { animate: boolean } {
    return { animate: !matchMedia("(prefers-reduced-motion: reduce)").matches };
  }

  /** Brings what is drawn to what is wanted: layers come and go, and show only the features that were found. */
  private async draw(): Promise<void> {
    for (const [id, layer] of this.shown) {
      if (!this.wanted.includes(id) || this.infos.get(id)?.version !== layer.version) this.remove(id);
    }
    const missing = this.wanted.filter((id) => this.infos.has(id) && !this.shown.has(id));
    const styles = await Promise.all(missing.map((id) => this.fetchStyle(this.infos.get(id)!)));
    missing.forEach((id, index) => {
      const style = styles[index];
      // The wish may have changed while the style was on its way.
      if (style && this.wanted.includes(id) && !this.shown.has(id)) this.add(this.infos.get(id)!, style);
    });
    for (const [id, layer] of this.shown) {
      for (const [styleLayer, own] of layer.filters) this.map.setFilter(styleLayer, onlyFeatures(own, this.fids[id]));
    }
    this.raisePoints();
    this.tellHidden();
  }

  /** Says which of the wanted layers are drawn only nearer by. */
  private tellHidden(): void {
    const zoom = this.map.getZoom();
    const hidden = this.wanted.flatMap((id) => this.infos.get(id) ?? []).filter((layer) => layer.minZoom > zoom);
    const status = byId("map-status");
    status.hidden = hidden.length === 0 && this.undrawn.size === 0;
    const parts = [];
    if (hidden.length) parts.push(`${this.settings.words.zoomed} ${hidden.map((layer) => layer.title).join(", ")}.`);
    if (this.undrawn.size) parts.push(`${this.settings.words.incomplete} ${[...this.undrawn].join(", ")}.`);
    status.textContent = parts.join(" ");
  }

  private async fetchStyle(info: LayerInfo): Promise<LayerStyle | null> {
    try {
      const response = await fetch(info.style);
      if (!response.ok) throw new Error(`status ${response.status}`);
      const style = layerStyle(location.origin, info, (await response.json()) as LayerStyle, groundColours());
      await this.loadIcons(style);
      this.undrawn.delete(info.title);
      return style;
    } catch (error) {
      console.error(`The style of layer ${info.id} can't be loaded:`, error);
      this.undrawn.add(info.title);
      return null;
    }
  }

  private async loadIcons(style: LayerStyle): Promise<void> {
    const missing = new Set(style.layers.flatMap(iconNames).filter((name) => !this.map.hasImage(name)));
    await Promise.all(
      [...missing].map(async (name) => {
        const image = await iconImage(name);
        if (image && !this.map.hasImage(name)) this.map.addImage(name, image, { pixelRatio: 2 });
      }),
    );
  }

  private add(info: LayerInfo, style: LayerStyle): void {
    for (const [name, source] of Object.entries(style.sources)) {
      this.map.addSource(name, source.type === "vector" ? { ...source, attribution: escaped(info.attribution) } : source);
    }
    const filters = new Map<string, FilterSpecification | undefined>();
    for (const layer of style.layers) {
      this.map.addLayer(layer);
      filters.set(layer.id, "filter" in layer ? layer.filter : undefined);
    }
    this.shown.set(info.id, { filters, version: info.version });
  }

  private remove(id: string): void {
    const layers = this.map.getStyle().layers.filter((layer) => ownerOf(layer.id) === id);
    const sources = new Set(layers.flatMap((layer) => ("source" in layer && layer.source ? [layer.source] : [])));
    for (const layer of layers) this.map.removeLayer(layer.id);
    for (const source of sources) this.map.removeSource(source);
    this.shown.delete(id);
  }

  /** Keeps areas below lines, lines below points, labels on top. */
  private raisePoints(): void {
    const rank = { fill: 0, line: 1, circle: 2, symbol: 3 } as Record<string, number>;
    const ours = this.map.getStyle().layers.filter((layer) => this.shown.has(ownerOf(layer.id)));
    for (const layer of [...ours].sort((a, b) => (rank[a.type] ?? 2) - (rank[b.type] ?? 2))) this.map.moveLayer(layer.id);
  }

  private wire(): void {
    this.map.on("click", (event) => {
      const found = this.nearest(event.point);
      if (found) this.listeners.open(found);
    });
    this.map.on("mousemove", (event) => {
      const found = this.nearest(event.point);
      this.map.getCanvas().style.cursor = found ? "pointer" : "";
      if (found) this.hover.setLngLat(found.at).setText(found.name).addTo(this.map);
      else this.hover.remove();
    });
    this.map.on("mouseout", () => this.hover.remove());
    this.map.on("moveend", () => {
      this.at = -1;
      this.places = [];
      this.tellHidden();
    });
    document.addEventListener("appearance", () => this.repaint());
    const open = byId<HTMLButtonElement>("step-open");
    byId("steps").hidden = false;
    byId("step-next").addEventListener("click", () => this.step(1));
    byId("step-previous").addEventListener("click", () => this.step(-1));
    open.addEventListener("click", () => {
      const place = this.places[this.at];
      if (place) this.listeners.open(place);
    });
  }

  /** Draws everything anew in the colours of the page's present appearance. */
  private repaint(): void {
    this.shown.clear();
    this.map.setStyle(groundStyle(location.origin, this.settings.base, groundColours()), { diff: false });
    this.map.once("style.load", () => void this.draw());
  }

  private step(by: 1 | -1): void {
    if (this.places.length === 0) {
      const centre = this.map.getCenter();
      this.places = inOrder(this.featuresIn().flatMap((feature) => this.place(feature) ?? []), [centre.lng, centre.lat]);
      this.at = -1;
    }
    this.at = step(this.at, by, this.places.length);
    const place = this.places[this.at];
    const open = byId<HTMLButtonElement>("step-open");
    open.disabled = !place;
    if (!place) {
      open.textContent = this.settings.words.none;
      this.listeners.say(this.settings.words.none);
      return;
    }
    const text = `${place.name} (${this.at + 1}/${this.places.length})`;
    open.textContent = text;
    open.setAttribute("aria-label", `${this.settings.words.open}: ${text}`);
    this.listeners.say(`${text}. ${this.infos.get(place.layer)?.title ?? ""}`);
    this.hover.setLngLat(place.at).setText(place.name).addTo(this.map);
  }

  private featuresIn(box?: [[number, number], [number, number]]): MapGeoJSONFeature[] {
    const layers = this.map.getStyle().layers.map((layer) => layer.id).filter((id) => this.shown.has(ownerOf(id)));
    return box ? this.map.queryRenderedFeatures(box, { layers }) : this.map.queryRenderedFeatures({ layers });
  }

  private nearest(point: { x: number; y: number }): Place | null {
    const found = this.featuresIn([
      [point.x - REACH, point.y - REACH],
      [point.x + REACH, point.y + REACH],
    ]);
    // A point or a line was meant rather than the area it lies in; an area only when the pointer is in it.
    const narrow = found.find((feature) => !feature.geometry.type.endsWith("Polygon"));
    const inside = narrow ?? this.featuresIn([[point.x, point.y], [point.x, point.y]])[0];
    const place = inside ? this.place(inside) : null;
    if (place && !narrow) {
      const at = this.map.unproject([point.x, point.y]);
      place.at = [at.lng, at.lat];
    }
    return place;
  }

  private place(feature: MapGeoJSONFeature): Place | null {
    const info = this.infos.get(ownerOf(feature.layer.id));
    const id: unknown = feature.properties["id"];
    const at = anchorOf(feature.geometry);
    if (!info || typeof id !== "string" || !at) return null;
    const name = info.name.map((column): unknown => feature.properties[column]).find((value) => typeof value === "string" && value);
    return { layer: info.id, id, name: typeof name === "string" ? name : info.title, at };
  }
}

/** A button that brings everything found into view. */
class FitControl implements IControl {
  private element: HTMLElement | null = null;

  constructor(
    private readonly label: string,
    private readonly act: () => void,
  ) {}

  onAdd(): HTMLElement {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "gp-fit-icon";
    button.title = this.label;
    button.setAttribute("aria-label", this.label);
    button.textContent = "⤢";
    button.addEventListener("click", this.act);
    this.element = document.createElement("div");
    this.element.className = "maplibregl-ctrl maplibregl-ctrl-group";
    this.element.append(button);
    return this.element;
  }

  onRemove(): void {
    this.element?.remove();
  }
}

/** Returns the part of `found` that lies in the community, or the community when there is none: the first view stays at home. */
function within(found: Bounds | null, community: Bounds): Bounds {
  if (!found) return community;
  const [west, south, east, north] = [
    Math.max(found[0], community[0]),
    Math.max(found[1], community[1]),
    Math.min(found[2], community[2]),
    Math.min(found[3], community[3]),
  ];
  return west <= east && south <= north ? [west, south, east, north] : found;
}

function groundColours(): Ground {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(`--gp-${name}`).trim();
  return {
    land: colour("map-land"),
    inside: colour("map-inside"),
    edge: colour("map-edge"),
    line: colour("line"),
    text: colour("text"),
    halo: colour("surface"),
  };
}

function escaped(text: string): string {
  const element = document.createElement("span");
  element.textContent = text;
  return element.innerHTML;
}
