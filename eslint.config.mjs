import js from "@eslint/js";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["node_modules/**", "dist/**", ".keelson/**", "images/**"] },
  js.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      // A component is constructed for what it registers; its value is often not needed.
      "no-new": "off",
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true },
      ],
    },
  },
  {
    files: ["**/*.{mjs,cjs}"],
    languageOptions: {
      globals: {
        ...{ Buffer: "readonly", URL: "readonly", console: "readonly", process: "readonly" },
        ...{ clearTimeout: "readonly", setTimeout: "readonly" },
      },
    },
  },
  {
    // Runs in a browser.
    files: ["page/*.js"],
    languageOptions: {
      globals: {
        DOMParser: "readonly",
        document: "readonly",
        fetch: "readonly",
        location: "readonly",
        setInterval: "readonly",
        setTimeout: "readonly",
      },
    },
  },
);
