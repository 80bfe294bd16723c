// SPDX-License-Identifier: Apache-2.0
//
// The tests of the built page in a real browser. They need Chromium (SKERRY_CHROMIUM, or `chromium` on the path).
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { include: ["test/page/*.page.ts"], testTimeout: 60_000, hookTimeout: 60_000, fileParallelism: false },
});
