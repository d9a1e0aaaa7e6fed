// The page for a blackout: shows what the device has kept, says how old it is, and asks the server when there is one.
import { type Kept, type Language, type Place, decode, distance, direction, filled, matching, nameOf, nearest, openAt, said, trustOf } from "./data";
import type { OfflineMap } from "./ground";
import { type Copy, keepMap, keptArchives, mapKept, readCopy, update } from "./store";

interface Settings {
  language: Language;
  /** The page's own address: at any other one it stands for the page that could not be had. */
  page: string;
  data: string;
  place: string;
  community: [number, number, number, number];
  map: string[];
  words: Record<string, string>;
}

const PAGE = 30;
const OLD = 24 * 3600;

const byId = <T extends HTMLElement = HTMLElement>(id: string): T => document.getElementById(id) as T;
const settings = JSON.parse(byId("offline-settings").textContent ?? "") as Settings;
const { language, words } = settings;
let kept: Kept | null = null;
let copy: Copy | null = null;
let here: [number, number] | null = null;
let shown = PAGE;
let map: OfflineMap | null = null;

const word = (name: string, values: Record<string, string | number> = {}): string => filled(words[name] ?? name, values);
const now = (): number => Date.now() / 1000;
const clock = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short", timeZone: "Europe/Kyiv" });
const time = (epoch: number): string => clock.format(epoch * 1000);

function age(epoch: number): string {
  const minutes = Math.max(0, Math.round((now() - epoch) / 60));
  if (minutes < 90) return word("minute", { count: minutes });
  return minutes < 48 * 60 ? word("hour", { count: Math.round(minutes / 60) }) : word("day", { count: Math.round(minutes / 1440) });
}

function element<K extends keyof HTMLElementTagNameMap>(tag: K, className = "", text = ""): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

/** Takes up a copy; one that can't be read is as none. */
function take(found: Copy | null): void {
  if (!found) return;
  try {
    kept = decode(found.raw);
    copy = found;
  } catch (error) {
    console.warn("The kept copy can't be used:", error);
  }
}

function tellStatus(state: "kept" | "fresh" | "failed"): void {
  const status = byId("offline-status");
  if (!kept || !copy) {
    status.textContent = word("none");
    return;
  }
  const checked = copy.checked.getTime() / 1000;
  const parts = [word("asof", { time: time(checked), age: age(checked) })];
  if (state === "fresh") parts.push(word("fresh"));
  else parts.push(navigator.onLine && state === "failed" ? word("failed") : navigator.onLine ? "" : word("offline"));
  if (now() - checked > OLD) parts.push(word("old"));
  status.textContent = parts.filter(Boolean).join(" ");
}

function showBanners(): void {
  // The page itself was kept with the announcements of that moment.
  for (const old of document.querySelectorAll(".gp-banner")) old.remove();
  byId("offline-banners").replaceChildren(
    ...(kept?.banners ?? [])
      .filter((banner) => banner.until > now())
      .map((banner) => {
        const box = element("div", `gp-banner gp-banner--${banner.severity}`);
        box.append(element("p", "gp-banner__title", `${word(banner.severity)} ${said(banner.title, language)}`));
        if (banner.text) box.append(element("p", "", said(banner.text, language)));
        box.append(element("p", "gp-banner__time", word("until", { time: time(banner.until) })));
        return box;
      }),
  );
}

function stateLine(place: Place, document: Kept): HTMLElement {
  const trust = trustOf(place, document, now());
  const state = place.state;
  if (!state || trust === "unknown") return element("span", "gp-list__line gp-state gp-state--unknown", word("unknown"));
  if (trust === "own") return element("span", "gp-list__line gp-state gp-state--care", `${said(document.words[state.own ?? -1], language)} (${word("own")})`);
  if (trust === "ended") return element("span", "gp-list__line gp-state gp-state--unknown", word("ended"));
  const bad = document.serving_no.includes(state.code ?? "");
  const line = element("span", `gp-list__line gp-state gp-state--${bad ? "bad" : trust === "fresh" && state.code === "open" ? "good" : "care"}`);
  const known = state.known ?? 0;
  line.append(element("strong", "", said(document.words[state.title ?? -1], language)), `, ${word("known", { time: time(known), age: age(known) })}`);
  if (trust === "stale") line.append(`. ${word("stale")}`);
  return line;
}

