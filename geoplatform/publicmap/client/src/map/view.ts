// The map itself: MapLibre with the layers' vector tiles. Loaded after the content, in a bundle of its own.
import "maplibre-gl/dist/maplibre-gl.css";
import {
  AttributionControl,
  type FilterSpecification,
  GeolocateControl,
  Map as LibreMap,
  Marker,
  NavigationControl,
  Popup,
  ScaleControl,
  setWorkerUrl,
} from "maplibre-gl";
import workerUrl from "virtual:map-worker";
import { PICTURE, baseStyle, dayAsked, fetchPhotos, groundColours } from "./base";
import type { PlaceRef } from "./card";
import { drawCatchment } from "./catchment";
import { FitControl, escaped, quiet, within } from "./controls";
import { DRAWN, type Display, opacities, readDisplay, stacked, withDisplay } from "./display";
import { Finder } from "./finder";
import { notShown } from "./hidden";
import { iconImage, iconNames } from "./icons";
import { type Bounds, type LayerInfo, type Photo, type Results, type Settings, byId } from "./settings";
import { type Shown, editionOf, nameFound } from "./shown";
import { withDigits } from "./own/padded";
import { withStates } from "./states";
import { Stepper } from "./stepper";
import type { Place } from "./steps";
import { type LayerStyle, layerStyle, onlyFeatures, ownerOf, withTools } from "./style";

// A worker from our own address keeps to `worker-src 'self'`.
setWorkerUrl(workerUrl);

interface Listeners {
  open(place: PlaceRef): void;
  say(text: string): void;
}

/** still: the map can't be moved and has no buttons, for a sheet of paper; its picture can be taken. */
interface Options {
  still?: boolean;
}

const PADDING = 48;

export class MapView {
  private shown = new Map<string, Shown>();
  private photos: Photo[];
  private display: Display;
  /** The day of the past whose picture is shown below. */
  private day: string | null;
  /** While a tool uses the map's clicks, they open no card. */
  busy = false;
  readonly finder: Finder;
  private infos: Map<string, LayerInfo>;
  private wanted: string[];
  private chosen: Set<string>;
  private fids: Record<string, number[]> = {};
  private private = false;
  private marker: Marker | null = null;
  private stepper: Stepper | null = null;
  private catchment: GeoJSON.Geometry | null = null;
  /** Titles of layers whose style could not be had. */
  private readonly undrawn = new Set<string>();
  private lastBounds: Bounds | null;
  private readonly hover = new Popup({ closeButton: false, closeOnClick: false, className: "gp-hover", maxWidth: "18rem" });

  private constructor(
    readonly map: LibreMap,
    private readonly settings: Settings,
    private readonly listeners: Listeners,
  ) {
    this.infos = new Map(settings.layers.map((layer) => [layer.id, layer]));
    this.wanted = withStates(settings.chosen, this.infos, settings.filtered);
    this.chosen = new Set(settings.chosen);
    this.lastBounds = settings.bounds;
    this.fids = settings.fids ?? {};
    this.catchment = settings.catchment ?? null;
    this.photos = settings.photos ?? [];
    this.display = readDisplay(location.hash);
    this.day = dayAsked(location.search);
    this.finder = new Finder(map, (id) => (this.shown.has(id) && this.chosen.has(id) ? this.infos.get(id) : undefined));
  }

  /** Draws the map into #map; rejects when the browser has no WebGL. */
  static async create(settings: Settings, listeners: Listeners, options: Options = {}): Promise<MapView> {
    const words = settings.words;
    const display = readDisplay(location.hash);
    const photos = settings.photos ?? (display.base.startsWith("photo:") ? await fetchPhotos(settings.map) : []);
    const map = new LibreMap({
      // Other sites, whose layers the reader may add, learn nothing of the page.
      transformRequest: (url) => ({ url: withDigits(url), ...(url.startsWith(location.origin) ? {} : { referrerPolicy: "no-referrer" as const }) }),
      container: "map",
      style: baseStyle(location.origin, display.base, settings.base, photos, groundColours(byId("map"), display.base), {
        asOf: dayAsked(location.search),
        opacity: display.picture,
      }),
      interactive: !options.still,
      ...(options.still ? { canvasContextAttributes: { preserveDrawingBuffer: true }, pixelRatio: 2 } : {}),
      bounds: within(settings.bounds, settings.community),
      fitBoundsOptions: { padding: PADDING, maxZoom: 15 },
      hash: "map",
      attributionControl: false,
      dragRotate: false,
      maxPitch: 0,
      maxZoom: 19,
      fadeDuration: quiet() || options.still ? 0 : 200,
      locale: {
        "Map.Title": words.map,
        "NavigationControl.ZoomIn": words.zoomIn,
        "NavigationControl.ZoomOut": words.zoomOut,
        "GeolocateControl.FindMyLocation": words.locate,
        "GeolocateControl.LocationNotAvailable": words.locateDenied,
        "AttributionControl.ToggleAttribution": words.attribution,
      },
    });
    const view = new MapView(map, { ...settings, photos }, listeners);
    if (!options.still) view.addControls(words);
    map.on("error", (event) => console.warn("The map:", event.error));
    await new Promise<void>((resolve) => map.once("style.load", () => resolve()));
    if (!options.still) view.wire();
    await view.draw();
    return view;
  }

