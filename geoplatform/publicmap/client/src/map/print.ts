// The sheet for the printer: a map at a true scale, turned into a picture, with what belongs to it.
import "./map.scss";
import "./print.scss";
import { dayAsked, pictureOf } from "./base";
import { followOthers } from "./own/session";
import { OwnOnSheet } from "./own/sheet";
import { SCALES, bar, nearestScale, scaleAt, zoomFor } from "./paper";
import { byId, readSettings } from "./settings";
import { MapView } from "./view";
import { type Words, word } from "./words";

const WIDEST_BAR = 160;

const settings = readSettings();
const words = JSON.parse(byId("tool-words").textContent ?? "{}") as Words;
const sheet = byId("sheet");
const picture = byId<HTMLImageElement>("sheet-picture");
const go = byId<HTMLButtonElement>("print-go");
const scales = byId<HTMLSelectElement>("print-scale");
const paper = byId<HTMLSelectElement>("print-paper");
const number = new Intl.NumberFormat(settings.language);

for (const scale of SCALES) scales.add(new Option(`1 : ${number.format(scale)}`, String(scale)));
byId<HTMLAnchorElement>("print-back").hash = location.hash;
byId("sheet-address").textContent = byId<HTMLAnchorElement>("print-back").href;

byId<HTMLInputElement>("print-name").addEventListener("input", (event) => {
  const title = byId("sheet-title");
  title.dataset["first"] ??= title.textContent ?? "";
  title.textContent = (event.target as HTMLInputElement).value.trim() || title.dataset["first"];
});
byId<HTMLInputElement>("print-list").addEventListener("change", (event) => {
  byId("sheet-list").hidden = !(event.target as HTMLInputElement).checked;
});
byId<HTMLFormElement>("print-form").addEventListener("submit", (event) => {
  event.preventDefault();
  window.print();
});

function tell(name: string, more = ""): void {
  byId("print-status").textContent = `${word(words, name)} ${more}`.trim();
}

async function start(): Promise<void> {
  tell("drawing");
  const view = await MapView.create(settings, { open: () => undefined, say: () => undefined }, { still: true });
  const { map } = view;
  const below = pictureOf(view.displayed.base, settings.photos ?? [], dayAsked(location.search));
  if (below) {
    const { photo, image } = below;
    const title = image.title ? `${photo.title}, ${image.title}` : photo.title;
    byId("sheet-below").textContent = `${title}: ${photo.attribution} (${photo.licence}).`;
  }
  scales.value = String(nearestScale(scaleAt(map.getZoom(), map.getCenter().lat)));
  const own = new OwnOnSheet(view, words, settings.language);
  let turn = 0;

  /** Draws the map at the chosen scale and puts its picture in its place: paper has no WebGL. */
  async function draw(): Promise<void> {
    const now = (turn += 1);
    go.disabled = true;
    tell("drawing");
    picture.hidden = true;
    byId("map").hidden = false;
    sheet.dataset["paper"] = paper.value;
    map.resize();
    const scale = Number(scales.value);
    map.jumpTo({ zoom: zoomFor(scale, map.getCenter().lat) });
    await own.drawn();
    if (now !== turn) return;
    const blob = await new Promise<Blob | null>((resolve) => map.getCanvas().toBlob(resolve));
    if (now !== turn || !blob) return;
    if (picture.src) URL.revokeObjectURL(picture.src);
    picture.src = URL.createObjectURL(blob);
    await picture.decode();
    picture.hidden = false;
    byId("map").hidden = true;
    showScale(scale);
    go.disabled = false;
    tell("ready", own.missing);
  }

  const redraw = (): void => void draw().catch(fail);
  scales.addEventListener("change", redraw);
  paper.addEventListener("change", redraw);
  byId<HTMLButtonElement>("print-clear").addEventListener("click", () => {
    if (!confirm(word(words, "sure"))) return;
    own.clear();
    byId("print-clear").hidden = true;
    byId("print-status").focus();
    redraw();
  });
  await draw();
}

function showScale(scale: number): void {
  const { metres, width } = bar(scale, WIDEST_BAR);
  byId("scale-text").textContent = word(words, "scale", { number: number.format(scale) });
  const element = byId("scale-bar");
  element.style.width = `${width}px`;
  element.textContent =
    metres < 1000 ? word(words, "m", { number: number.format(metres) }) : word(words, "km", { number: number.format(metres / 1000) });
}

function fail(error: unknown): void {
  console.error("The map can't be drawn:", error);
  byId("map").hidden = true;
  go.disabled = false;
  tell("failed");
}

followOthers();
start().catch(fail);