function details(place: Place, document: Kept): string[] {
  const lines: string[] = [];
  if (place.kind !== null) lines.push(said(document.words[place.kind], language));
  if (place.address) lines.push(place.address);
  if (here && place.lon !== null && place.lat !== null) {
    const metres = distance(here, [place.lon, place.lat]);
    const far = metres < 1000 ? word("metres", { count: Math.round(metres / 10) * 10 }) : word("kilometres", { count: (metres / 1000).toFixed(1) });
    lines.push(word("direction", { distance: far, direction: word("compass").split("|")[direction(here, [place.lon, place.lat])] ?? "" }));
  }
  const hours = place.open === null ? null : openAt(document.open[place.open], document.made, now());
  if (hours?.open) lines.push(word("openNow", { time: time(hours.change ?? 0) }));
  else if (hours) lines.push(hours.change === null ? word("closed") : word("opens", { time: time(hours.change) }));
  else if (place.hours) lines.push(word("hours", { hours: place.hours }));
  const wheels = { yes: "wheelchairYes", limited: "wheelchairLimited", no: "wheelchairNo" }[place.wheelchair ?? ""];
  if (wheels) lines.push(word(wheels));
  const note = (language === "en" ? place.state?.note_en : null) ?? place.state?.note;
  if (note && trustOf(place, document, now()) !== "ended") lines.push(note);
  if (place.state?.source) lines.push(word("toldBy", { source: place.state.source }));
  return lines;
}

function item(place: Place, document: Kept, index: number): HTMLLIElement {
  const row = element("li", "gp-list__item");
  row.id = `place-${index}`;
  row.tabIndex = -1;
  row.append(element("strong", "gp-list__name", nameOf(place, document, language)));
  if (place.demo) row.append(" ", element("strong", "govuk-tag govuk-tag--yellow gp-demo-tag", word("demo")));
  row.append(stateLine(place, document));
  for (const line of details(place, document)) row.append(element("span", "gp-list__line", line));
  for (const phone of (place.phone ?? "").split(";").map((part) => part.trim()).filter((part) => /^[+0-9][0-9 ()-]{1,30}$/.test(part))) {
    const link = element("a", "govuk-link gp-target", word("call", { phone }));
    link.href = `tel:${phone.replace(/[^+0-9]/g, "")}`;
    row.append(link, " ");
  }
  if (place.lon !== null && place.lat !== null) {
    const link = element("a", "govuk-link gp-target", word("navigate"));
    link.href = `geo:${place.lat},${place.lon}`;
    row.append(link);
  }
  const layer = document.layers[place.layer]?.id;
  const entrances = layer === "shelters" ? document.entrances.filter((entrance) => entrance[0] === place.id) : [];
  if (entrances.length) {
    const list = element("ul", "govuk-list");
    for (const [, kind, where, stepFree] of entrances) {
      const step = stepFree === null ? "" : ` – ${word(stepFree ? "stepFree" : "steps")}`;
      list.append(element("li", "", `${said(kind, language)}${step}${where ? `: ${where}` : ""}`));
    }
    row.append(element("span", "gp-list__line", `${word("entrances")}:`), list);
  }
  return row;
}

function found(): Place[] {
  if (!kept) return [];
  const layer = byId<HTMLSelectElement>("offline-layer").value;
  const all = matching(kept, byId<HTMLInputElement>("offline-words").value, layer === "" ? null : Number(layer));
  return here ? nearest(all, here) : all;
}

function render(): void {
  const document_ = kept;
  if (!document_) return;
  const places = found();
  byId("offline-found").textContent = places.length ? word("found", { count: places.length }) : word("nothing");
  byId("offline-list").replaceChildren(...places.slice(0, shown).map((place, index) => item(place, document_, index)));
  byId("offline-more").hidden = places.length <= shown;
  byId("offline-empty").replaceChildren(
    ...document_.layers
      .filter((layer) => layer.note && layer.life)
      .map((layer) => element("div", "gp-notice gp-notice--life", `${said(layer.title, language)}: ${word("noData")}`)),
  );
  map?.show(
    places.slice(0, 2000).flatMap((place, index) =>
      place.lon === null || place.lat === null
        ? []
        : [{ at: [place.lon, place.lat] as [number, number], bad: document_.serving_no.includes(place.state?.code ?? ""), index }],
    ),
    here,
  );
}

