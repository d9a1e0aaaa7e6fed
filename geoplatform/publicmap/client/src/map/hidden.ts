// What the map does not show just now of what the list has, in words.
import type { LayerInfo, Word } from "./settings";

/**
 * Returns the sentences, "" where all is shown. wanted: the layers that should be drawn; zoom: the map's; named: ids of those whose
 * tiles hold all that was found; undrawn: titles of those that could not be drawn.
 */
export function notShown(
  wanted: LayerInfo[],
  zoom: number,
  named: (id: string) => boolean,
  undrawn: Iterable<string>,
  words: Record<Word, string>,
): string {
  const far = wanted.filter((layer) => layer.minZoom > zoom);
  const sparse = wanted.filter((layer) => layer.minZoom <= zoom && layer.thinnedBelow > zoom && !named(layer.id));
  const told: [string, string[]][] = [
    [words.zoomed, far.map((layer) => layer.title)],
    [words.sparse, sparse.map((layer) => layer.title)],
    [words.incomplete, [...undrawn]],
  ];
  return told.flatMap(([text, titles]) => (titles.length ? [`${text} ${titles.join(", ")}.`] : [])).join(" ");
}
