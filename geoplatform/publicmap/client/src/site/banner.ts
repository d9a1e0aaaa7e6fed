// An announcement goes when its time is over, also from a page that stays open.

/** Hides what carries `data-ends` at that moment. A time too far for a timer is left to the next visit. */
export function endAnnouncements(): void {
  for (const banner of document.querySelectorAll<HTMLElement>("[data-ends]")) {
    const left = Date.parse(banner.dataset["ends"] ?? "") - Date.now();
    if (left < 2 ** 31) setTimeout(() => (banner.hidden = true), Math.max(left, 0));
  }
}
