// What must stand before the first paint: the chosen appearance, and a folded menu on phones. Loaded in the head: keep it tiny.
(() => {
  try {
    const chosen = localStorage.getItem("appearance");
    if (chosen === "light" || chosen === "dark" || chosen === "contrast") document.documentElement.dataset["theme"] = chosen;
  } catch (error) {
    // Storage may be forbidden in private windows; the device's own preference then stands.
    console.info("The chosen appearance can't be read:", error);
  }

  // A menu folded only when site.ts runs would move all below it. Should that script not come, the menu opens again.
  const root = document.documentElement;
  root.classList.add("gp-folded");
  addEventListener("load", () => root.classList.remove("gp-folded"));
})();
