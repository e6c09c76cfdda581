/** Builds the React shop as a site would: no plugin, the wrapper straight from its file. */
export default {
  base: "./",
  esbuild: { jsx: "automatic" },
  resolve: { dedupe: ["react", "react-dom"] },
  build: { minify: false, modulePreload: false, emptyOutDir: true },
};
