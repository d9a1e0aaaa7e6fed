import { defineConfig } from "vite";
import { icons } from "./build/icons";
import { maplibre } from "./build/maplibre";

// The bundles are hashed by content and named in manifest.json, which geoplatform/portal/assets.py reads.
export default defineConfig({
  base: "./",
  publicDir: false,
  plugins: [maplibre(), icons()],
  // As MapLibre's sources are written: a field that is only declared must not hide the one that its base class has filled.
  oxc: { typescript: { removeClassFieldsWithoutInitializer: true }, assumptions: { setPublicClassFields: true } },
  build: {
    outDir: "../static/publicmap/dist",
    emptyOutDir: true,
    manifest: "manifest.json",
    target: "es2022",
    cssCodeSplit: true,
    // MapLibre alone is larger; it is loaded after the content, in a bundle of its own.
    chunkSizeWarningLimit: 1200,
    rollupOptions: {
      input: ["src/site/theme.ts", "src/site/site.ts", "src/map/map.ts", "src/map/print.ts", "src/map/embed.ts", "src/compare/compare.ts", "src/offline/offline.ts", "src/offline/worker.ts"],
    },
  },
  css: {
    // govuk-frontend carries one media query for Internet Explorer that is no CSS; leave such rules out.
    lightningcss: { errorRecovery: true },
    preprocessorOptions: { scss: { loadPaths: ["node_modules"], quietDeps: true } },
  },
});
