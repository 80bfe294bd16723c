// SPDX-License-Identifier: Apache-2.0
import { render } from "preact";
import { App } from "./app";
import "./style/base.css";
import "./style/controls.css";
import "./style/services.css";
import "./style/traces.css";
import "./style/waterfall.css";
import "./style/span_details.css";
import "./style/lineage.css";

render(<App />, document.getElementById("page")!);
