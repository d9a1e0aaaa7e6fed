// Drawing, measuring and notes: by pointer with terra-draw, or by typing coordinates. Saved as GeoJSON.
import type { Feature, LineString, Point, Polygon, Position } from "geojson";
import { TerraDraw, TerraDrawLineStringMode, TerraDrawPointMode, TerraDrawPolygonMode, TerraDrawSelectMode } from "terra-draw";
import { TerraDrawMapLibreGLAdapter } from "terra-draw-maplibre-gl-adapter";
import { type Units, areaOf, areaText, lengthOf, lengthText, readCoordinates } from "../measure";
import { byId } from "../settings";
import type { MapView } from "../view";
import { word, type Words } from "../words";
import { button } from "./button";
import type { Bench, OpenTool } from "./panel";

const MOST = 500;
const DECIMALS = 7;
const MODES: Record<string, string> = { Point: "point", LineString: "linestring", Polygon: "polygon" };
const KINDS: Record<string, string> = { Point: "point", LineString: "line", Polygon: "area" };

type Drawn = Feature<Point | LineString | Polygon> & { id: string | number };

/** It outlives the panel: what was drawn stays on the map. */
let drawing: TerraDraw | null = null;
/** Notes by the feature's id; terra-draw keeps the shapes. */
const notes = new Map<string | number, string>();

export function start(bench: Bench): OpenTool {
  const { view, words, panel, settings } = bench;
  const units = words as unknown as Units;
  const draw = (drawing ??= create(view));
  const listed = (): Drawn[] =>
    draw.getSnapshot().filter((one) => one.properties["mode"] !== "select" && !one.properties["currentlyDrawing"] && !isHelper(one.properties)) as Drawn[];

  const onFinish = (id: string | number): void => {
    const one = listed().find((feature) => feature.id === id);
    list();
    if (one) bench.say(`${word(words, "added", { name: titleOf(one) })} ${measured(one, units, settings.language)}`);
  };
  const onChange = (_ids: (string | number)[], type: string): void => {
    if (type === "delete" || (type === "update" && draw.getMode() === "select")) list();
  };
  draw.on("finish", onFinish);
  draw.on("change", onChange);

  for (const mode of panel.querySelectorAll<HTMLButtonElement>("[data-mode]")) {
    mode.addEventListener("click", () => {
      const name = mode.dataset["mode"] ?? "static";
      setMode(draw.getMode() === name ? "static" : name);
    });
  }
  byId<HTMLFormElement>("draw-typed").addEventListener("submit", (event) => {
    event.preventDefault();
    addTyped();
  });
  byId("draw-here").addEventListener("click", () => {
    const field = byId<HTMLTextAreaElement>("draw-coordinates");
    const centre = view.map.getCenter();
    field.value = `${field.value.trim()}\n${centre.lat.toFixed(6)}, ${centre.lng.toFixed(6)}`.trim();
    field.focus();
  });
  byId("draw-save").addEventListener("click", save);
  list();

  function setMode(name: string): void {
    draw.setMode(name);
    view.busy = name !== "static";
    for (const one of panel.querySelectorAll<HTMLButtonElement>("[data-mode]")) {
      one.setAttribute("aria-pressed", String(one.dataset["mode"] === name));
    }
    if (name !== "static") view.map.getCanvas().focus({ preventScroll: true });
  }

  function tell(name: string, values: Record<string, string | number> = {}): void {
    const message = byId("draw-message");
    message.hidden = false;
    message.classList.add("gp-notice--error");
    message.textContent = word(words, name, values);
  }

  function addTyped(): void {
    const field = byId<HTMLTextAreaElement>("draw-coordinates");
    const kind = byId<HTMLSelectElement>("draw-kind").value;
    const positions = readCoordinates(field.value);
    if (typeof positions === "number" || !positions.length) return tell("badLine", { number: positions === 0 || typeof positions !== "number" ? 1 : positions });
    const needed = { Point: 1, LineString: 2, Polygon: 3 }[kind] ?? 1;
    if (positions.length < needed) return tell("fewPoints");
    const shapes = kind === "Point" ? positions.map((one) => shape(kind, [one])) : [shape(kind, positions)];
    if (listed().length + shapes.length > MOST) return tell("tooMany", { limit: MOST });
    const results = draw.addFeatures(shapes as Parameters<TerraDraw["addFeatures"]>[0]);
    if (results.some((one) => !one.valid)) return tell("fewPoints");
    byId("draw-message").hidden = true;
    field.value = "";
    list();
    const last = listed().at(-1);
    if (last) bench.say(`${word(words, "added", { name: titleOf(last) })} ${measured(last, units, settings.language)}`);
    view.map.jumpTo({ center: positions[0] as [number, number] });
  }

  function titleOf(one: Drawn): string {
    const index = listed().findIndex((feature) => feature.id === one.id) + 1;
    return `${word(words, KINDS[one.geometry.type] ?? "point")} ${index}`;
  }

  function list(): void {
    const all = listed();
    byId("draw-none").hidden = all.length > 0;
    byId<HTMLButtonElement>("draw-save").disabled = all.length === 0;
    byId("draw-list").replaceChildren(...all.map((one) => line(one)));
  }

  function line(one: Drawn): HTMLLIElement {
    const title = titleOf(one);
    const item = document.createElement("li");
    const text = document.createElement("span");
    text.className = "gp-own__title";
    text.textContent = [title, measured(one, units, settings.language)].filter(Boolean).join(": ");
    const note = document.createElement("input");
    note.className = "govuk-input gp-own__note";
    note.maxLength = 500;
    note.value = notes.get(one.id) ?? "";
    note.setAttribute("aria-label", word(words, "name", { name: title }));
    note.placeholder = word(words, "note");
    note.addEventListener("input", () => {
      notes.set(one.id, note.value);
      annotate(view, listed());
    });
    item.append(
      text,
      note,
      button("×", word(words, "remove", { name: title }), () => {
        if (draw.getMode() === "select") setMode("static");
        draw.removeFeatures([one.id]);
        notes.delete(one.id);
        annotate(view, listed());
        list();
        bench.say(word(words, "removed", { name: title }));
        byId("draw-title").focus();
      }),
    );
    return item;
  }

  function save(): void {
    const text = JSON.stringify(exported(listed(), notes), null, 1);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "application/geo+json" }));
    link.download = `${word(words, "file")}.geojson`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }

  return {
    close: () => {
      draw.off("finish", onFinish);
      draw.off("change", onChange);
      draw.setMode("static");
      view.busy = false;
    },
  };
}

