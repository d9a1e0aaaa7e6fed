// What the reader has drawn on the map: terra-draw keeps the shapes, this their notes, and the session both.
import type { Feature } from "geojson";
import { TerraDraw, TerraDrawLineStringMode, TerraDrawPointMode, TerraDrawPolygonMode, TerraDrawSelectMode } from "terra-draw";
import { TerraDrawMapLibreGLAdapter } from "terra-draw-maplibre-gl-adapter";
import type { MapView } from "../view";
import { type Drawn, keepDrawn } from "./keeping";

/** Positions are kept to a centimetre. */
export const DECIMALS = 7;
const HELPERS = ["selectionPoint", "midPoint", "snappingPoint", "closingPoint", "coordinatePoint"];
const MODES = { Point: "point", LineString: "linestring", Polygon: "polygon" } as const;
const NOTES = "tool/notes";

export type Shape = Feature<Drawn["geometry"]> & { id: string | number };

export class Drawing {
  readonly draw: TerraDraw;
  private readonly notes = new Map<string | number, string>();

  constructor(private readonly view: MapView) {
    const flags = { feature: { draggable: true, coordinates: { draggable: true, midpoints: true, deletable: true } } };
    this.draw = new TerraDraw({
      adapter: new TerraDrawMapLibreGLAdapter({ map: view.map, prefixId: "tool/draw", coordinatePrecision: DECIMALS }),
      modes: [
        new TerraDrawPointMode(),
        new TerraDrawLineStringMode(),
        new TerraDrawPolygonMode(),
        new TerraDrawSelectMode({ flags: { point: { feature: { draggable: true } }, linestring: flags, polygon: flags } }),
      ],
    });
    this.draw.start();
    this.draw.setMode("static");
  }

  /** The finished shapes, in the order in which they were drawn. */
  get shapes(): Shape[] {
    const all = this.draw.getSnapshot().filter(({ properties }) => properties["mode"] !== "select" && !properties["currentlyDrawing"]);
    return all.filter(({ properties }) => !HELPERS.some((name) => properties[name])) as Shape[];
  }

  noteOf(shape: Shape): string {
    return this.notes.get(shape.id) ?? "";
  }

  /** Adds shapes, which `keep` is to follow; false when one of them is none, such as a line of one point. */
  add(shapes: Drawn[]): boolean {
    const features = shapes.map(({ geometry }) => ({ type: "Feature", properties: { mode: MODES[geometry.type] }, geometry }));
    const results = this.draw.addFeatures(features as Parameters<TerraDraw["addFeatures"]>[0]);
    results.forEach((result, index) => {
      const note = shapes[index]?.note;
      if (note && result.valid && result.id !== undefined) this.notes.set(result.id, note);
    });
    return results.every((result) => result.valid);
  }

  /** Sets a shape's note, which `keep` is to follow. */
  write(shape: Shape, note: string): void {
    this.notes.set(shape.id, note);
  }

  remove(shapes: Shape[]): void {
    this.draw.removeFeatures(shapes.map((one) => one.id));
    for (const one of shapes) this.notes.delete(one.id);
    this.annotate();
  }

  /** Takes up a change: notes follow their shapes, and the drawing is kept for this tab. Returns how many shapes were too large for that. */
  keep(): number {
    this.annotate();
    return keepDrawn(this.shapes.map((one) => ({ geometry: one.geometry, note: this.noteOf(one) })));
  }

  /** Writes the notes beside the shapes. */
  private annotate(): void {
    const { map } = this.view;
    const noted = this.shapes.filter((one) => this.noteOf(one));
    if (!noted.length && !map.getSource(NOTES)) return;
    const data = {
      type: "FeatureCollection" as const,
      features: noted.map((one) => ({ type: "Feature" as const, geometry: one.geometry, properties: { note: this.noteOf(one) } })),
    };
    const source = map.getSource(NOTES);
    if (source && "setData" in source) {
      (source as unknown as { setData(data: unknown): void }).setData(data);
      return;
    }
    map.addSource(NOTES, { type: "geojson", data });
    map.addLayer({
      id: NOTES,
      type: "symbol",
      source: NOTES,
      layout: { "text-field": ["get", "note"], "text-size": 14, "text-anchor": "top", "text-offset": [0, 0.8], "text-font": ["Noto Sans Regular"] },
      paint: { "text-color": "#000000", "text-halo-color": "#ffffff", "text-halo-width": 2 },
    });
  }
}

/** It outlives the tool's panel: what was drawn stays on the map. */
let drawing: Drawing | null = null;

/** Returns the one drawing of this map. */
export function drawingOn(view: MapView): Drawing {
  return (drawing ??= new Drawing(view));
}
