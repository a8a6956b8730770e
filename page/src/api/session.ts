/*
 * Who is signed in. `haypile open` opens "/#code=…": the code works once, and is given for a session, which this origin
 * keeps and sends as a header. The code is taken out of the address at once. All pages of a browser share the session: who
 * signs in or out in one does so in all.
 */
import { useEffect, useState } from "preact/hooks";

const key = "haypile-session";
/** A session is renewed when it is asked for; it has to be now and then, milliseconds. */
const renewMs = 3_600_000;

export type SessionState = "unknown" | "needed" | "signed-in";

const watchers = new Set<(state: SessionState) => void>();
let state: SessionState = "unknown";
let readOnly = false;

export function sessionToken(): string | undefined {
  return localStorage.getItem(key) ?? undefined;
}

export function setSession(token: string | undefined): void {
  if (token === undefined) localStorage.removeItem(key);
  else localStorage.setItem(key, token);
  tell(token === undefined ? "needed" : "signed-in");
}

/** The daemon has no token: everybody reads, and nobody writes. */
export function isReadOnly(): boolean {
  return readOnly;
}

/** A request was refused: what is kept is no session any more. */
export function refused(): void {
  tell("needed");
}

/** Ends the session, here and in the daemon. */
export async function signOut(): Promise<void> {
  const token = sessionToken();
  setSession(undefined);
  if (token === undefined) return;
  await fetch("/api/v1/session", {
    method: "DELETE",
    headers: { Authorization: `Bearer ${token}` },
  }).catch(() => undefined);
}

export function useSession(): SessionState {
  const [seen, setSeen] = useState(state);
  useEffect(() => {
    watchers.add(setSeen);
    if (state === "unknown") void begin();
    const changed = (event: StorageEvent): void => {
      if (event.key === key || event.key === null) void look();
    };
    addEventListener("storage", changed);
    addEventListener("hashchange", takeCode);
    const timer = setInterval(() => {
      if (!document.hidden && state === "signed-in") void look();
    }, renewMs);
    return () => {
      watchers.delete(setSeen);
      removeEventListener("storage", changed);
      removeEventListener("hashchange", takeCode);
      clearInterval(timer);
    };
  }, []);
  return seen;
}

async function begin(): Promise<void> {
  if (!(await takeCode())) await look();
}

/** @returns whether the code in the address signed in */
async function takeCode(): Promise<boolean> {
  const code = /(?:^#|&)code=([\w-]+)/u.exec(location.hash)?.[1];
  if (code === undefined) return false;
  history.replaceState(null, "", `${location.pathname}#/`);
  dispatchEvent(new HashChangeEvent("hashchange"));
  const answer = await fetch("/api/v1/session", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ code }),
  }).catch(() => undefined);
  if (answer?.ok !== true) return false;
  setSession(((await answer.json()) as { token: string }).token);
  return true;
}

/** Whether what is kept is a session; one that is due is renewed. */
async function look(): Promise<void> {
  const token = sessionToken();
  try {
    const answer = await fetch("/api/v1/session", {
      headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
    });
    const said = (await answer.json()) as {
      signedIn?: boolean;
      readOnly?: boolean;
      token?: string;
    };
    readOnly = said.readOnly === true;
    if (said.token !== undefined) localStorage.setItem(key, said.token);
    tell(answer.ok && said.signedIn === true ? "signed-in" : "needed");
  } catch {
    // The daemon is away; whether one is signed in is as it was.
    if (state === "unknown") tell("needed");
  }
}

function tell(next: SessionState): void {
  if (next === state) return;
  state = next;
  for (const watcher of watchers) watcher(next);
}
