// SPDX-License-Identifier: Apache-2.0
//
// Serves the built page with made-up data, to look at: npm run mock
import { MockServer } from "./server";

const port = Number(process.env["PORT"] ?? 8000);
console.log(`ready ${await new MockServer().listen(port)}`);
