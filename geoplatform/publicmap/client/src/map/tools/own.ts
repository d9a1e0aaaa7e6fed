// Layers of the reader's own: files that stay in the browser and services of other sites.
import { type Checked, Refusal } from "../own/check";
import { type Kind, mostMegabytes, readFile, readText } from "../own/files";
import { add, attend, keep, layers, remove, sourceOf } from "../own/layers";
import { withZoom } from "../own/padded";
import { type Offered, capabilitiesAddress, fetchFile, fetchText, probe, soundAddress, tileTemplate, wmsLayers } from "../own/services";
import { wmtsLayers } from "../own/wmts";
import { byId } from "../settings";
import { word } from "../words";
import { button } from "./button";
import type { Bench, OpenTool } from "./panel";

const MOST = 10;

export function start(bench: Bench): OpenTool {
  const { view, words, panel } = bench;
  const say = (name: string, values: Record<string, string | number> = {}, fault = false): void => {
    const message = byId("own-message");
    message.hidden = false;
    message.classList.toggle("gp-notice--error", fault);
    message.textContent = word(words, name, values);
  };
  attend(view, bench.say);
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
      if (error instanceof Refusal) say(error.code, error.values, true);
      else {
        console.error("The data can't be shown:", error);
        say("failed", {}, true);
      }
    } finally {
      panel.removeAttribute("aria-busy");
    }
  }

  function addFeatures(name: string, checked: Checked): void {
    const added = add(view, name, { kind: "features", checked });
    view.map.fitBounds(checked.bounds, { padding: 48, maxZoom: 16, animate: false });
    list();
    say("added", { name: added.title, count: checked.data.features.length });
    if (keep().includes(added)) say("notKept", { name: added.title });
  }

  async function addService(): Promise<void> {
    const picked = offered[choice.selectedIndex];
    if (picked) return addTiles(picked);
    if (["geojson", "kml", "gpx"].includes(kind.value)) {
      const form = kind.value as Kind;
      const url = soundAddress(address.value);
      const text = await fetchFile(url, mostMegabytes(form));
      return addFeatures(url.pathname.split("/").pop() || url.hostname, await readText(text, form));
    }
    if (kind.value === "tiles" && address.value.includes("{")) {
      const tiles = tileTemplate(address.value);
      return addTiles({ name: "", title: new URL(tiles).hostname, tiles, attribution: "" });
    }
    const service = kind.value === "wms" ? "WMS" : "WMTS";
    const url = soundAddress(address.value);
    const stated = /\.xml$/i.test(url.pathname) ? url : capabilitiesAddress(url, service);
    const text = await fetchText(stated);
    offered = service === "WMS" ? wmsLayers(text, url) : wmtsLayers(text, url);
    if (offered.length === 1 && offered[0]) return addTiles(offered[0]);
    choice.replaceChildren(...offered.map((one) => new Option(one.title)));
    byId("own-choice").hidden = false;
    choice.focus();
    say("choose");
  }

  async function addTiles(one: Offered): Promise<void> {
    await probe(one.tiles, one.zooms?.[0], view.map.getCenter().toArray());
    const attribution = one.attribution || new URL(one.tiles).hostname;
    const added = add(view, one.title, { kind: "tiles", tiles: withZoom(one.tiles), attribution, zooms: one.zooms });
    list();
    keep();
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
            keep();
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
