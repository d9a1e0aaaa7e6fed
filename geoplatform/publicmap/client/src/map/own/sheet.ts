// The reader's own on the printed sheet: drawn on its map, told in its legend, list and description.
import type { FeatureCollection } from "geojson";
import type { Map as LibreMap } from "maplibre-gl";
import { byId } from "../settings";
import { anchorOf } from "../steps";
import type { MapView } from "../view";
import { type Words, word } from "../words";
import { nameOf } from "./check";
import { type Kept, type Own, kept } from "./keeping";
import { legend, withText } from "./legend";
import { paint, takeOff } from "./paint";
import { SECONDS } from "./services";
import { forget } from "./session";
import { type Entry, INK, described, drawnEntries, layerEntries, namesOf } from "./signs";
import { titleOf } from "./telling";

/** As many names of a layer are listed on paper. */
const MOST_NAMES = 100;
const DRAWN = "tool/drawn";
const sourceOf = (index: number): string => `tool/own-${index}`;

export class OwnOnSheet {
  private own: Kept;
  /** The layers of the sheet, each with the source that it is drawn from. */
  private layers: { source: string; layer: Own }[];
  private readonly picture = byId<HTMLImageElement>("sheet-picture");
  private readonly plain = this.picture.alt;
  /** Titles of services that were taken off, and of those of which a picture could not be had for the present sheet. */
  private readonly gone = new Set<string>();
  private readonly failed = new Set<string>();

  constructor(
    private readonly view: MapView,
    private readonly words: Words,
    private readonly language: string,
  ) {
    this.own = kept();
    this.layers = this.own.layers.map((layer, index) => ({ source: sourceOf(index), layer }));
    const clear = byId<HTMLButtonElement>("print-clear");
    clear.hidden = !this.own.layers.length && !this.own.drawn.length && !this.own.left.length && !this.own.leftShapes;
    view.map.on("error", (event) => {
      const source = (event as { sourceId?: string }).sourceId;
      const found = this.layers.find((one) => one.source === source);
      if (found) this.failed.add(found.layer.title);
    });
    this.layers.forEach(({ layer }, index) => {
      paint(view.map, sourceOf(index).slice("tool/".length), layer, view.lowest);
      if (layer.content.kind === "features") label(view.map, sourceOf(index), named(layer), "#000000");
    });
    this.drawShapes();
    this.tell();
  }

  /** What has to be said of the sheet: what is not on it. */
  get missing(): string {
    const { left, leftShapes } = this.own;
    const incomplete = [...new Set([...this.gone, ...this.failed])];
    const titles = [...left, ...(leftShapes ? [word(this.words, "leftShapes", { count: leftShapes })] : [])];
    return [
      titles.length ? word(this.words, "left", { names: titles.join("; ") }) : "",
      incomplete.length ? word(this.words, "tilesFail", { names: incomplete.join("; ") }) : "",
    ].filter(Boolean).join(" ");
  }

  /**
   * Resolves when the map is drawn. Services of other sites for which all the rest has waited SECONDS are taken off the sheet:
   * they must not keep the reader from printing.
   */
  async drawn(): Promise<void> {
    const { map } = this.view;
    const idle = new Promise<void>((resolve) => map.once("idle", () => resolve()));
    let waited = 0;
    this.failed.clear();
    const watch = setInterval(() => {
      const services = this.layers.filter(({ layer }) => layer.content.kind === "tiles").map(({ source }) => source);
      const others = Object.keys(map.getStyle().sources).filter((source) => !services.includes(source));
      waited = others.every((source) => map.isSourceLoaded(source)) ? waited + 1 : 0;
      if (waited >= SECONDS) this.takeOffSlow();
    }, 1000);
    await idle.finally(() => clearInterval(watch));
  }

  /** Removes everything of the reader's own from the sheet and from what is kept. */
  clear(): void {
    const { map } = this.view;
    for (const { source } of this.layers) {
      takeOff(map, `${source}/names`);
      takeOff(map, source);
    }
    takeOff(map, `${DRAWN}/names`);
    takeOff(map, DRAWN);
    forget();
    this.gone.clear();
    this.failed.clear();
    this.own = kept();
    this.layers = [];
    this.tell();
  }

