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
    // MapLibre alone is larger; it is loaded after the content, in a bundle of its own.
    chunkSizeWarningLimit: 1200,
    rollupOptions: {
      input: ["src/site/theme.ts", "src/site/site.ts", "src/map/map.ts"],
      output: {
        // MapLibre's worker is an .mjs file, which nginx's list of types does not know as a script.
        assetFileNames: (asset) =>
          asset.names[0]?.endsWith(".mjs") ? "assets/[name]-[hash].js" : "assets/[name]-[hash][extname]",
      },
    },
  },
  css: {
    // govuk-frontend carries one media query for Internet Explorer that is no CSS; leave such rules out.
    lightningcss: { errorRecovery: true },
    preprocessorOptions: { scss: { loadPaths: ["node_modules"], quietDeps: true } },
  },
});
