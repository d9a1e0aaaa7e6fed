// Sets the chosen appearance before the first paint; loaded in the head, so it must stay tiny and self-contained.
(() => {
  try {
    const chosen = localStorage.getItem("appearance");
    if (chosen === "light" || chosen === "dark" || chosen === "contrast") document.documentElement.dataset["theme"] = chosen;
  } catch (error) {
    // Storage may be forbidden in private windows; the device's own preference then stands.
    console.info("The chosen appearance can't be read:", error);
  }
})();
