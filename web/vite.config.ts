// SPDX-License-Identifier: Apache-2.0
//
// Builds the page into dist/: index.html and assets/ with a hash in each name, so that a server may let browsers keep
// the assets for ever and asks for index.html to be checked each time. Nothing is inlined as a data: URL or as inline
// script or style, because the dashboard serves the page under `default-src 'self'`.
import { defineConfig } from "vitest/config";

const dashboard = process.env["SKERRY_DASHBOARD"] ?? "http://127.0.0.1:8000";

export default defineConfig({
  base: "/",
  esbuild: { jsx: "automatic", jsxImportSource: "preact" },
  build: {
    target: "es2022",
    cssTarget: ["chrome111", "firefox113", "safari15.4"],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: { host: "127.0.0.1", proxy: { "/api": dashboard } },
  test: { include: ["src/**/*.test.ts", "test/**/*.test.ts"] },
});
