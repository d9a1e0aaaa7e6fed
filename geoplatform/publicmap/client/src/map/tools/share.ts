// The present view as a short link with a QR code, as the full address, and as code for another site's page.
import { wireCopying } from "../../site/copy";
import { byId } from "../settings";
import { word } from "../words";
import type { Bench, OpenTool } from "./panel";

export async function start(bench: Bench): Promise<OpenTool> {
  const { settings, words } = bench;
  const view = location.pathname + location.search + location.hash;
  const embed = `${location.origin}${settings.map}-/embed/${location.search}${location.hash}`;
  byId<HTMLInputElement>("share-long").value = location.origin + view;
  byId<HTMLTextAreaElement>("share-embed").value = embedCode(embed, document.title);
  wireCopying();
  await shorten();

  async function shorten(): Promise<void> {
    const status = byId("share-status");
    const field = byId<HTMLInputElement>("share-short");
    try {
      const response = await fetch(`${settings.map}-/short-link/`, { method: "POST", body: new URLSearchParams({ target: view }) });
      const answer = (await response.json()) as { address?: string; picture?: string; error?: string };
      if (!response.ok || !answer.address || !answer.picture) {
        status.textContent = word(words, answer.error === "often" || answer.error === "long" ? answer.error : "failed");
        return;
      }
      field.value = answer.address;
      const picture = byId<HTMLImageElement>("share-qr");
      picture.src = answer.picture;
      picture.hidden = false;
      status.textContent = word(words, "made");
    } catch (error) {
      console.error("The short link can't be made:", error);
      status.textContent = word(words, "failed");
    }
  }

  return {};
}

/** Returns the mark-up that shows the address in a frame; whatever the address and title hold stays inside their quotes. */
export function embedCode(address: string, title: string): string {
  const quoted = (text: string): string =>
    text.replace(/[&"<>]/g, (character) => `&#${character.charCodeAt(0)};`);
  return `<iframe src="${quoted(address)}" title="${quoted(title)}" width="100%" height="480" loading="lazy" style="border:0"></iframe>`;
}
