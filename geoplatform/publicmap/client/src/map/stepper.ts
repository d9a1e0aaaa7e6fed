// The buttons that lead from place to place on the map, and the one between them that opens the place they have come to.
import type { Finder } from "./finder";
import { type Settings, byId } from "./settings";
import { type Place, inOrder, keyOf, step } from "./steps";
import { filled } from "./words";

interface Listeners {
  open(place: Place): void;
  /** A step has led to `place`; `text` is its name and its number among the places. */
  reached(place: Place, text: string): void;
  say(text: string): void;
  /** Resolves when the map has drawn what it is loading; null where it has. */
  loading(): Promise<void> | null;
}

export class Stepper {
  /** The places that steps go through, empty until the first step. */
  private places: Place[] = [];
  private more = false;
  private at = -1;
  /** The place that the middle button names and opens. */
  private named: Place | null = null;
  private readonly open = byId<HTMLButtonElement>("step-open");
  private readonly title = this.open.textContent ?? "";

  /** centre: the middle of the view, longitude and latitude. */
  constructor(
    private readonly finder: Finder,
    private readonly centre: () => [number, number],
    private readonly words: Settings["words"],
    private readonly listeners: Listeners,
  ) {
    byId("steps").hidden = false;
    byId("step-next").addEventListener("click", () => this.step(1));
    byId("step-previous").addEventListener("click", () => this.step(-1));
    this.open.addEventListener("click", () => {
      if (this.named) listeners.open(this.named);
    });
  }

  /** Begins anew with the next step: the view is another one. What the button names is still there to be opened. */
  renew(): void {
    this.places = [];
    this.at = -1;
  }

  /** Forgets where the steps have led: other places are shown. */
  forget(): void {
    this.renew();
    this.named = null;
    this.label(this.title);
  }

  /** Forgets a place that is on the map no more, once the map has drawn what it shows now. */
  check(): void {
    const named = this.named;
    if (!named) return;
    if (this.finder.all().some((place) => keyOf(place) === keyOf(named))) this.renew();
    else this.forget();
  }

  private step(by: 1 | -1): void {
    if (!this.places.length) ({ places: this.places, more: this.more } = inOrder(this.finder.all(), this.centre()));
    const loading = this.places.length ? null : this.listeners.loading();
    if (loading) {
      // "nothing here" would be wrong as long as places are on their way
      void loading.then(() => this.step(by));
      return;
    }
    this.at = step(this.at, by, this.places.length);
    this.named = this.places[this.at] ?? null;
    if (!this.named) {
      this.label(this.words.none);
      this.listeners.say(this.words.none);
      return;
    }
    const [place, all] = [this.at + 1, this.places.length];
    const text = `${this.named.name} (${this.more ? filled(this.words.ofMore, { place, all }) : `${place}/${all}`})`;
    this.label(text);
    this.open.setAttribute("aria-label", `${this.words.open}: ${text}`);
    this.listeners.reached(this.named, text);
  }

  private label(text: string): void {
    this.open.textContent = text;
    this.open.removeAttribute("aria-label");
    // A button that can't be pressed keeps no focus.
    if (!this.named && document.activeElement === this.open) byId("step-next").focus();
    this.open.disabled = !this.named;
  }
}
