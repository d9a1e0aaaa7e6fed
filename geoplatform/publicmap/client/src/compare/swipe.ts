// Two maps, one over the other, that move as one: the left shows what was, the right what is.
import "maplibre-gl/dist/maplibre-gl.css";
import { AttributionControl, Map as LibreMap, NavigationControl, setWorkerUrl } from "maplibre-gl";
import workerUrl from "virtual:map-worker";
import { baseStyle, groundColours } from "../map/base";
import { escaped, quiet } from "../map/controls";
import type { Base } from "../map/display";
import { iconImage, iconNames } from "../map/icons";
import { type LayerInfo, byId } from "../map/settings";
import { type LayerStyle, layerStyle } from "../map/style";
import type { SwipeSettings } from "./share";
import { rememberView } from "./state";

setWorkerUrl(workerUrl);

/** Draws both sides; rejects when the browser has no WebGL or a layer's style can't be had. */
export async function drawBoth(settings: SwipeSettings): Promise<void> {
  const left = side("swipe-left", settings);
  const right = side("swipe-right", settings);
  name(left, settings.labels[0]);
  name(right, settings.labels[1]);
  follow(left, right);
  follow(right, left);
  if (settings.bases) for (const map of [left, right]) map.on("moveend", (event) => event.originalEvent && rememberView(map.getBounds()));
  right.addControl(new NavigationControl({ showCompass: false }), "top-right");
  right.addControl(new AttributionControl({ compact: true }), "bottom-right");
  // One map for the keyboard and for those who can't see: the other one repeats its every move.
  const canvas = left.getCanvas();
  canvas.tabIndex = -1;
  canvas.setAttribute("aria-hidden", "true");
  const paint = async (): Promise<void> => {
    await Promise.all([
      paintSide(left, settings, settings.left, settings.bases?.[0]),
      paintSide(right, settings, settings.right, settings.bases?.[1]),
    ]);
  };
  await paint();
  // MapLibre opens the sources until the first move, which hides a good part of a small map.
  right.once("idle", () => right.getContainer().querySelector(".maplibregl-ctrl-attrib")?.classList.remove("maplibregl-compact-show"));
  document.addEventListener("appearance", () => void paint());
}

function side(container: string, settings: SwipeSettings): LibreMap {
  const map = new LibreMap({
    container,
    style: { version: 8, sources: {}, layers: [] },
    bounds: settings.bounds,
    // A rectangle of pictures is meant as it is; one around places leaves them some room.
    fitBoundsOptions: settings.bases ? { padding: 0 } : { padding: 24, maxZoom: 15 },
    attributionControl: false,
    dragRotate: false,
    maxPitch: 0,
    maxZoom: 19,
    fadeDuration: quiet() ? 0 : 200,
    locale: {
      "Map.Title": settings.words.map,
      "NavigationControl.ZoomIn": settings.words.zoomIn,
      "NavigationControl.ZoomOut": settings.words.zoomOut,
      "AttributionControl.ToggleAttribution": settings.words.attribution,
    },
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.on("error", (event) => console.warn("The map:", event.error));
  return map;
}

/** Writes on a side what it shows. Slider, buttons and page say the same, so nobody has to see it. */
function name(map: LibreMap, label: string): void {
  const element = document.createElement("span");
  element.className = "gp-swipe__name";
  element.setAttribute("aria-hidden", "true");
  element.textContent = label;
  map.getContainer().append(element);
}

let following = false;

/** Makes `other` move with `map`. */
function follow(map: LibreMap, other: LibreMap): void {
  map.on("move", () => {
    if (following) return;
    following = true;
    other.jumpTo({ center: map.getCenter(), zoom: map.getZoom() });
    following = false;
  });
}

async function paintSide(map: LibreMap, settings: SwipeSettings, infos: LayerInfo[], base: Base = "auto"): Promise<void> {
  const ground = groundColours(byId("swipe-maps"), "auto");
  const styles = await Promise.all(infos.map(async (info) => layerStyle(location.origin, info, await ownStyle(info), ground)));
  const style = baseStyle(location.origin, base, settings.base, settings.photos ?? [], ground);
  // Labels above everything, the first layer topmost.
  const order = styles.map((_style, index) => index).reverse();
  for (const index of order) {
    for (const [name, source] of Object.entries(styles[index]!.sources)) {
      style.sources[name] = source.type === "vector" ? { ...source, attribution: escaped(infos[index]!.attribution) } : source;
    }
  }
  for (const labels of [false, true]) {
    for (const index of order) style.layers.push(...styles[index]!.layers.filter((layer) => (layer.type === "symbol") === labels));
  }
  const loaded = new Promise<void>((resolve) => map.once("style.load", () => resolve()));
  map.setStyle(style, { diff: false });
  await loaded;
  const missing = new Set(styles.flatMap((one) => one.layers).flatMap(iconNames));
  await Promise.all(
    [...missing].map(async (name) => {
      const image = await iconImage(name);
      if (image && !map.hasImage(name)) map.addImage(name, image, { pixelRatio: 2 });
    }),
  );
}

async function ownStyle(info: LayerInfo): Promise<LayerStyle> {
  const response = await fetch(info.style);
  if (!response.ok) throw new Error(`style of ${info.id}: status ${response.status}`);
  return (await response.json()) as LayerStyle;
}
