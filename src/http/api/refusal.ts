/* What a request is refused with before a call is made, and how every failure is told: a status, and an error of the catalogue. */
import { type ErrorCode, HaypileError, isErrorCode } from "../../base/errors.ts";
import { log } from "../../base/log.ts";
import { statusOf } from "./status-of.ts";

/** Refused for what the request is, not by the call: the status is its own. */
export class Refusal extends HaypileError {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    message: string,
    more: {
      code?: ErrorCode | undefined;
      data?: Record<string, unknown> | undefined;
      headers?: Record<string, string> | undefined;
    } = {},
  ) {
    super(more.code ?? "HAYPILE_USAGE", message, { data: more.data });
    this.status = status;
    this.headers = more.headers ?? {};
  }
}

/** Characters. A message may repeat what came, and that may be millions. */
const longestMessage = 4_000;

/** As it stands in an answer; nothing in it says where in the program it was thrown. */
export interface ErrorBody {
  error: { code: ErrorCode; message: string; data: Record<string, unknown> };
}

/** What failed in a way that nobody foresaw is told in the log, and here only that it did. */
export function errorBody(error: unknown): ErrorBody {
  if (HaypileError.isInstance(error) && isErrorCode(error.code)) {
    const message = error.message.slice(0, longestMessage);
    return { error: { code: error.code, message, data: { ...error.data } } };
  }
  log("error", `REST: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  const message = "This failed for a reason inside Haypile; the details are in the daemon's log.";
  return { error: { code: "HAYPILE_INTERNAL", message, data: {} } };
}

/** The answer to a request that failed. */
export function failure(error: unknown): Response {
  const body = errorBody(error);
  const status = error instanceof Refusal ? error.status : statusOf[body.error.code];
  return json(body, status, {
    ...(status === 503 && { "Retry-After": "1" }),
    ...(error instanceof Refusal && error.headers),
  });
}

/** Every answer that is no stream. What is undefined is null; numbers that are none are null as well. */
export function json(
  value: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(`${JSON.stringify(value ?? null)}\n`, {
    status,
    headers: { "Content-Type": "application/json", ...plainHeaders, ...headers },
  });
}

/** Nothing of it is kept by anybody on the way, or taken for something else. */
export const plainHeaders = {
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
} as const;
