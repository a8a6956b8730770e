/* How everything but MCP says over HTTP that it does not: JSON with a code of the catalogue, and what to do. */
import type { ErrorCode } from "../base/errors.ts";

export interface RefusalBody {
  error: { code: ErrorCode; message: string; data?: Record<string, unknown> | undefined };
}

export function refusalText(
  code: ErrorCode,
  message: string,
  data?: Record<string, unknown>,
): string {
  const body: RefusalBody = { error: { code, message, ...(data !== undefined && { data }) } };
  return `${JSON.stringify(body)}\n`;
}

/** An answer with an error in it. */
export function refusal(
  status: number,
  code: ErrorCode,
  message: string,
  options: { data?: Record<string, unknown> | undefined; headers?: Record<string, string> } = {},
): Response {
  const headers = { "Content-Type": "application/json", "Cache-Control": "no-store" };
  return new Response(refusalText(code, message, options.data), {
    status,
    headers: { ...headers, ...options.headers },
  });
}
