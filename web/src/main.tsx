// SPDX-License-Identifier: Apache-2.0
import { render } from "preact";
import { App } from "./app";
import "./style/base.css";
import "./style/services.css";
import "./style/traces.css";
import "./style/waterfall.css";

render(<App />, document.getElementById("page")!);
