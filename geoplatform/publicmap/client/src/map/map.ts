// The public map's page. The server has written the list already; this adds the map and saves reloading the page.
import "./map.scss";
import { formAddress, listAddress, placeOf, withBox, withPlace } from "./address";
import { CardPane } from "./card";
import { positionHeaders, showFilters, wirePosition } from "./position";
import { wirePictures } from "./pictures";
import { type Bounds, type Results, byId, readSettings } from "./settings";
import { ToolPanel } from "./tools/panel";
import { wireTree } from "./tree";
import type { MapView } from "./view";

const settingsElement = document.getElementById("map-settings");
if (settingsElement) start();

function notice(text: string): HTMLElement {
  const element = document.createElement("p");
  element.className = "gp-notice gp-notice--error";
  element.textContent = text;
  return element;
}

function start(): void {
  const settings = readSettings();
  const page = byId("map-page");
  const form = byId<HTMLFormElement>("query");
  const results = byId("results");
  const spoken = byId("spoken");
  const status = byId("map-status");
  const wide = matchMedia("(min-width: 56em) and (min-height: 30em)");
  let view: Promise<MapView | null> | null = null;
  let latest: Results | null = null;
  let asked: AbortController | null = null;
  let listShown = listAddress(location.search);

  const say = (text: string): void => {
    spoken.textContent = text;
  };
  /** Says what went wrong, where the reader looks: above the list, or on the map where that alone is shown. */
  const fault = (text: string): void => {
    say(text);
    for (const old of results.querySelectorAll(":scope > .gp-notice--error:not([role])")) old.remove();
    const told = notice(text);
    results.insertAdjacentElement("afterbegin", told);
    if (page.classList.contains("gp-shows-map")) {
      status.hidden = false;
      status.textContent = text;
    } else told.scrollIntoView({ block: "nearest" });
  };
  const card = new CardPane(settings, {
    open: (place, point, bounds) => void view?.then((map) => map?.select(place, point, bounds)),
    closed: () => void view?.then((map) => map?.select(null)),
    failed: (told) => fault(told ?? settings.words.offline),
  });

  const tools = new ToolPanel(settings, async () => (await view) ?? null, say);

  /** Loads the map once, after the content. A browser that can't draw it keeps the list. */
  function showMap(): void {
    if (view) {
      void view.then((map) => map?.resize());
      return;
    }
    byId("map").hidden = false;
    view = import("./view")
      .then(({ MapView }) => MapView.create(settings, { open: (place) => go(withPlace(location.search, place)), say }))
      .then((map) => {
        if (latest) map.show(latest);
        else if (settings.filtered) void refresh(location.search, { quiet: true });
        card.reselect();
        void tools.offer(map);
        byId("search-here").hidden = false;
        return map;
      })
      .catch((error: unknown) => {
        console.error("The map can't be drawn:", error);
        byId("map").hidden = true;
        status.hidden = false;
        status.textContent = settings.words.failed;
        return null;
      });
  }

  /** Asks the server for the list and the map's set, and shows them. A newer question stops an older one. */
  async function refresh(address: string, options: { quiet?: boolean; fit?: boolean } = {}): Promise<void> {
    asked?.abort();
    const own = new AbortController();
    asked = own;
    results.setAttribute("aria-busy", "true");
    try {
      const response = await fetch(settings.results + listAddress(address), { signal: own.signal, headers: positionHeaders() });
      if (!(response.headers.get("content-type") ?? "").includes("json")) throw new Error(`status ${response.status}`);
      latest = (await response.json()) as Results;
      listShown = listAddress(address);
      if (latest.instead !== null && !options.quiet) {
        listShown = listAddress(latest.instead);
        history.replaceState(null, "", location.pathname + latest.instead + location.hash);
        syncForm(latest.layers);
      }
      if (!options.quiet) {
        results.innerHTML = latest.html;
        const slot = byId("categories-slot");
        if (!slot.contains(document.activeElement)) slot.innerHTML = latest.categories;
        showFilters(latest.filters);
        byId("layers-chosen").textContent = latest.chosen;
        say(latest.summary);
      }
      void view?.then((map) => map?.show(latest!, options.fit));
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") return;
      console.error("The list can't be loaded:", error);
      fault(settings.words.offline);
    } finally {
      // A newer question keeps the list busy.
      if (asked === own) results.removeAttribute("aria-busy");
    }
  }

  /** Goes to another state of the page: the address first, then what it shows. */
  function go(address: string, options: { replace?: boolean; fit?: boolean } = {}): void {
    const url = location.pathname + address + location.hash;
    if (options.replace) history.replaceState(null, "", url);
    else history.pushState(null, "", url);
    follow(options.fit);
  }

  /** Shows what the address says. */
  function follow(fit = false): void {
    if (listAddress(location.search) !== listShown) void refresh(location.search, { fit });
    card.show(placeOf(location.search));
    for (const link of document.querySelectorAll<HTMLAnchorElement>(".gp-languages a")) link.search = location.search;
  }

  /** shown: the layers that are shown when the address names none. */
  function syncForm(shown = settings.chosen): void {
    const parameters = new URLSearchParams(location.search);
    byId<HTMLInputElement>("words").value = parameters.get("q") ?? "";
    const layers = new Set(parameters.has("layer") || parameters.has("chosen") ? parameters.getAll("layer") : shown);
    const categories = new Set(parameters.getAll("category"));
    for (const box of form.querySelectorAll<HTMLInputElement>("input[type=checkbox]")) {
      if (box.name === "layer" || box.name === "category") box.checked = (box.name === "layer" ? layers : categories).has(box.value);
    }
  }

  function formQuery(): string {
    return formAddress(new FormData(form));
  }

  function switchView(toMap: boolean): void {
    page.classList.toggle("gp-shows-map", toMap);
    byId("view-list").setAttribute("aria-pressed", String(!toMap));
    byId("view-map").setAttribute("aria-pressed", String(toMap));
    if (toMap) showMap();
    else window.scrollTo({ top: 0 });
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    go(formQuery(), { fit: true });
  });
  form.addEventListener("change", (event) => {
    const field = event.target;
    const chosen = field instanceof HTMLInputElement ? ["checkbox", "datetime-local"].includes(field.type) && field.name !== "asof" : field instanceof HTMLSelectElement;
    if (chosen) go(formQuery());
  });
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element) || event.defaultPrevented || event.button !== 0) return;
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const link = event.target.closest("a");
    if (!link) return;
    const { layer, id, page } = link.dataset;
    if (layer && id) go(withPlace(location.search, { layer, id }));
    else if (page) {
      go(new URL(link.href).search);
      byId("results").focus();
      byId("results").scrollIntoView({ block: "start" });
    } else if ("closeCard" in link.dataset) go(withPlace(location.search, null));
    else return;
    event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && card.isOpen && !event.defaultPrevented) go(withPlace(location.search, null));
  });
  window.addEventListener("popstate", () => {
    syncForm();
    follow();
  });
  byId("view-list").addEventListener("click", () => switchView(false));
  byId("view-map").addEventListener("click", () => switchView(true));
  byId("search-here").addEventListener("click", () => {
    void view?.then((map) => map && go(withBox(formQuery(), map.map.getBounds().toArray().flat() as Bounds)));
  });
  wide.addEventListener("change", () => {
    if (wide.matches) showMap();
  });

  wireTree(say);
  wirePictures(() => {
    if (!wide.matches) switchView(true);
    void view?.then((map) => map?.follow());
  });
  wirePosition(settings, say, () => {
    const address = formQuery();
    if (listAddress(address) === listShown) void refresh(address, { fit: true });
    else go(address, { fit: true });
  });
  byId("views").hidden = false;
  card.adopt(placeOf(location.search));
  // After the content: the list is painted first.
  if (wide.matches) requestAnimationFrame(() => setTimeout(showMap));
}
