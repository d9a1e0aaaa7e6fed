// Which places lie on the map, and which of them is meant by a point on it.
import type { Map as LibreMap, MapGeoJSONFeature } from "maplibre-gl";
import type { LayerInfo } from "./settings";
import { type Place, anchorOf } from "./steps";
import { ownerOf } from "./style";

/** How near to a finger or the pointer a place counts as meant, in px. */
const REACH = 12;

/** Features of a tool's own that can be pointed at. prefix: of their style layers' ids. */
export interface Guests {
  prefix: string;
  name(feature: MapGeoJSONFeature): string;
  open(place: Place, feature: MapGeoJSONFeature): void;
}

export class Finder {
  guests: Guests | null = null;
  private readonly guestFeatures = new WeakMap<Place, MapGeoJSONFeature>();

  /** owner: the layer of that id if it is drawn. */
  constructor(
    private readonly map: LibreMap,
    private readonly owner: (id: string) => LayerInfo | undefined,
  ) {}

  /** Returns every place in view. */
  all(): Place[] {
    return this.features().flatMap((feature) => this.place(feature) ?? []);
  }

  /** Returns the place that a point of the canvas means, or null. */
  nearest(point: { x: number; y: number }): Place | null {
    const found = this.features([
      [point.x - REACH, point.y - REACH],
      [point.x + REACH, point.y + REACH],
    ]);
    // A point or a line was meant rather than the area it lies in; an area only when the pointer is in it.
    const narrow = found.find((feature) => !feature.geometry.type.endsWith("Polygon"));
    const inside = narrow ?? this.features([[point.x, point.y], [point.x, point.y]])[0];
    const place = inside ? this.place(inside) : null;
    if (place && !narrow) {
      const at = this.map.unproject([point.x, point.y]);
      place.at = [at.lng, at.lat];
    }
    return place;
  }

  /** Opens a place of a tool's own; false when it is none. */
  openGuest(place: Place): boolean {
    const feature = this.guestFeatures.get(place);
    if (!feature || !this.guests) return false;
    this.guests.open(place, feature);
    return true;
  }

  private features(box?: [[number, number], [number, number]]): MapGeoJSONFeature[] {
    const prefix = this.guests?.prefix;
    // Not by getStyle(), which copies the whole style: this is asked with every move of the pointer.
    const layers = this.map.getLayersOrder().filter((id) => this.owner(ownerOf(id)) || (prefix && id.startsWith(prefix)));
    return box ? this.map.queryRenderedFeatures(box, { layers }) : this.map.queryRenderedFeatures({ layers });
  }

  private place(feature: MapGeoJSONFeature): Place | null {
    const at = anchorOf(feature.geometry);
    if (!at) return null;
    if (this.guests && feature.layer.id.startsWith(this.guests.prefix)) {
      const place = { layer: feature.source, id: String(feature.id), name: this.guests.name(feature), at };
      this.guestFeatures.set(place, feature);
      return place;
    }
    const info = this.owner(ownerOf(feature.layer.id));
    const id: unknown = feature.properties["id"];
    if (!info || typeof id !== "string") return null;
    const name = info.name.map((column): unknown => feature.properties[column]).find((value) => typeof value === "string" && value);
    return { layer: info.id, id, name: typeof name === "string" ? name : info.title, at };
  }
}
