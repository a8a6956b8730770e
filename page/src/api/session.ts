/*
 * Who is signed in. `haypile open` opens "/#code=…": the code works once, and is given for a session, which this origin
 * keeps and sends as a header. The code is taken out of the address at once.
 */
import { useEffect, useState } from "preact/hooks";

const key = "haypile-session";

export type SessionState = "unknown" | "needed" | "signed-in";

const watchers = new Set<(state: SessionState) => void>();
let state: SessionState = "unknown";

export function sessionToken(): string | undefined {
  return localStorage.getItem(key) ?? undefined;
}

export function setSession(token: string | undefined): void {
  if (token === undefined) localStorage.removeItem(key);
  else localStorage.setItem(key, token);
  tell(token === undefined ? "needed" : "signed-in");
}

/** A request was refused: what is kept is no session any more. */
export function refused(): void {
  tell("needed");
}

export function useSession(): SessionState {
  const [seen, setSeen] = useState(state);
  useEffect(() => {
    watchers.add(setSeen);
    if (state === "unknown") void begin();
    return () => void watchers.delete(setSeen);
  }, []);
  return seen;
}

async function begin(): Promise<void> {
  const code = /(?:^#|&)code=([\w-]+)/u.exec(location.hash)?.[1];
  if (code !== undefined) {
    history.replaceState(null, "", `${location.pathname}#/`);
    const answer = await fetch("/api/v1/session", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ code }),
    });
    if (answer.ok) return setSession(((await answer.json()) as { token: string }).token);
  }
  const token = sessionToken();
  const answer = await fetch("/api/v1/session", {
    headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
  });
  tell(answer.ok ? "signed-in" : "needed");
}

function tell(next: SessionState): void {
  state = next;
  for (const watcher of watchers) watcher(next);
}
