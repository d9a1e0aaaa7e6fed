// Layers of the reader's own: files that stay in the browser and services of other sites.
import { Popup } from "maplibre-gl";
import { escaped } from "../controls";
import { Refusal, nameOf } from "../own/check";
import type { Checked } from "../own/check";
import { readFile, readInWorker } from "../own/files";
import { type Offered, capabilitiesAddress, fetchGeoJson, fetchText, probe, soundAddress, tileTemplate, wmsLayers, wmtsLayers } from "../own/services";
import { byId } from "../settings";
import type { Place } from "../steps";
import type { MapView } from "../view";
import { word } from "../words";
import { button } from "./button";
import type { Bench, OpenTool } from "./panel";

const MOST = 10;
/** Told apart from each other and from the ground, light and dark. */
const COLOURS = ["#c2185b", "#1565c0", "#ef6c00", "#2e7d32", "#6a1b9a"];

type Content = { kind: "features"; checked: Checked } | { kind: "tiles"; tiles: string; attribution: string };
interface OwnLayer {
  id: string;
  title: string;
  content: Content;
}

/** They outlive the panel, and a change of the map's style. */
const layers: OwnLayer[] = [];
let number = 0;
let attended: MapView | null = null;
let popup: Popup | null = null;

export function start(bench: Bench): OpenTool {
  const { view, words, panel } = bench;
  const say = (name: string, values: Record<string, string | number> = {}, fault = false): void => {
    const message = byId("own-message");
    message.hidden = false;
    message.classList.toggle("gp-notice--error", fault);
    message.textContent = word(words, name, values);
  };
  attend(view, bench);
  list();

  const file = byId<HTMLInputElement>("own-file");
  file.addEventListener("change", () => {
    const chosen = file.files?.[0];
    if (!chosen) return;
    void attempt(async () => addFeatures(chosen.name, await readFile(chosen))).finally(() => {
      file.value = "";
    });
  });
  const address = byId<HTMLInputElement>("own-address");
  const kind = byId<HTMLSelectElement>("own-kind");
  const choice = byId<HTMLSelectElement>("own-layer");
  let offered: Offered[] = [];
  const forget = (): void => {
    offered = [];
    byId("own-choice").hidden = true;
  };
  address.addEventListener("input", forget);
  kind.addEventListener("change", forget);
  byId<HTMLFormElement>("own-service").addEventListener("submit", (event) => {
    event.preventDefault();
    void attempt(addService);
  });

  /** Runs what may be refused, and says why in the reader's words. */
  async function attempt(act: () => Promise<void>): Promise<void> {
    panel.setAttribute("aria-busy", "true");
    try {
      if (layers.length >= MOST) throw new Refusal("limit", { limit: MOST });
      say("asking");
      await act();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      say(error.code, error.values, true);
    } finally {
      panel.removeAttribute("aria-busy");
    }
  }

  function addFeatures(name: string, checked: Checked): void {
    const added = add(view, name, { kind: "features", checked });
    view.map.fitBounds(checked.bounds, { padding: 48, maxZoom: 16, animate: false });
    list();
    say("added", { name: added.title, count: checked.data.features.length });
  }

  async function addService(): Promise<void> {
    const picked = offered[choice.selectedIndex];
    if (picked) return addTiles(picked);
    if (kind.value === "geojson") {
      const url = soundAddress(address.value);
      return addFeatures(url.pathname.split("/").pop() || url.hostname, await readInWorker(await fetchGeoJson(url)));
    }
    if (kind.value === "tiles" && address.value.includes("{")) {
      const tiles = tileTemplate(address.value);
      return addTiles({ name: "", title: new URL(tiles).hostname, tiles, attribution: "" });
    }
    const service = kind.value === "wms" ? "WMS" : "WMTS";
    const url = soundAddress(address.value);
    const stated = /\.xml$/i.test(url.pathname) ? url : capabilitiesAddress(url, service);
    const text = await fetchText(stated);
    offered = service === "WMS" ? wmsLayers(text, url) : wmtsLayers(text);
    if (offered.length === 1 && offered[0]) return addTiles(offered[0]);
    choice.replaceChildren(...offered.map((one) => new Option(one.title)));
    byId("own-choice").hidden = false;
    choice.focus();
    say("choose");
  }

  async function addTiles(one: Offered): Promise<void> {
    await probe(one.tiles);
    const added = add(view, one.title, { kind: "tiles", tiles: one.tiles, attribution: one.attribution || new URL(one.tiles).hostname });
    list();
    say("addedService", { name: added.title });
  }

  function list(): void {
    byId("own-none").hidden = layers.length > 0;
    byId("own-list").replaceChildren(
      ...layers.map((layer) => {
        const line = document.createElement("li");
        const title = document.createElement("span");
        title.className = "gp-own__title";
        title.textContent = layer.title;
        line.append(title);
        if (layer.content.kind === "features") {
          const { bounds } = layer.content.checked;
          line.append(button("⤢", word(words, "zoom", { name: layer.title }), () => view.map.fitBounds(bounds, { padding: 48, animate: false })));
        }
        line.append(
          button("×", word(words, "remove", { name: layer.title }), () => {
            remove(view, layer);
            list();
            say("removed", { name: layer.title });
            byId("own-message").focus();
          }),
        );
        return line;
      }),
    );
  }

  const onError = (event: { sourceId?: string }): void => {
    const layer = layers.find((one) => sourceOf(one) === event.sourceId);
    if (layer && byIdOrNull("own-message")) say("tilesFail", { name: layer.title }, true);
  };
  view.map.on("error", onError as (event: unknown) => void);
  return { close: () => view.map.off("error", onError as (event: unknown) => void) };
}

