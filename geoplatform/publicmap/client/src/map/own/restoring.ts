// Puts back on the map what this tab has kept, and removes all of it.
import type { MapView } from "../view";
import { kept } from "./keeping";
import { add, attend, keep, layers, remove } from "./layers";
import { forget } from "./session";

/** Draws what was kept. Returns the titles of what was too large to be kept; `shapes` of those are drawn shapes without a title. */
export async function restore(view: MapView, say: (text: string) => void): Promise<{ titles: string[]; shapes: number }> {
  const found = kept();
  if (found.layers.length) attend(view, say);
  for (const one of found.layers) add(view, one.title, one.content, one.colour);
  keep(); // what is missing has been told of once
  if (found.drawn.length || found.leftShapes) {
    const { drawingOn } = await import("./drawing");
    const drawing = drawingOn(view);
    drawing.add(found.drawn);
    drawing.keep();
  }
  return { titles: found.left, shapes: found.leftShapes };
}

/** Removes everything of the reader's own, from the map and from what is kept. */
export async function clear(view: MapView): Promise<void> {
  forget();
  for (const layer of [...layers]) remove(view, layer);
  const { drawingOn } = await import("./drawing");
  const drawing = drawingOn(view);
  drawing.remove(drawing.shapes);
}
