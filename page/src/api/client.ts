/* Asks the daemon: one function for every call of /api/v1. */
import { refused, sessionToken } from "./session.ts";

/** What the daemon says when a call fails: a code of its catalogue, and words that say what to do. */
export class ApiError extends Error {
  readonly code: string;
  readonly data: Record<string, unknown>;

  constructor(code: string, message: string, data: Record<string, unknown> = {}) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

/**
 * @param path below /api/v1: "code/search", "memories/update", "daemon/stats"
 * @param said arguments and options of the call by name
 * @param headers beside those that every call has
 */
export async function ask<Answer>(
  path: string,
  said: Record<string, unknown> = {},
  signal?: AbortSignal,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const answer = await fetch(`/api/v1/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers, ...authorization() },
    body: JSON.stringify(said),
    ...(signal !== undefined && { signal }),
  });
  if (answer.status === 401) refused();
  const body = (await answer.json()) as {
    error?: { code: string; message: string; data?: Record<string, unknown> };
  };
  if (!answer.ok) {
    const { code = "HAYPILE_INTERNAL", message = answer.statusText, data } = body.error ?? {};
    throw new ApiError(code, message, data);
  }
  return body as Answer;
}

export function authorization(): Record<string, string> {
  const token = sessionToken();
  return token === undefined ? {} : { Authorization: `Bearer ${token}` };
}
