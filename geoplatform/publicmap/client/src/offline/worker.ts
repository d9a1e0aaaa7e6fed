// The service worker: keeps the page for a blackout and opens it when the server does not answer. It stands alone: no imports.
//
// Its scope is the whole site, since a reader in a blackout opens the address they know. But it touches only visits of the public
// pages named here, and the files that it keeps itself; all else goes to the network as if there were no worker: nothing of a
// signed-in person is ever kept, and no answer of the server is replaced while the server answers.
export {};

interface Shell {
  version: string;
  files: string[];
  pages: { uk: string; en: string };
  data: string;
}

declare const self: {
  SHELL: Shell;
  location: Location;
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void> };
  addEventListener(name: string, listener: (event: WorkerEvent) => void): void;
};

interface WorkerEvent {
  request: Request;
  data: unknown;
  waitUntil(work: Promise<unknown>): void;
  respondWith(answer: Promise<Response>): void;
}

const shell = self.SHELL;
const SHELL_PREFIX = "gp-offline-shell-";
const NAME = SHELL_PREFIX + shell.version;
const DATA = "gp-offline-data";
const MAP = "gp-offline-map";
const CHECKED = "x-geoplatform-checked";
const PATIENCE = 6000;
/** The copy is asked for again by other pages' visits at most this often (ms). */
const AGE = 30 * 60_000;
/** Public pages whose visits end on the kept page when the server does not answer. */
const PUBLIC = /^\/(en\/)?((map|facilities|offline|search)(\/|$)|$)/;

const files = new Set([...shell.files, shell.pages.uk, shell.pages.en]);

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(NAME)
      .then((cache) => cache.addAll([...files].map((name) => new Request(name, { cache: "no-cache", credentials: "omit" }))))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name.startsWith(SHELL_PREFIX) && name !== NAME).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("message", (event) => {
  if (event.data === "refresh") event.waitUntil(refresh());
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (event.request.mode === "navigate") {
    if (PUBLIC.test(url.pathname)) event.respondWith(visit(event.request, url.pathname.startsWith("/en/")));
  } else if (url.pathname.startsWith("/static/")) {
    if (files.has(url.pathname)) event.respondWith(keptFirst(event.request, url.pathname));
    else if (url.pathname.includes("/dist/assets/")) event.respondWith(networkFirst(event.request, url.pathname));
  }
});

/**
 * Answers a visit by the server; by the kept page when the server is away, or slower than PATIENCE. Who then loads the page again
 * wants the server's own: it is waited for as long as the browser waits, so that a slow line leads there too.
 */
async function visit(request: Request, english: boolean): Promise<Response> {
  try {
    const again = request.cache === "no-cache" || request.cache === "reload";
    const answer = await (again ? fetch(request) : within(fetch(request)));
    if (answer.status < 502) return answer;
    return (await kept(english)) ?? answer;
  } catch (error) {
    const page = await kept(english);
    if (page) return page;
    throw error;
  }
}

function kept(english: boolean): Promise<Response | undefined> {
  return caches.open(NAME).then((cache) => cache.match(english ? shell.pages.en : shell.pages.uk));
}

async function keptFirst(request: Request, path: string): Promise<Response> {
  return (await (await caches.open(NAME)).match(path)) ?? fetch(request);
}

/** The map's bundle: named by its content, so the copy is as good; but the worker did not keep it, the reader did. */
async function networkFirst(request: Request, path: string): Promise<Response> {
  try {
    return await fetch(request);
  } catch (error) {
    const copy = await (await caches.open(MAP)).match(path);
    if (copy) return copy;
    throw error;
  }
}

/** Brings the kept data up to date when they are older than AGE; a server that does not answer changes nothing. */
async function refresh(): Promise<void> {
  const cache = await caches.open(DATA);
  const copy = await cache.match(shell.data);
  if (copy && Date.now() - Date.parse(copy.headers.get(CHECKED) ?? "") < AGE) return;
  try {
    const answer = await within(fetch(shell.data, { cache: "no-cache", credentials: "omit" }));
    if (!answer.ok) return;
    const headers = { "content-type": "application/json", [CHECKED]: new Date().toISOString() };
    await cache.put(shell.data, new Response(await answer.blob(), { headers }));
  } catch (error) {
    console.info("The kept data stay as they are:", error);
  }
}

function within(answer: Promise<Response>): Promise<Response> {
  return Promise.race([
    answer,
    new Promise<never>((_, refuse) => setTimeout(() => refuse(new Error("the server is slow")), PATIENCE)),
  ]);
}
