/* Small trees and texts for the tests of the page: ordinary ones, and those that somebody hostile would make. */

const steps = Array.from(
  { length: 12 },
  (_, at) => `/** Step ${at + 1} of the long procedure: numbered, and told one by one. */
export function step${at + 1}OfProcedure(state: State): State {
  const next = { ...state, step: ${at + 1} };
  next.log.push("step ${at + 1} of the procedure is done");
  if (next.step > state.limit) {
    throw new RangeError("the procedure has no step ${at + 1}");
  }
  const pieces = next.log.map((line, number) => [number, line] as const);
  for (const [number, line] of pieces) {
    next.seen.set(number, line);
  }
  return next;
}
`,
).join("\n");

export const smallTree: Record<string, string> = {
  "src/retry.ts": `/** Waits longer after each attempt: exponential backoff, with a bound. */
export function backoffDelay(attempt: number, mostMs = 30_000): number {
  const delayMs = 100 * 2 ** attempt;
  return Math.min(delayMs, mostMs);
}

/** Sends a request, and retries it when it fails. */
export async function withRetries<T>(send: () => Promise<T>, times = 5): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await send();
    } catch (error) {
      if (attempt + 1 >= times) throw error;
      await new Promise((resolve) => setTimeout(resolve, backoffDelay(attempt)));
    }
  }
}
`,
  "src/ledger.ts": `/** The quarterly ledger: what was paid, and the balance of each account. */
export class QuarterlyLedger {
  #balances = new Map<string, number>();

  /** Adds an amount to the balance of an account. */
  book(account: string, cents: number): void {
    this.#balances.set(account, (this.#balances.get(account) ?? 0) + cents);
  }

  balanceOf(account: string): number {
    return this.#balances.get(account) ?? 0;
  }
}
`,
  "src/long.ts": `interface State {\n  step: number;\n  limit: number;\n  log: string[];\n  seen: Map<number, string>;\n}\n\n${steps}`,
  "py/client.py": `"""A client that waits between attempts, with exponential backoff."""
import time


def backoff_delay(attempt, most=30.0):
    """Seconds to wait before the next attempt."""
    return min(0.1 * 2 ** attempt, most)


def send_with_backoff(send, times=5):
    for attempt in range(times):
        try:
            return send()
        except OSError:
            time.sleep(backoff_delay(attempt))
    raise OSError("no answer")
`,
  "go/backoff.go": `package backoff

import "time"

// Delay is how long to wait before an attempt: exponential backoff.
func Delay(attempt int) time.Duration {
	delay := 100 * time.Millisecond << attempt
	if delay > 30*time.Second {
		return 30 * time.Second
	}
	return delay
}
`,
  "test/retry.test.ts": `import { backoffDelay } from "../src/retry.ts";

test("the backoff delay doubles", () => {
  expect(backoffDelay(1)).toBe(2 * backoffDelay(0));
});
`,
  "README.md":
    "# App\n\nRequests are retried with exponential backoff. The ledger is booked each quarter.\n",
};

/** What a page that made markup of it would run. */
export const hostile =
  '<img src=x onerror="window.hostileRan=1"><script>window.hostileRan=1</script>"\'`><svg/onload=window.hostileRan=1><b>javascript:window.hostileRan=1</b> \u202ereversed\u202c';

export const hostileTree: Record<string, string> = {
  'src/<img src=x onerror="window.hostileRan=1">.ts': `/** A hostile payload in a name, and in a backoff delay. */
export function payloadOfName(): string {
  return "hostile payload";
}
`,
  "src/javascript:window.hostileRan=1.ts": `/** A hostile payload that would be a link. */
export const hostilePayloadLink = "javascript:window.hostileRan=1";
`,
  "src/\u202egnp.exe.ts": `/** A hostile payload whose name turns round. */
export const hostilePayloadName = 1;
`,
  "src/payload.ts": `/** A hostile payload: ${hostile.replaceAll("*/", "")} */
export function hostilePayload(): string {
  // </script><script>window.hostileRan=1</script><img src=x onerror=window.hostileRan=1>
  const access\u202e = "user\u2066// hostile payload\u2069";
  return access\u202e;
}
`,
  "src/payload.html":
    "<!-- hostile payload --><script>window.hostileRan=1</script><img src=x onerror=window.hostileRan=1><b>payload</b>\n",
};
