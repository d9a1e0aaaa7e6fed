// Lets the device keep the page for a blackout, after the page itself has been shown; on public pages only.

const PUBLIC = /^\/(en\/)?((map|facilities|offline)(\/|$)|$)/;

/** Registers the service worker and lets it bring the kept data up to date. Readers who save data keep them on the page itself. */
export function keepForBlackout(): void {
  if (!("serviceWorker" in navigator) || !PUBLIC.test(location.pathname)) return;
  const saving = (navigator as { connection?: { saveData?: boolean } }).connection?.saveData === true;
  if (saving && !location.pathname.includes("/offline/")) return;
  const idle = window.requestIdleCallback ?? ((work: () => void) => setTimeout(work, 2000));
  const register = (): void => {
    navigator.serviceWorker
      .register("/sw.js")
      .then(() => navigator.serviceWorker.ready)
      .then((registration) => registration.active?.postMessage("refresh"))
      .catch((error: unknown) => console.info("Nothing is kept for a blackout:", error));
  };
  if (document.readyState === "complete") idle(register);
  else window.addEventListener("load", () => idle(register));
}
