/* Signing in, asking whether one is, and signing out: POST, GET and DELETE of /api/v1/session. */
import { Hono } from "hono";
import { version } from "../../base/package/version.ts";
import { refusal } from "../refusal.ts";
import type { Gatekeeper } from "./gatekeeper.ts";

export function sessionRoutes(gatekeeper: Gatekeeper): Hono {
  const routes = new Hono();
  routes.get("/session", ({ req }) => {
    const token = bearerOf(req.header("authorization"));
    const signedIn = gatekeeper.isIn(token);
    const renewed = token === undefined ? undefined : gatekeeper.renewed(token);
    const { isReadOnly: readOnly } = gatekeeper;
    return answer({
      signedIn,
      readOnly,
      version,
      ...(renewed !== undefined && { token: renewed }),
    });
  });
  routes.post("/session", async ({ req }) => {
    const code = await codeOf(req.raw);
    if (code === undefined) {
      return refusal(
        400,
        "HAYPILE_USAGE",
        'Expected {"code": "…"} as "haypile open --print" gives it.',
      );
    }
    const token = gatekeeper.signIn(code);
    if (token === "wrong" || token === "too many") {
      const message =
        'The code is wrong, was used before, or is older than a minute. Run "haypile open" for another.';
      const isTooMany = token === "too many";
      return refusal(isTooMany ? 429 : 401, "HAYPILE_UNAUTHORIZED", message, {
        headers: isTooMany ? { "Retry-After": "60" } : {},
      });
    }
    return answer({ token });
  });
  routes.delete("/session", ({ req }) => {
    const token = bearerOf(req.header("authorization"));
    if (token !== undefined) gatekeeper.signOut(token);
    return answer({ signedIn: false, readOnly: gatekeeper.isReadOnly, version });
  });
  routes.all("/session", () =>
    refusal(405, "HAYPILE_USAGE", "Sign in with POST, ask with GET, sign out with DELETE.", {
      headers: { Allow: "GET, HEAD, POST, DELETE" },
    }),
  );
  return routes;
}

/** What a request shows as "Authorization: Bearer …". */
export function bearerOf(header: string | undefined): string | undefined {
  return /^Bearer ([\w.~+/=-]{1,512})$/iu.exec(header ?? "")?.[1];
}

async function codeOf(request: Request): Promise<string | undefined> {
  try {
    const { code } = (await request.json()) as { code?: unknown };
    return typeof code === "string" && code.length <= 128 ? code : undefined;
  } catch {
    return undefined;
  }
}

function answer(body: unknown): Response {
  return new Response(`${JSON.stringify(body)}\n`, {
    headers: { "Content-Type": "application/json", "Cache-Control": "no-store" },
  });
}
