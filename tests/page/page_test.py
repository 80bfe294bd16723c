# SPDX-License-Identifier: Apache-2.0
"""Runs the tests of the dashboard's page: page_test.py WEB_DIRECTORY logic|page. The logic needs Node and what `npm ci`
installs; the page, which is tested in a browser with made-up data, must be built, and needs Chromium as well. Where
something is missing it says what, and ends with 77, which ctest takes for skipped."""

import os
import pathlib
import shutil
import subprocess
import sys

SKIPPED = 77
ARGUMENTS = {"logic": [], "page": ["--config", "vitest.page.config.ts"]}


def missing(web, tests):
    """What the tests need and is not there, in words; nothing if all is."""
    if shutil.which("node") is None:
        return "there is no Node"
    if not (web / "node_modules" / "vitest").is_dir():
        return "the page's packages are not installed: npm ci in web/"
    if tests == "page":
        if shutil.which(os.environ.get("SKERRY_CHROMIUM", "chromium")) is None:
            return "there is no Chromium: SKERRY_CHROMIUM, or chromium on the path"
        if not (web / "dist" / "index.html").is_file():
            return "the page is not built: npm run build in web/"
    return None


def main():
    web, tests = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2]
    reason = missing(web, tests)
    if reason:
        print(f"skipped: {reason}")
        return SKIPPED
    # Not by npm: `npm run test:page` builds first, and would take the page away from under others.
    vitest = web / "node_modules" / "vitest" / "vitest.mjs"
    return subprocess.run(["node", str(vitest), "run", *ARGUMENTS[tests]], cwd=web, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
