// The storage of this tab, which keeps what the reader has drawn and added while they print, change the language or load the page again.
// Nothing of it is sent anywhere, and it is gone when the tab is closed.

export const DRAWN = "geoplatform-drawn";
export const OWN = "geoplatform-own";

export type Store = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** Returns the session's storage, or null where the reader's browser lets no site keep anything. */
export function session(): Store | null {
  try {
    return globalThis.sessionStorage;
  } catch (error) {
    console.warn("This browser keeps nothing for a site:", error);
    return null;
  }
}

/** Whether anything is kept; tells it without reading it all. */
export function anyKept(store: Store | null = session()): boolean {
  return Boolean(store?.getItem(DRAWN) || store?.getItem(OWN));
}

/** Removes everything that was kept. */
export function forget(store: Store | null = session()): void {
  write(store, DRAWN, null);
  write(store, OWN, null);
}

/** Writes a text, or removes it; false when the browser has no room for it. */
export function write(store: Store | null, name: string, text: string | null): boolean {
  try {
    if (text === null) store?.removeItem(name);
    else if (!store) return false;
    else store.setItem(name, text);
    return true;
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    console.warn("The browser keeps no more:", error);
    store?.removeItem(name);
    return false;
  }
}

/** Has the page load again when the browser brings it back as it was, but another page has changed or removed since what is kept. */
export function followOthers(): void {
  const now = (): (string | null)[] => [DRAWN, OWN].map((name) => session()?.getItem(name) ?? null);
  let before = now();
  addEventListener("pagehide", () => {
    before = now();
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted && now().some((text, index) => text !== before[index])) location.reload();
  });
}
