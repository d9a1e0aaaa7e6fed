// Scales on paper: how far the map must be zoomed so that a centimetre on the sheet is so many on the ground.

/** A CSS pixel on paper printed at 100 %, in metres. */
export const PIXEL = 0.0254 / 96;
/** The equator in metres, over the 512 pixels that MapLibre gives it at zoom 0. */
const EQUATOR = 40075016.68557849 / 512;

/** What a sheet may be drawn at: 1 to so many. */
export const SCALES = [1000, 2000, 2500, 5000, 10_000, 15_000, 25_000, 50_000, 100_000, 250_000];

/** Returns the zoom at which the map's scale is 1 : `scale` at `latitude`. */
export function zoomFor(scale: number, latitude: number): number {
  return Math.log2((EQUATOR * Math.cos((latitude * Math.PI) / 180)) / (scale * PIXEL));
}

/** Returns the scale's number at a zoom and latitude. */
export function scaleAt(zoom: number, latitude: number): number {
  return (EQUATOR * Math.cos((latitude * Math.PI) / 180)) / 2 ** zoom / PIXEL;
}

/** Returns the scale of `SCALES` nearest to what is seen. */
export function nearestScale(seen: number): number {
  const away = (scale: number): number => Math.abs(Math.log(scale / seen));
  return SCALES.reduce((best, scale) => (away(scale) < away(best) ? scale : best));
}

/** Returns a round length for a bar at most `widest` px long, in metres, and the bar's width in px. */
export function bar(scale: number, widest: number): { metres: number; width: number } {
  const most = widest * PIXEL * scale;
  const power = 10 ** Math.floor(Math.log10(most));
  const metres = [5, 2, 1].map((times) => times * power).find((length) => length <= most) ?? power;
  return { metres, width: metres / scale / PIXEL };
}
