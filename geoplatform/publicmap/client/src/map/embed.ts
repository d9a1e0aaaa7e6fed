// The map alone in another site's frame.
import "./map.scss";
import { endAnnouncements } from "../site/banner";
import { byId, readSettings } from "./settings";
import { MapView } from "./view";

document.body.classList.add("js-enabled");
endAnnouncements();
const settings = readSettings();
byId("map").hidden = false;
byId<HTMLAnchorElement>("embed-whole").hash = location.hash;
MapView.create(settings, {
  open: (place) => window.open(`${settings.map}${place.layer}/${encodeURIComponent(place.id)}/`, "_blank", "noopener"),
  say: (text) => {
    byId("spoken").textContent = text;
  },
})
  .then((view) => {
    view.map.on("moveend", () => {
      byId<HTMLAnchorElement>("embed-whole").hash = location.hash;
    });
  })
  .catch((error: unknown) => {
    console.error("The map can't be drawn:", error);
    byId("map").hidden = true;
    const status = byId("map-status");
    status.hidden = false;
    status.textContent = settings.words.failed;
  });
