// SPDX-License-Identifier: Apache-2.0
import { ColorBook, type Memory } from "../model/color";

function browserMemory(): Memory | null {
  try {
    return localStorage;
  } catch {
    // The browser is set to keep nothing.
    return null;
  }
}

/** The colours of all pages. */
export const serviceColors = new ColorBook(browserMemory());
