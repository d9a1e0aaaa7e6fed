// Reads a GeoJSON text in a thread of its own, so that a large file leaves the page at the reader's command.
import { type Checked, Refusal, readGeoJson } from "./check";

export type Read = { ok: true; checked: Checked } | { ok: false; code: string; values: Record<string, string | number> };

addEventListener("message", (event: MessageEvent<string>) => {
  let answer: Read;
  try {
    answer = { ok: true, checked: readGeoJson(event.data) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    answer = { ok: false, code: error.code, values: error.values };
  }
  postMessage(answer);
});