function renderAll(state: "kept" | "fresh" | "failed"): void {
  tellStatus(state);
  showBanners();
  const chosen = byId<HTMLSelectElement>("offline-layer");
  const before = chosen.value;
  chosen.replaceChildren(chosen.options[0]!, ...(kept?.layers ?? []).map((layer, index) => new Option(said(layer.title, language), String(index))));
  chosen.value = before;
  render();
}

async function ask(): Promise<void> {
  byId("offline-status").textContent = word("updating");
  try {
    take(await update(settings.data));
    renderAll("fresh");
    await offerMap();
  } catch (error) {
    console.info("The server does not answer:", error);
    renderAll("failed");
  }
}

async function offerMap(): Promise<void> {
  if (!kept || !("caches" in globalThis)) return;
  const button = byId<HTMLButtonElement>("offline-keep");
  const there = await mapKept(settings.map, kept.archives);
  button.hidden = there;
  byId("offline-kept").textContent = there ? word("savedMap") : "";
  const bytes = kept.archives.reduce((sum, archive) => sum + archive.bytes, 1_300_000);
  button.textContent = word("saveMap", { size: (bytes / 1_000_000).toFixed(1) });
}

async function keep(): Promise<void> {
  if (!kept) return;
  try {
    await keepMap(settings.map, kept.archives);
    await navigator.storage?.persist?.();
    await offerMap();
    byId("offline-found").focus();
  } catch (error) {
    console.warn("The map can't be kept:", error);
    byId("offline-kept").textContent = word("saveFailed");
  }
}

async function openMap(): Promise<void> {
  const container = byId("offline-map");
  const open = container.hidden;
  container.hidden = !open;
  byId("offline-map-open").setAttribute("aria-expanded", String(open));
  if (!open || map || !kept) return;
  try {
    const [{ OfflineMap }, archives] = await Promise.all([import("./ground"), keptArchives(kept.archives)]);
    map = await OfflineMap.create(container, archives, settings.community, words, (index) => {
      if (index >= shown) {
        shown = index + 1;
        render();
      }
      byId(`place-${index}`).focus();
    });
    render();
  } catch (error) {
    console.warn("The map can't be drawn:", error);
    container.hidden = true;
    byId("offline-map-open").setAttribute("aria-expanded", "false");
    byId("offline-spoken").textContent = word("noMap");
    byId("offline-kept").textContent = word("noMap");
  }
}

function locate(): void {
  const spoken = byId("offline-kept");
  spoken.textContent = word("locating");
  navigator.geolocation.getCurrentPosition(
    (position) => {
      here = [position.coords.longitude, position.coords.latitude];
      shown = PAGE;
      render();
      spoken.textContent = word("located");
      byId("offline-found").focus();
    },
    () => (spoken.textContent = word("denied")),
    // Satellites need no network, but more time.
    { enableHighAccuracy: true, timeout: 20_000, maximumAge: 300_000 },
  );
}

async function start(): Promise<void> {
  byId("offline-app").hidden = false;
  byId("offline-instead").hidden = location.pathname === settings.page;
  byId("offline-again").addEventListener("click", () => {
    byId("offline-waiting").textContent = word("again");
    location.reload();
  });
  byId("offline-more").textContent = word("more");
  byId("offline-status").textContent = word("loading");
  byId("offline-words").addEventListener("input", () => {
    shown = PAGE;
    render();
  });
  byId("offline-layer").addEventListener("change", () => {
    shown = PAGE;
    render();
  });
  byId("offline-near").addEventListener("click", locate);
  byId("offline-update").addEventListener("click", () => void ask());
  byId("offline-keep").addEventListener("click", () => void keep());
  byId("offline-map-open").addEventListener("click", () => void openMap());
  byId("offline-more").addEventListener("click", () => {
    const first = shown;
    shown += PAGE;
    render();
    document.getElementById(`place-${first}`)?.focus();
  });
  window.addEventListener("online", () => void ask());
  window.addEventListener("offline", () => renderAll("kept"));
  take(await readCopy(settings.data));
  if (kept) renderAll("kept");
  await ask();
}

void start();
