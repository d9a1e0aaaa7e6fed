import { defineConfig } from "vite";

// The bundles are hashed by content and named in manifest.json, which geoplatform/portal/assets.py reads.
export default defineConfig({
  base: "./",
  publicDir: false,
  build: {
    outDir: "../static/publicmap/dist",
    emptyOutDir: true,
    manifest: "manifest.json",
    target: "es2022",
    cssCodeSplit: true,
    rollupOptions: { input: ["src/site/theme.ts", "src/site/site.ts", "src/map/map.ts"] },
  },
  css: {
    preprocessorOptions: { scss: { loadPaths: ["node_modules"], quietDeps: true } },
  },
});
