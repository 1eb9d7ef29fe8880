// Scripts against the browsers that docs/public-page.md names (the list is "browserslist" in package.json): syntax, globals and
// methods that the oldest of them lacks are errors. Style is nobody's business here.

import compat from "eslint-plugin-compat";
import esx from "eslint-plugin-es-x";

// What Chromium 107, Firefox 115 and Safari 17 all have of the language is that of 2022; of later years only what a rule lets through.
const LANGUAGE = 2022;

export default [
  { ignores: ["**/vendor/", "**/node_modules/", "var/", ".venv/", "build/"] },
  {
    files: ["**/static/**/*.js"],
    languageOptions: { ecmaVersion: LANGUAGE, sourceType: "module" },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    plugins: { compat, "es-x": esx },
    // "aggressive": methods are told by their names alone, as no types are known.
    settings: { "es-x": { aggressive: true } },
    rules: {
      ...esx.configs["flat/restrict-to-es2022"].rules,
      "compat/compat": "error",
    },
  },
];
