// What every page of the portal needs: style sheet, components, the appearance switch, the language links.
import { ServiceNavigation, SkipLink, createAll } from "govuk-frontend";
import "./site.scss";
import { wireAppearance } from "./appearance";
import { endAnnouncements } from "./banner";
import { suggest } from "./suggest";
import { wireCopying } from "./copy";
import { keepForBlackout } from "./kept";

document.body.classList.add("js-enabled", "govuk-frontend-supported");
createAll(SkipLink);
createAll(ServiceNavigation);
document.documentElement.classList.remove("gp-folded");
wireAppearance();

for (const input of document.querySelectorAll<HTMLInputElement>("#home-words, #search-words, #words")) {
  suggest(input, document.documentElement.lang);
}
wireCopying();
endAnnouncements();
keepForBlackout();

const proving = document.querySelector<HTMLFormElement>("form[data-proof]");
if (proving) void import("./proof").then(({ wireProof }) => wireProof(proving));

// The map keeps its view in the fragment, which the server never sees: carry it to the other language.
for (const link of document.querySelectorAll<HTMLAnchorElement>("a[data-keep-hash]")) {
  link.addEventListener("click", () => {
    link.hash = location.hash;
  });
}
