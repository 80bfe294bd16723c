// SPDX-License-Identifier: Apache-2.0
//
// The few pictures of the page. They are decoration: what they mean stands beside them as text.

export function Logo() {
  return (
    <svg class="logo" viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">
      <path d="M5 20 12 9l4 5 3-4 8 10z" fill="currentColor" />
      <path
        d="M4 25q3-3 6 0t6 0 6 0 6 0"
        fill="none"
        stroke="currentColor"
        stroke-width="2.2"
        stroke-linecap="round"
        opacity="0.6"
      />
    </svg>
  );
}

export function Chevron({ open }: { open: boolean }) {
  return (
    <svg class={open ? "chevron open" : "chevron"} viewBox="0 0 10 10" width="10" height="10" aria-hidden="true">
      <path d="M3 1.5 7 5 3 8.5" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" />
    </svg>
  );
}

export function ErrorMark({ hollow = false }: { hollow?: boolean }) {
  return (
    <svg class="error-mark" viewBox="0 0 14 14" width="14" height="14" aria-hidden="true">
      <circle cx="7" cy="7" r="5.6" fill={hollow ? "none" : "currentColor"} stroke="currentColor" stroke-width="1.4" />
      <path d="M7 3.8v4" stroke={hollow ? "currentColor" : "var(--surface)"} stroke-width="1.6" stroke-linecap="round" />
      <circle cx="7" cy="10" r="0.9" fill={hollow ? "currentColor" : "var(--surface)"} />
    </svg>
  );
}
