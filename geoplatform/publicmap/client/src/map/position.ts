// Where the reader is, if they want distances from there. It is rounded before it leaves the browser, travels in a request's
// header, and stands in no address: nothing remembers it when the page is left.
import { byId, type Settings } from "./settings";

/** Decimals of a degree: about a hundred metres. */
const DECIMALS = 3;
const PATIENCE = 15_000;

let position: string | null = null;

/** Returns the headers that tell the server where to measure from; none unless the reader has asked for it. */
export function positionHeaders(): Record<string, string> {
  return position ? { "Geoplatform-Position": position } : {};
}

/** Returns a position as the server reads it, rounded. */
export function rounded(longitude: number, latitude: number): string {
  return `${longitude.toFixed(DECIMALS)},${latitude.toFixed(DECIMALS)}`;
}

/** Offers the button that measures from where the reader is; `measured` is called when that is known. */
export function wirePosition(settings: Settings, say: (text: string) => void, measured: () => void): void {
  if (!("geolocation" in navigator)) return;
  offer();
  byId("filters-slot").addEventListener("click", (event) => {
    if (!(event.target instanceof Element) || !event.target.closest("#use-position")) return;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        position = rounded(coords.longitude, coords.latitude);
        // What was typed before is no longer meant.
        byId<HTMLInputElement>("from").value = "";
        document.querySelector("#filters-slot input[name=near]")?.remove();
        measured();
      },
      () => say(settings.words.locateDenied),
      { maximumAge: 60_000, timeout: PATIENCE },
    );
  });
}

/** Shows the filters as the server has written them, without taking the focus or a half-typed address away. */
export function showFilters(html: string): void {
  const slot = byId("filters-slot");
  const focused = document.activeElement instanceof HTMLElement && slot.contains(document.activeElement) ? document.activeElement : null;
  const open = new Set([...slot.querySelectorAll("details[open]")].map((element) => element.id));
  const fold = focused?.closest("details")?.id;
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  // A field that is being typed in stays as it is, with what was typed and where the cursor stands.
  const field = focused instanceof HTMLInputElement && focused.type !== "checkbox" ? focused : null;
  const twin = field?.id ? fresh.content.getElementById(field.id) : null;
  if (field && twin) replaceAround(slot, fresh.content, field, twin);
  else slot.replaceChildren(fresh.content);
  for (const details of slot.querySelectorAll("details")) details.open ||= open.has(details.id);
  offer();
  if (!focused || document.activeElement === focused) return;
  // What had the focus may be gone: the rectangle's box is, once it is taken away.
  const target = [focused.id, fold].map((id) => (id ? document.getElementById(id) : null)).find(Boolean);
  (target instanceof HTMLDetailsElement ? target.querySelector<HTMLElement>("summary") : target)?.focus({ preventScroll: true });
}

/** Makes `live` hold what `fresh` holds, except for `kept`, which stays where it is: in place of its `twin` in `fresh`. */
function replaceAround(live: ParentNode, fresh: ParentNode, kept: Element, twin: Element): void {
  const mine = [...live.children].find((child) => child.contains(kept));
  const its = [...fresh.children].find((child) => child.contains(twin));
  if (!mine || !its) return;
  const others = [...fresh.childNodes];
  const place = others.indexOf(its);
  for (const old of [...live.childNodes]) if (old !== mine) old.remove();
  mine.before(...others.slice(0, place));
  mine.after(...others.slice(place + 1));
  if (mine !== kept && its !== twin) replaceAround(mine, its, kept, twin);
}

function offer(): void {
  const button = document.getElementById("use-position");
  if (button) button.hidden = false;
}