  private addControls(words: Settings["words"]): void {
    const map = this.map;
    map.touchZoomRotate.disableRotation();
    map.keyboard.disableRotation();
    map.addControl(new NavigationControl({ showCompass: false }), "top-right");
    map.addControl(new GeolocateControl({ positionOptions: { enableHighAccuracy: true }, trackUserLocation: false }), "top-right");
    // MapLibre names the button only when the browser has told whether it may ask.
    map.getContainer().querySelector(".maplibregl-ctrl-geolocate")?.setAttribute("aria-label", words.locate);
    map.addControl(new FitControl(words.fit, () => this.fit(this.lastBounds ?? this.settings.community)), "top-right");
    map.addControl(new ScaleControl({ unit: "metric" }), "bottom-left");
    map.addControl(new AttributionControl({ compact: true }), "bottom-right");
    // MapLibre opens the sources until the first move, which hides a good part of a small map.
    map.once("load", () => document.querySelector(".maplibregl-ctrl-attrib")?.classList.remove("maplibregl-compact-show"));
  }

  /** Shows the answer to a query; `fit` moves the map to what was found. */
  show(results: Results, fit = false): void {
    this.infos = new Map(results.published.map((layer) => [layer.id, layer]));
    this.wanted = withStates(results.layers, this.infos, Object.keys(results.fids).length > 0);
    this.chosen = new Set(results.layers);
    this.fids = results.fids;
    this.private = results.private;
    this.catchment = results.catchment;
    this.lastBounds = results.bounds;
    this.stepper?.forget();
    this.hover.remove();
    const day = dayAsked(location.search);
    const turned = day !== this.day && this.display.base.startsWith("photo:");
    this.day = day;
    if (turned) this.repaint();
    else void this.draw();
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
    return { animate: !quiet() };
  }

  /** Brings what is drawn to what is wanted: layers come and go, and show only the features that were found. */
  private async draw(): Promise<void> {
    for (const [id, layer] of this.shown) {
      if (!this.wanted.includes(id) || editionOf(this.infos.get(id)) !== layer.edition) this.remove(id);
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
      nameFound(this.map, this.infos.get(id)!, layer, this.private ? undefined : this.fids[id]);
    }
    this.arrange();
    drawCatchment(this.map, this.catchment, this.lowest);
    this.tellHidden();
    // Until then the map still has, and steps still find, what it showed before.
    this.map.once("idle", () => this.stepper?.check());
  }

  /** The drawn layers, topmost first. */
  get drawn(): LayerInfo[] {
    const infos = this.wanted.flatMap((id) => (this.shown.has(id) ? (this.infos.get(id) ?? []) : []));
    return stacked(infos, this.display.order).map((id) => this.infos.get(id)!);
  }

  /** The style layer below which pictures go: the lowest of the drawn layers'. */
  get lowest(): string | undefined {
    return this.map.getLayersOrder().find((id) => this.shown.has(ownerOf(id)) || id.startsWith("tool/"));
  }

  /** How layers are shown now. */
  get displayed(): Display {
    return this.display;
  }

  /** Shows layers as `display` says and keeps that in the address; `photos` are the pictures it may name. */
  change(display: Display, photos: Photo[] = this.photos): void {
    const base = display.base !== this.display.base;
    this.display = display;
    this.photos = photos;
    history.replaceState(history.state, "", location.pathname + location.search + withDisplay(location.hash, display));
    if (base) this.repaint();
    else this.arrange();
  }