function byIdOrNull(id: string): HTMLElement | null {
  return document.getElementById(id);
}

/** Tells the map of the places in our layers. */
function attend(view: MapView, bench: Bench): void {
  if (attended === view) return;
  attended = view;
  const unnamed = word(bench.words, "unnamed");
  const heading = word(bench.words, "properties");
  view.finder.guests = {
    prefix: "tool/own-",
    name: (feature) => nameOf(feature.properties) || (layers.find((layer) => sourceOf(layer) === feature.source)?.title ?? unnamed),
    open: (place, feature) => show(view, place, feature.properties, heading, bench),
  };
}

function show(view: MapView, place: Place, properties: Record<string, unknown>, heading: string, bench: Bench): void {
  popup?.remove();
  const content = document.createElement("div");
  const title = document.createElement("h2");
  title.className = "govuk-heading-s";
  title.textContent = place.name;
  const list = document.createElement("dl");
  list.className = "gp-facts";
  list.setAttribute("aria-label", heading);
  for (const [name, value] of Object.entries(properties)) {
    const line = document.createElement("div");
    const term = document.createElement("dt");
    const detail = document.createElement("dd");
    // Text, whatever the file holds: nothing of it becomes mark-up.
    term.textContent = name;
    detail.textContent = String(value);
    line.append(term, detail);
    list.append(line);
  }
  content.append(title, list);
  popup = new Popup({ maxWidth: "20rem", className: "gp-own-popup", focusAfterOpen: true });
  popup.setLngLat(place.at).setDOMContent(content).addTo(view.map);
  bench.say(`${place.name}. ${content.innerText}`);
}

function add(view: MapView, title: string, content: Content): OwnLayer {
  number += 1;
  const layer = { id: `own-${number}`, title: title.slice(0, 120), content };
  layers.push(layer);
  draw(view, layer);
  return layer;
}

function remove(view: MapView, layer: OwnLayer): void {
  layers.splice(layers.indexOf(layer), 1);
  popup?.remove();
  const source = sourceOf(layer);
  for (const one of view.map.getStyle().layers) if ("source" in one && one.source === source) view.map.removeLayer(one.id);
  if (view.map.getSource(source)) view.map.removeSource(source);
}

function sourceOf(layer: OwnLayer): string {
  return `tool/${layer.id}`;
}

function draw(view: MapView, layer: OwnLayer): void {
  const { map } = view;
  const source = sourceOf(layer);
  if (layer.content.kind === "tiles") {
    const { tiles, attribution } = layer.content;
    map.addSource(source, { type: "raster", tiles: [tiles], tileSize: 256, attribution: escaped(attribution) });
    // Pictures of other sites lie below our layers, else they would hide them.
    map.addLayer({ id: `under/${layer.id}`, type: "raster", source }, view.lowest);
    return;
  }
  const colour = COLOURS[Number(layer.id.slice(4)) % COLOURS.length] ?? "#c2185b";
  map.addSource(source, { type: "geojson", data: layer.content.checked.data, generateId: true });
  map.addLayer({ id: `${source}/fill`, type: "fill", source, filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": colour, "fill-opacity": 0.3 } });
  map.addLayer({ id: `${source}/line`, type: "line", source, filter: ["!=", ["geometry-type"], "Point"], paint: { "line-color": colour, "line-width": 2.5 } });
  map.addLayer({
    id: `${source}/point`,
    type: "circle",
    source,
    filter: ["==", ["geometry-type"], "Point"],
    paint: { "circle-color": colour, "circle-radius": 6, "circle-stroke-color": "#ffffff", "circle-stroke-width": 1.5 },
  });
}

