import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [svelte()],
  clearScreen: false,
  server: { port: 5173, strictPort: true },
  build: {
    // WebKitGTK 2.40 and every browser of the last years know light-dark() only from here on.
    target: "safari17.5",
    sourcemap: false,
    // Fonts stay files: the content security policy allows no data: URL for them.
    assetsInlineLimit: 0,
  },
});
