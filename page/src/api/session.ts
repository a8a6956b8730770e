/*
 * Who is signed in. `haypile open` opens "/#code=…": the code works once, and is given for a session, which this origin
 * keeps and sends as a header. The code is taken out of the address at once. All pages of a browser share the session: who
 * signs in or out in one does so in all.
 */
import { useEffect, useState } from "preact/hooks";

const key = "haypile-session";
/** A session is renewed when it is asked for; it has to be now and then, milliseconds. */
const renewMs = 3_600_000;

/** "ended": it was signed in, and what it shows stays until it is again. "needed": nothing is shown. */
export type SessionState = "unknown" | "needed" | "signed-in" | "ended";

const watchers = new Set<(state: SessionState) => void>();
let state: SessionState = "unknown";
let readOnly = false;
const problemWatchers = new Set<(problem: string | undefined) => void>();
let problem: string | undefined;

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
  tell(withoutSession());
}

/** Why the last link or code did not sign in; undefined: it did, or there was none. */
export function useSignInProblem(): string | undefined {
  const [seen, setSeen] = useState(problem);
  useEffect(() => {
    setSeen(problem);
    problemWatchers.add(setSeen);
    return () => void problemWatchers.delete(setSeen);
  }, []);
  return seen;
}

function tellProblem(next: string | undefined): void {
  problem = next;
  for (const watcher of problemWatchers) watcher(next);
}

/** Signs in with a link that `haypile open --print` printed, or the code in it. @returns whether it did */
export async function signIn(linkOrCode: string): Promise<boolean> {
  const said = linkOrCode.trim();
  const code = codeIn(said) ?? (/^[\w-]{16,64}$/u.test(said) ? said : undefined);
  tellProblem(code === undefined ? "That is neither a link nor a code." : await useCode(code));
  return problem === undefined;
}

function codeIn(link: string): string | undefined {
  return /(?:#|&)code=([\w-]+)/u.exec(link)?.[1];
}

/** @returns what is wrong */
async function useCode(code: string): Promise<string | undefined> {
  try {
    const answer = await fetch("/api/v1/session", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ code }),
    });
    const said = (await answer.json()) as { token?: string; error?: { message: string } };
    if (answer.ok && said.token !== undefined) {
      setSession(said.token);
      return undefined;
    }
    return said.error?.message ?? "The daemon did not take the code.";
  } catch {
    return "The daemon does not answer. Is it running?";
  }
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
      if (event.key !== key && event.key !== null) return;
      // Signed out in another page: nothing stays in sight here either.
      if (event.newValue === null) tell("needed");
      else void look();
    };
    addEventListener("storage", changed);
    const moved = (event: HashChangeEvent): void => void takeCode(event);
    addEventListener("hashchange", moved);
    const timer = setInterval(() => {
      if (!document.hidden && state === "signed-in") void look();
    }, renewMs);
    return () => {
      watchers.delete(setSeen);
      removeEventListener("storage", changed);
      removeEventListener("hashchange", moved);
      clearInterval(timer);
    };
  }, []);
  return seen;
}

async function begin(): Promise<void> {
  if (!(await takeCode())) await look();
}

/** @returns whether the code in the address signed in; the address is what it was before the code came */
async function takeCode(event?: HashChangeEvent): Promise<boolean> {
  const code = codeIn(location.hash);
  if (code === undefined) return false;
  const before = event === undefined ? "" : new URL(event.oldURL).hash;
  const place = before === "" || codeIn(before) !== undefined ? "#/" : before;
  history.replaceState(null, "", `${location.pathname}${place}`);
  dispatchEvent(new HashChangeEvent("hashchange"));
  // Whoever asks to sign in is told why it was not so.
  tellProblem(await useCode(code));
  return problem === undefined;
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
    tell(answer.ok && said.signedIn === true ? "signed-in" : withoutSession());
  } catch {
    // The daemon is away; whether one is signed in is as it was.
    if (state === "unknown") tell("needed");
  }
}

/** What was shown to who was signed in is not taken away: it may hold what they have just written. */
function withoutSession(): SessionState {
  return state === "signed-in" || state === "ended" ? "ended" : "needed";
}

function tell(next: SessionState): void {
  if (next === state) return;
  state = next;
  for (const watcher of watchers) watcher(next);
}