  private takeOffSlow(): void {
    const slow = this.layers.filter(({ source, layer }) => layer.content.kind === "tiles" && !this.view.map.isSourceLoaded(source));
    for (const { source, layer } of slow) {
      this.gone.add(layer.title);
      takeOff(this.view.map, source);
    }
    this.layers = this.layers.filter((one) => !slow.includes(one));
    this.tell();
  }

  private drawShapes(): void {
    const { map } = this.view;
    const { drawn } = this.own;
    if (!drawn.length) return;
    const data: FeatureCollection = {
      type: "FeatureCollection",
      features: drawn.map(({ geometry, note }, index) => ({
        type: "Feature",
        geometry,
        properties: { label: note.trim() || titleOf(geometry, index, this.words) },
      })),
    };
    map.addSource(DRAWN, { type: "geojson", data });
    map.addLayer({ id: `${DRAWN}/fill`, type: "fill", source: DRAWN, filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": INK, "fill-opacity": 0.25 } });
    map.addLayer({ id: `${DRAWN}/line`, type: "line", source: DRAWN, filter: ["!=", ["geometry-type"], "Point"], paint: { "line-color": INK, "line-width": 3 } });
    map.addLayer({
      id: `${DRAWN}/point`,
      type: "circle",
      source: DRAWN,
      filter: ["==", ["geometry-type"], "Point"],
      paint: { "circle-color": INK, "circle-radius": 6, "circle-stroke-color": "#ffffff", "circle-stroke-width": 2 },
    });
    label(map, DRAWN, data, INK);
  }

  /** Writes the legend, the list and the description. */
  private tell(): void {
    const layers = this.layers.map((one) => one.layer);
    const drawn = drawnEntries(this.own.drawn, this.words, this.language);
    const added = layerEntries(layers, this.words, this.language);
    byId("sheet-own-signs").replaceChildren(
      ...[["ownDrawing", drawn], ["ownData", added]].flatMap(([title, entries]) => legend(word(this.words, title as string), entries as Entry[])),
    );
    byId("sheet-own-list").replaceChildren(...layers.flatMap((layer) => this.list(layer)));
    this.picture.alt = described(this.plain, [...drawn, ...added], this.words);
  }

  private list(layer: Own): HTMLElement[] {
    const { names, more } = namesOf(layer, MOST_NAMES);
    if (!names.length) return [];
    const list = document.createElement("ul");
    list.className = "gp-sheet__places";
    const texts = [...names, ...(more ? [word(this.words, "moreNames", { count: more })] : [])];
    list.append(...texts.map((text) => withText("li", "", text)));
    return [withText("h4", "gp-sheet__name", layer.title), list];
  }
}

/** Returns features with their names as labels. */
function named(layer: Own): FeatureCollection {
  const features = layer.content.kind === "features" ? layer.content.checked.data.features : [];
  return {
    type: "FeatureCollection",
    features: features.map((one) => ({ type: "Feature", geometry: one.geometry, properties: { label: nameOf(one.properties) } })),
  };
}

/** Writes labels beside features, where there is room for them: one each, at a point of it. */
function label(map: LibreMap, source: string, data: FeatureCollection, colour: string): void {
  const names = `${source}/names`;
  const features = data.features.flatMap((one) => {
    const coordinates = anchorOf(one.geometry);
    return coordinates && one.properties?.["label"] ? [{ ...one, geometry: { type: "Point" as const, coordinates } }] : [];
  });
  map.addSource(names, { type: "geojson", data: { type: "FeatureCollection", features } });
  map.addLayer({
    id: names,
    type: "symbol",
    source: names,
    layout: {
      "text-field": ["get", "label"],
      "text-size": 13,
      "text-font": ["Noto Sans Regular"],
      "text-variable-anchor": ["top", "bottom", "left", "right"],
      "text-radial-offset": 0.8,
    },
    paint: { "text-color": colour, "text-halo-color": "#ffffff", "text-halo-width": 2 },
  });
}
