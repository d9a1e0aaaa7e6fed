// The pane with one place's card: opened from the list or the map, with the focus taken there and brought back.
import { positionHeaders } from "./position";
import { type Bounds, type Settings, byId } from "./settings";

export interface PlaceRef {
  layer: string;
  id: string;
}

interface Listeners {
  open(place: PlaceRef, point: [number, number] | null, bounds: Bounds | null): void;
  closed(): void;
  /** No card could be had; `told` is what the server says of it, null when it did not answer. */
  failed(told: string | null): void;
}

export class CardPane {
  private readonly pane = byId("card");
  private readonly browse = byId("browse");
  private place: PlaceRef | null = null;
  private back: HTMLElement | null = null;
  private scroll = { page: 0, panel: 0 };
  private readonly panel = byId("panel");
  private readonly title = document.title;

  constructor(
    private readonly settings: Settings,
    private readonly listeners: Listeners,
  ) {}

  get isOpen(): boolean {
    return this.place !== null;
  }

  /** Takes over the card that the server has put into the page, if any. */
  adopt(place: PlaceRef | null): void {
    if (!place || this.pane.hidden) return;
    this.place = place;
    this.browse.hidden = true;
  }

  /** Tells the map of the open card again, e.g. once the map has loaded. */
  reselect(): void {
    if (this.place) this.listeners.open(this.place, this.point(), this.bounds());
  }

  /** Opens the card of `place`, or closes it for null; does nothing when it is so already. */
  show(place: PlaceRef | null): void {
    if (place?.layer === this.place?.layer && place?.id === this.place?.id) return;
    if (place) void this.open(place);
    else this.close();
  }

  private async open(place: PlaceRef): Promise<void> {
    if (!this.place) {
      this.back = document.activeElement instanceof HTMLElement ? document.activeElement : null;
      this.scroll = { page: window.scrollY, panel: this.panel.scrollTop };
    }
    this.place = place;
    let html = "";
    let told: string | null = null;
    try {
      // with the whole question of the list beside it, so that the card measures as the list does
      const address = `${this.settings.map}${place.layer}/${encodeURIComponent(place.id)}/card/${location.search}`;
      const response = await fetch(address, { headers: positionHeaders() });
      html = await response.text();
      if (!response.ok) {
        // The server's words, e.g. that the place is gone; a page of something between it and us says nothing of the place.
        if ((response.headers.get("content-type") ?? "").startsWith("text/plain")) told = html.trim() || null;
        throw new Error(`status ${response.status}`);
      }
    } catch (error) {
      if (this.place !== place) return; // another one was opened meanwhile, or none is wanted any more
      console.error("The card can't be loaded:", error);
      if (this.pane.hidden) this.place = null;
      else this.close(); // the card before must not pass for the one that was asked for
      this.listeners.failed(told);
      return;
    }
    if (this.place !== place) return;
    this.pane.innerHTML = html;
    this.pane.setAttribute("aria-labelledby", "card-title");
    this.pane.hidden = false;
    this.browse.hidden = true;
    const heading = this.pane.querySelector<HTMLElement>("#card-title");
    document.title = `${heading?.textContent ?? ""} – ${this.title}`;
    heading?.focus({ preventScroll: true });
    this.panel.scrollTo({ top: 0 });
    if (window.scrollY > 0) this.panel.scrollIntoView({ block: "start" });
    this.listeners.open(place, this.point(), this.bounds());
  }

  private close(): void {
    this.place = null;
    this.pane.hidden = true;
    this.pane.removeAttribute("aria-labelledby");
    this.pane.replaceChildren();
    this.browse.hidden = false;
    document.title = this.title;
    window.scrollTo({ top: this.scroll.page });
    this.panel.scrollTo({ top: this.scroll.panel });
    const target = this.back?.isConnected && this.back.offsetParent !== null ? this.back : byId("results");
    target.focus({ preventScroll: true });
    this.back = null;
    this.listeners.closed();
  }

  private numbers(name: "point" | "bounds"): number[] | null {
    const text = this.pane.querySelector<HTMLElement>(".gp-card")?.dataset[name];
    const numbers = text?.split(",").map(Number);
    return numbers && numbers.every(Number.isFinite) ? numbers : null;
  }

  private point(): [number, number] | null {
    const numbers = this.numbers("point");
    return numbers?.length === 2 ? (numbers as [number, number]) : null;
  }

  private bounds(): Bounds | null {
    const numbers = this.numbers("bounds");
    return numbers?.length === 4 ? (numbers as Bounds) : null;
  }
}