function isHelper(properties: Record<string, unknown>): boolean {
  return ["selectionPoint", "midPoint", "snappingPoint", "closingPoint", "coordinatePoint"].some((name) => properties[name]);
}

/** Returns the measure of a shape in words; "" for a point. */
function measured(one: Drawn, units: Units, language: string): string {
  const words = units as unknown as Words;
  const length = (line: Position[]): string => lengthText(lengthOf(line), units, language);
  if (one.geometry.type === "LineString") return word(words, "length", { value: length(one.geometry.coordinates) });
  if (one.geometry.type !== "Polygon") return "";
  const ring = one.geometry.coordinates[0] ?? [];
  const area = word(words, "surface", { value: areaText(areaOf(ring), units, language) });
  return `${area}, ${word(words, "perimeter", { value: length(ring) })}`;
}

function shape(kind: string, positions: Position[]): Feature {
  const round = (one: Position): Position => one.map((value) => Number(value.toFixed(DECIMALS)));
  const all = positions.map(round);
  const geometry =
    kind === "Point"
      ? { type: "Point" as const, coordinates: all[0]! }
      : kind === "LineString"
        ? { type: "LineString" as const, coordinates: all }
        : { type: "Polygon" as const, coordinates: [[...all, all[0]!]] };
  return { type: "Feature", properties: { mode: MODES[kind] }, geometry };
}

/** Returns the drawing as GeoJSON with notes and measures, in metres and square metres. */
export function exported(features: Drawn[], texts: Map<string | number, string>): object {
  return {
    type: "FeatureCollection",
    features: features.map((one) => ({
      type: "Feature",
      geometry: one.geometry,
      properties: {
        ...(texts.get(one.id) ? { name: texts.get(one.id) } : {}),
        ...(one.geometry.type === "LineString" ? { length_m: Math.round(lengthOf(one.geometry.coordinates) * 10) / 10 } : {}),
        ...(one.geometry.type === "Polygon" ? { area_m2: Math.round(areaOf(one.geometry.coordinates[0] ?? [])) } : {}),
      },
    })),
  };
}

function create(view: MapView): TerraDraw {
  const flags = { feature: { draggable: true, coordinates: { draggable: true, midpoints: true, deletable: true } } };
  const draw = new TerraDraw({
    adapter: new TerraDrawMapLibreGLAdapter({ map: view.map, prefixId: "tool/draw", coordinatePrecision: DECIMALS }),
    modes: [
      new TerraDrawPointMode(),
      new TerraDrawLineStringMode(),
      new TerraDrawPolygonMode(),
      new TerraDrawSelectMode({ flags: { point: { feature: { draggable: true } }, linestring: flags, polygon: flags } }),
    ],
  });
  draw.start();
  draw.setMode("static");
  return draw;
}

/** Writes the notes beside the shapes. */
function annotate(view: MapView, features: Drawn[]): void {
  const source = view.map.getSource("tool/notes");
  const data = {
    type: "FeatureCollection" as const,
    features: features
      .filter((one) => notes.get(one.id))
      .map((one) => ({ ...one, id: undefined as never, properties: { note: notes.get(one.id) ?? "" } })),
  };
  if (source && "setData" in source) {
    (source as unknown as { setData(data: unknown): void }).setData(data);
    return;
  }
  view.map.addSource("tool/notes", { type: "geojson", data });
  view.map.addLayer({
    id: "tool/notes",
    type: "symbol",
    source: "tool/notes",
    layout: { "text-field": ["get", "note"], "text-size": 14, "text-anchor": "top", "text-offset": [0, 0.8], "text-font": ["Noto Sans Regular"] },
    paint: { "text-color": "#000000", "text-halo-color": "#ffffff", "text-halo-width": 2 },
  });
}
