// The panel of a map tool: its content comes from the server in the reader's language, its script only when it is first used.
import type { MapView } from "../view";
import { anyKept, followOthers } from "../own/session";
import { type Settings, byId } from "../settings";
import type { Words } from "../words";

/** What a tool may use. say: reads a text aloud to users of screen readers. */
export interface Bench {
  view: MapView;
  settings: Settings;
  panel: HTMLElement;
  words: Words;
  say(text: string): void;
}

/** A tool that is open. `close` gives back what it took of the map; what the reader has made stays. */
export interface OpenTool {
  close?(): void;
}

type Start = (bench: Bench) => OpenTool | Promise<OpenTool>;

const STARTS: Record<string, () => Promise<{ start: Start }>> = {
  layers: () => import("./layers"),
  own: () => import("./own"),
  draw: () => import("./draw"),
  share: () => import("./share"),
};

export class ToolPanel {
  private readonly panel = byId("tool");
  private readonly menu = byId("tools");
  private readonly toggle = byId<HTMLButtonElement>("tools-toggle");
  private readonly list = byId("tools-list");
  private readonly clear = byId<HTMLButtonElement>("tool-clear");
  private readonly notice = byId("tools-notice");
  private opened: { name: string; tool: OpenTool | null } | null = null;

  constructor(
    private readonly settings: Settings,
    private readonly map: () => Promise<MapView | null>,
    private readonly say: (text: string) => void,
  ) {
    this.toggle.addEventListener("click", () => this.expand(Boolean(this.list.hidden)));
    for (const button of this.list.querySelectorAll<HTMLButtonElement>("[data-tool]")) {
      button.addEventListener("click", () => void this.open(button.dataset["tool"] ?? ""));
    }
    byId("tool-print").addEventListener("click", () => {
      location.href = `${settings.map}-/print/${location.search}${location.hash}`;
    });
    this.clear.addEventListener("click", () => void this.removeAll());
    followOthers();
    this.panel.addEventListener("click", (event) => {
      if (event.target instanceof Element && event.target.closest("[data-close-tool]")) this.close();
    });
    // The innermost thing that is open closes first.
    this.menu.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !this.list.hidden) this.stop(event, () => this.expand(false, true));
    });
    this.panel.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.stop(event, () => this.close());
    });
  }

  /** Offers the tools, once there is a map to use them on, which shows again what the reader has drawn and added in this tab. */
  async offer(view: MapView): Promise<void> {
    if (anyKept()) await this.restore(view);
    this.menu.hidden = false;
  }

  private async restore(view: MapView): Promise<void> {
    try {
      const { restore } = await import("../own/restoring");
      const { titles, shapes } = await restore(view, this.say);
      const { left = "", leftShapes = "" } = this.menu.dataset;
      const missing = [...titles, ...(shapes ? [`${leftShapes} ${shapes}`] : [])];
      if (missing.length) this.tell(`${left} ${missing.join("; ")}`);
    } catch (error) {
      console.error("What was drawn and added can't be shown again:", error);
      this.tell(this.settings.words.offline);
    }
  }

  /** Removes all that the reader has drawn and added, from the map and from this tab. */
  private async removeAll(): Promise<void> {
    const { sure = "", cleared = "" } = this.menu.dataset;
    if (!confirm(sure)) return;
    this.leave();
    this.expand(false, true);
    try {
      const [view, { clear }] = await Promise.all([this.map(), import("../own/restoring")]);
      if (!view) throw new Error("there is no map");
      await clear(view);
      this.tell(cleared);
    } catch (error) {
      console.error("What was drawn and added can't be removed:", error);
      this.tell(this.settings.words.offline);
    }
  }

  private tell(text: string): void {
    this.notice.hidden = false;
    this.notice.textContent = text;
  }

  private stop(event: KeyboardEvent, act: () => void): void {
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  private expand(open: boolean, back = false): void {
    this.list.hidden = !open;
    if (open) {
      this.notice.hidden = true;
      this.clear.parentElement!.hidden = !anyKept();
    }
    this.toggle.setAttribute("aria-expanded", String(open));
    if (back) this.toggle.focus();
  }

  private async open(name: string): Promise<void> {
    const start = STARTS[name];
    if (!start) return;
    this.expand(false);
    this.leave();
    const own = { name, tool: null as OpenTool | null };
    this.opened = own;
    this.panel.setAttribute("aria-busy", "true");
    try {
      const [view, module, html] = await Promise.all([this.map(), start(), this.fetchPanel(name)]);
      if (this.opened !== own) return; // another one was asked for meanwhile
      if (!view) throw new Error("there is no map");
      this.panel.innerHTML = html;
      this.panel.hidden = false;
      const words = JSON.parse(byId("tool-words").textContent ?? "{}") as Words;
      own.tool = await module.start({ view, settings: this.settings, panel: this.panel, words, say: this.say });
      byId("tool-title").focus();
    } catch (error) {
      console.error(`The tool ${name} can't be opened:`, error);
      this.opened = null;
      this.panel.hidden = true;
      this.say(this.settings.words.offline);
      const status = byId("map-status");
      status.hidden = false;
      status.textContent = this.settings.words.offline;
      this.toggle.focus();
    } finally {
      this.panel.removeAttribute("aria-busy");
    }
  }

  private async fetchPanel(name: string): Promise<string> {
    const response = await fetch(`${this.settings.map}-/tools/${name}/${location.search}`);
    if (!response.ok) throw new Error(`status ${response.status}`);
    return response.text();
  }

  private leave(): void {
    this.opened?.tool?.close?.();
    this.opened = null;
    this.panel.hidden = true;
    this.panel.replaceChildren();
  }

  private close(): void {
    this.leave();
    this.toggle.focus();
  }
}