  /** Says of which of the wanted layers not everything is drawn. */
  private tellHidden(): void {
    const wanted = this.wanted.flatMap((id) => this.infos.get(id) ?? []);
    const named = (id: string): boolean => Boolean(this.shown.get(id)?.only) || this.fids[id]?.length === 0;
    const status = byId("map-status");
    status.textContent = notShown(wanted, this.map.getZoom(), named, this.undrawn, this.settings.words);
    status.hidden = !status.textContent;
  }

  private async fetchStyle(info: LayerInfo): Promise<LayerStyle | null> {
    try {
      const response = await fetch(info.style);
      if (!response.ok) throw new Error(`status ${response.status}`);
      const style = layerStyle(location.origin, info, (await response.json()) as LayerStyle, this.ground());
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
    this.shown.set(info.id, { filters, style, edition: editionOf(info), only: null });
  }

  private remove(id: string): void {
    const layers = this.map.getStyle().layers.filter((layer) => ownerOf(layer.id) === id);
    const sources = new Set(layers.flatMap((layer) => ("source" in layer && layer.source ? [layer.source] : [])));
    for (const layer of layers) this.map.removeLayer(layer.id);
    for (const source of sources) this.map.removeSource(source);
    this.shown.delete(id);
  }

  /** Puts the layers in their order, all labels on top, and makes them as opaque as they should be. */
  private arrange(): void {
    const order = this.drawn.map((info) => info.id).reverse();
    const layers = order.flatMap((id) => this.shown.get(id)?.style.layers ?? []);
    const above = this.map.getLayersOrder().find((id) => id.startsWith("tool/"));
    for (const labels of [false, true]) {
      for (const layer of layers) if ((layer.type === "symbol") === labels) this.map.moveLayer(layer.id, above);
    }
    for (const layer of layers) {
      const share = (this.display.opacity[ownerOf(layer.id)] ?? 100) / 100;
      for (const [name, value] of opacities(layer.type, layer.paint as Record<string, unknown> | undefined, share)) {
        // The name is one of this layer's type.
        this.map.setPaintProperty(layer.id, name as "line-opacity", value as number);
      }
    }
    if (this.map.getLayer(PICTURE)) this.map.setPaintProperty(PICTURE, "raster-opacity", this.display.picture / 100);
    document.dispatchEvent(new CustomEvent(DRAWN));
  }

  private ground(): ReturnType<typeof groundColours> {
    return groundColours(this.map.getContainer(), this.display.base);
  }

  private wire(): void {
    this.map.on("click", (event) => {
      if (this.busy) return;
      const found = this.finder.nearest(event.point);
      if (found) this.open(found);
    });
    this.map.on("mousemove", (event) => {
      if (this.busy) return;
      const found = this.finder.nearest(event.point);
      this.map.getCanvas().style.cursor = found ? "pointer" : "";
      if (found) this.hover.setLngLat(found.at).setText(found.name).addTo(this.map);
      else this.hover.remove();
    });
    this.map.on("mouseout", () => this.hover.remove());
    this.map.on("moveend", () => {
      this.stepper?.renew();
      this.tellHidden();
    });
    document.addEventListener("appearance", () => this.repaint());
    window.addEventListener("hashchange", () => void this.follow());
    const centre = (): [number, number] => this.map.getCenter().toArray();
    this.stepper = new Stepper(this.finder, centre, this.settings.words, {
      open: (place) => this.open(place),
      reached: (place, text) => {
        this.listeners.say(`${text}. ${this.infos.get(place.layer)?.title ?? ""}`);
        this.hover.setLngLat(place.at).setText(place.name).addTo(this.map);
      },
      say: this.listeners.say,
      loading: () => (this.map.loaded() ? null : new Promise((resolve) => this.map.once("idle", () => resolve()))),
    });
  }

  private open(place: Place): void {
    if (!this.finder.openGuest(place)) this.listeners.open(place);
  }

  /** Draws everything anew in the colours of the page's present appearance. */
  private repaint(): void {
    this.shown.clear();
    const style = baseStyle(location.origin, this.display.base, this.settings.base, this.photos, this.ground(), {
      asOf: this.day,
      opacity: this.display.picture,
    });
    this.map.setStyle(style, { diff: false, transformStyle: withTools });
    this.map.once("style.load", () => void this.draw());
  }

  /** Shows what the address's fragment says: one that was typed or pasted, or that the page has changed. */
  async follow(): Promise<void> {
    const display = readDisplay(location.hash);
    if (JSON.stringify(display) === JSON.stringify(this.display)) return;
    if (display.base.startsWith("photo:") && !this.photos.length) this.photos = await fetchPhotos(this.settings.map);
    this.change(display);
  }
}
