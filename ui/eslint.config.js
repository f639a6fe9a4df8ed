import svelte from "eslint-plugin-svelte";
import globals from "globals";
import tseslint from "typescript-eslint";
import svelteConfig from "./svelte.config.js";

const oneHost = {
  patterns: [
    {
      group: ["@tauri-apps/*"],
      message: "Only src/lib/host/tauri.ts knows the desktop; speak to the Host instead.",
    },
  ],
};

export default tseslint.config(
  { ignores: ["dist/", "node_modules/", "src/lib/contract/generated/"] },
  ...tseslint.configs.strict,
  ...svelte.configs["flat/recommended"],
  {
    languageOptions: { globals: { ...globals.browser } },
    rules: {
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "no-restricted-imports": ["error", oneHost],
      "no-console": "error",
      eqeqeq: "error",
      "max-lines": ["error", { max: 400, skipBlankLines: false }],
      "max-lines-per-function": ["error", { max: 60, skipComments: true, IIFEs: true }],
    },
  },
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: {
      parserOptions: { parser: tseslint.parser, extraFileExtensions: [".svelte"], svelteConfig },
    },
    rules: {
      "max-lines": ["error", { max: 250 }],
      "svelte/no-at-html-tags": "error",
      "svelte/require-each-key": "error",
      "svelte/button-has-type": "error",
      "svelte/no-target-blank": "error",
      "svelte/valid-compile": ["error", { ignoreWarnings: false }],
      // The router is a fragment of the address; there is no SvelteKit to resolve links.
      "svelte/no-navigation-without-resolve": "off",
    },
  },
  { files: ["src/lib/host/tauri.ts"], rules: { "no-restricted-imports": "off" } },
  {
    files: ["tests/**", "fixtures/**", "*.config.*"],
    languageOptions: { globals: { ...globals.node } },
    rules: { "max-lines-per-function": "off", "@typescript-eslint/no-non-null-assertion": "off" },
  },
);
