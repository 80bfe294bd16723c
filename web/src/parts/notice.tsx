// SPDX-License-Identifier: Apache-2.0
//
// What a page shows where its data would be: nothing yet, nothing at all, or why there is nothing and what to do.
import type { ComponentChildren } from "preact";
import { ApiError } from "../api";
import { formatAgo } from "../model/format";

interface NoticeProps {
  title: string;
  level?: "h1" | "h2";
  tone?: "plain" | "error";
  children?: ComponentChildren;
}

export function Notice({ title, level: Heading = "h2", tone = "plain", children }: NoticeProps) {
  return (
    <section class={`notice ${tone}`} role={tone === "error" ? "alert" : "status"}>
      <Heading>{title}</Heading>
      {children}
    </section>
  );
}

export function Loading({ what }: { what: string }) {
  return (
    <div class="loading" role="status">
      <span class="visually-hidden">Loading {what}</span>
      <div class="skeleton" />
      <div class="skeleton" />
      <div class="skeleton" />
      <div class="skeleton" />
    </div>
  );
}

/** What can be done about a failure of the API. `part` is what did not answer, behind the dashboard. */
function Remedy({ error, part }: { error: ApiError; part: string }) {
  switch (error.failure) {
    case "offline":
      return (
        <p>
          The dashboard itself does not answer. See whether <code>skerry dev</code> is still running in its terminal; this
          page tries again by itself.
        </p>
      );
    case "timeout":
      return <p>The {part} is slow or overloaded. This page tries again by itself.</p>;
    case "upstream":
      return (
        <p>
          The dashboard runs, and the {part} behind it does not answer. Its log says why; this page tries again by itself.
        </p>
      );
    case "refused":
      return <p>Change what the request asks for and try again.</p>;
    case "shape":
      return <p>The {part} answers something else than its API promises. Is a server of another kind at its address?</p>;
    default:
      return <p>The log of the {part} says more. This page tries again by itself.</p>;
  }
}

export function Failed({ error, part, retry }: { error: ApiError; part: string; retry: () => void }) {
  return (
    <Notice title={`The ${part} could not be read`} tone="error">
      <p class="reason">{error.message}</p>
      <Remedy error={error} part={part} />
      <button type="button" onClick={retry}>
        Try again now
      </button>
    </Notice>
  );
}

/** Above data that is still shown and no longer fresh. */
export function Stale({ error, updatedAt, now }: { error: ApiError; updatedAt: number; now: number }) {
  return (
    <p class="stale" role="alert">
      <strong>Not live.</strong> Last updated {formatAgo(now - updatedAt)}: {error.message}.
    </p>
  );
}
