// The page of a comparison. Its list is complete without scripts; this adds the map with two sides, loaded after the content.
import "./compare.scss";
import { type SwipeSettings, withShare } from "./share";

const element = document.getElementById("swipe-settings");
const section = document.getElementById("swipe");
if (element?.textContent && section) start(JSON.parse(element.textContent) as SwipeSettings, section);

function start(settings: SwipeSettings, section: HTMLElement): void {
  if (!settings.bases && !settings.left.length && !settings.right.length) return;
  const pair = document.getElementById("pair");
  section.hidden = false;
  if (pair) pair.hidden = true;
  withShare(settings);
  import("./swipe")
    .then(({ drawBoth }) => drawBoth(settings))
    .catch((error: unknown) => {
      console.error("The map can't be drawn:", error);
      section.hidden = true;
      if (pair) pair.hidden = false;
      section.insertAdjacentElement("afterend", failure(settings.words.failed));
    });
}

function failure(text: string): HTMLElement {
  const notice = document.createElement("p");
  notice.className = "gp-notice";
  notice.setAttribute("role", "status");
  notice.textContent = text;
  return notice;
}
