/* What stands where an answer is to come, is empty, or failed. */
import type { ComponentChildren } from "preact";
import { ApiError } from "../api/client.ts";
import { visible } from "./visible.ts";

/** Nothing is there, and why. */
export function Empty({ children }: { children: ComponentChildren }) {
  return <div class="state">{children}</div>;
}

/** The first answer is on its way. */
export function Loading({ what = "Asking the daemon" }: { what?: string }) {
  return (
    <p class="state" role="status">
      {what} …
    </p>
  );
}

/** A call failed: what the daemon says, and a way to ask again. */
export function Failed({ error, again }: { error: Error; again?: (() => void) | undefined }) {
  return (
    <div class="state failed" role="alert">
      <p>{visible(error.message.replaceAll("\n", " "))}</p>
      <div class="row">
        {error instanceof ApiError && <code class="quiet">{error.code}</code>}
        {again !== undefined && (
          <button type="button" class="button" onClick={again}>
            Try again
          </button>
        )}
      </div>
    </div>
  );
}
