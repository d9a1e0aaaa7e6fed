// Drawing, measuring and notes: by pointer with terra-draw, or by typing coordinates. Saved as GeoJSON.
import type { Position } from "geojson";
import { areaOf, lengthOf, readCoordinates } from "../measure";
import { DECIMALS, type Drawing, type Shape, drawingOn } from "../own/drawing";
import type { Drawn } from "../own/keeping";
import { measured, titleOf } from "../own/telling";
import { byId } from "../settings";
import { word } from "../words";
import { button } from "./button";
import type { Bench, OpenTool } from "./panel";

const MOST = 500;

export function start(bench: Bench): OpenTool {
  const { view, words, panel, settings } = bench;
  const drawing = drawingOn(view);
  const { draw } = drawing;

  const onFinish = (id: string | number): void => {
    changed();
    const index = drawing.shapes.findIndex((shape) => shape.id === id);
    if (index >= 0) announce(drawing.shapes[index]!, index);
  };
  const onChange = (_ids: (string | number)[], type: string): void => {
    if (type === "delete" || (type === "update" && draw.getMode() === "select")) changed();
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
    if (drawing.shapes.length + shapes.length > MOST) return tell("tooMany", { limit: MOST });
    if (!drawing.add(shapes)) return tell("fewPoints");
    byId("draw-message").hidden = true;
    field.value = "";
    changed();
    const index = drawing.shapes.length - 1;
    const last = drawing.shapes[index];
    if (last) announce(last, index);
    view.map.jumpTo({ center: positions[0] as [number, number] });
  }

  function announce(one: Shape, index: number): void {
    bench.say(`${word(words, "added", { name: titleOf(one.geometry, index, words) })} ${measured(one.geometry, words, settings.language)}`);
  }

  function changed(): void {
    list();
    keep();
  }

  /** Keeps the drawing for the printed sheet, another language and a reload, and says what can't be kept. */
  function keep(): void {
    const left = drawing.keep();
    if (left) tell("notKept", { count: left });
  }

  function list(): void {
    const all = drawing.shapes;
    byId("draw-none").hidden = all.length > 0;
    byId<HTMLButtonElement>("draw-save").disabled = all.length === 0;
    byId("draw-list").replaceChildren(...all.map(line));
  }

  function line(one: Shape, index: number): HTMLLIElement {
    const title = titleOf(one.geometry, index, words);
    const item = document.createElement("li");
    const text = document.createElement("span");
    text.className = "gp-own__title";
    text.textContent = [title, measured(one.geometry, words, settings.language)].filter(Boolean).join(": ");
    const note = document.createElement("input");
    note.className = "govuk-input gp-own__note";
    note.maxLength = 500;
    note.value = drawing.noteOf(one);
    note.setAttribute("aria-label", word(words, "name", { name: title }));
    note.placeholder = word(words, "note");
    note.addEventListener("input", () => {
      drawing.write(one, note.value);
      keep();
    });
    item.append(
      text,
      note,
      button("×", word(words, "remove", { name: title }), () => {
        if (draw.getMode() === "select") setMode("static");
        drawing.remove([one]);
        changed();
        bench.say(word(words, "removed", { name: title }));
        byId("draw-title").focus();
      }),
    );
    return item;
  }

  function save(): void {
    const text = JSON.stringify(exported(drawing), null, 1);
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

function shape(kind: string, positions: Position[]): Drawn {
  const round = (one: Position): Position => one.map((value) => Number(value.toFixed(DECIMALS)));
  const all = positions.map(round);
  if (kind === "Point") return { geometry: { type: "Point", coordinates: all[0]! }, note: "" };
  if (kind === "LineString") return { geometry: { type: "LineString", coordinates: all }, note: "" };
  return { geometry: { type: "Polygon", coordinates: [[...all, all[0]!]] }, note: "" };
}

/** Returns the drawing as GeoJSON with notes and measures, in metres and square metres. */
function exported(drawing: Drawing): object {
  return {
    type: "FeatureCollection",
    features: drawing.shapes.map((one) => ({
      type: "Feature",
      geometry: one.geometry,
      properties: {
        ...(drawing.noteOf(one) ? { name: drawing.noteOf(one) } : {}),
        ...(one.geometry.type === "LineString" ? { length_m: Math.round(lengthOf(one.geometry.coordinates) * 10) / 10 } : {}),
        ...(one.geometry.type === "Polygon" ? { area_m2: Math.round(areaOf(one.geometry.coordinates[0] ?? [])) } : {}),
      },
    })),
  };
}
