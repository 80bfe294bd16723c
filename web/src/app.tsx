// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef } from "preact/hooks";
import { useRoute, useTitle } from "./hooks";
import type { Route } from "./model/route";
import { ServicesPage } from "./pages/services_page";
import { TracePage } from "./pages/trace_page";
import { TracesPage } from "./pages/traces_page";
import { Header } from "./parts/header";
import { Notice } from "./parts/notice";

export function App() {
  const route = useRoute();
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  const place = route.page === "trace" ? `trace ${route.id}` : route.page;
  useEffect(() => {
    // A new page is read from its beginning, also by a screen reader; the first one is where the browser put it.
    if (!first.current) {
      main.current?.focus({ preventScroll: true });
      scrollTo(0, 0);
    }
    first.current = false;
  }, [place]);
  return (
    <>
      <a class="skip-link" href="#main" onClick={(event) => skip(event, main.current)}>
        Skip to the content
      </a>
      <Header page={route.page} />
      <main id="main" ref={main} tabIndex={-1}>
        <Page route={route} />
      </main>
    </>
  );
}

// The address behind the # is the route, so the link must not go there.
function skip(event: Event, target: HTMLElement | null): void {
  event.preventDefault();
  target?.focus();
}

function Page({ route }: { route: Route }) {
  switch (route.page) {
    case "services":
      return <ServicesPage />;
    case "traces":
      return <TracesPage query={route.query} />;
    case "trace":
      return <TracePage key={route.id} id={route.id} view={route.view} />;
    case "unknown":
      return <UnknownPage hash={route.hash} />;
  }
}

function UnknownPage({ hash }: { hash: string }) {
  useTitle("Not found");
  return (
    <Notice title="There is no such page" level="h1">
      <p>
        <code>{hash}</code> leads nowhere. Go to the <a href="#/services">services</a> or search the{" "}
        <a href="#/traces">traces</a>.
      </p>
    </Notice>
  );
}
