/* The frame around every panel: navigation, connection, sign-in, messages. */
import { useEffect, useRef } from "preact/hooks";
import { useConnection } from "../api/connection.ts";
import { type SessionState, useSession } from "../api/session.ts";
import { Toasts } from "../parts/toasts.tsx";
import { PanelBounds } from "./bounds.tsx";
import { useShortcuts } from "./keys.ts";
import { type Panel, panels } from "./panels.tsx";
import { useRoute } from "./route.ts";
import { SignIn, SignInAgain, SignOut } from "./sign-in.tsx";

export function App() {
  const session = useSession();
  const { panel: id } = useRoute();
  const isConnected = useConnection(session);
  const main = useRef<HTMLElement>(null);
  const shown = id === "" ? panels[0] : panels.find((panel) => panel.id === id);
  const title = shown?.title ?? "No such panel";
  useShortcuts();
  useEffect(() => {
    document.title = `${title} · Haypile`;
  }, [title]);
  useFocusOnChange(shown?.id ?? id, main);
  const links = useRef<HTMLElement>(null);
  useEffect(() => {
    // Where the links do not fit, the one of the panel is in sight.
    const { current } = links;
    const link = current?.querySelector<HTMLElement>("[aria-current='page']");
    if (current && link) current.scrollLeft = link.offsetLeft - current.offsetLeft - 24;
  }, [shown]);
  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to content
      </button>
      <header class="bar">
        <span class="name">
          <img src="/icon.svg" alt="" width="18" height="18" />
          Haypile
        </span>
        <nav aria-label="Panels" ref={links}>
          {panels.map((panel) => (
            <a
              key={panel.id}
              href={`#/${panel.id}`}
              aria-current={panel === shown ? "page" : undefined}
            >
              {panel.title}
            </a>
          ))}
        </nav>
        <Connection session={session} isConnected={isConnected} />
        {session === "signed-in" && <SignOut />}
      </header>
      <main
        id="main"
        tabIndex={-1}
        ref={main}
        aria-labelledby="panel-title"
        data-session={session}
        data-panel={shown?.id}
      >
        <h1 id="panel-title">{session === "needed" ? "Not signed in" : title}</h1>
        <Inside session={session} panel={shown} id={id} />
        {session === "ended" && <SignInAgain />}
      </main>
      <Toasts />
    </>
  );
}

function Inside(props: { session: SessionState; panel: Panel | undefined; id: string }) {
  const { session, panel, id } = props;
  if (session === "needed") return <SignIn />;
  if (session === "unknown") return null;
  if (panel === undefined) return <NoPanel id={id} />;
  const { show: Show } = panel;
  return (
    <PanelBounds key={panel.id} title={panel.title}>
      <Show />
    </PanelBounds>
  );
}

function NoPanel({ id }: { id: string }) {
  return (
    <section class="card">
      <p>
        This page has no panel <code>{id.slice(0, 80)}</code>. It has:
      </p>
      <ul>
        {panels.map((panel) => (
          <li key={panel.id}>
            <a href={`#/${panel.id}`}>{panel.title}</a>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Connection({ session, isConnected }: { session: SessionState; isConnected: boolean }) {
  const said =
    session === "needed" || session === "ended"
      ? "not signed in"
      : session === "unknown"
        ? ""
        : isConnected
          ? "connected"
          : "no connection, trying again";
  return (
    <span class="connection" role="status" data-connected={isConnected}>
      {said}
    </span>
  );
}

/** Another panel: who goes by keyboard or by ear goes on in its content. */
function useFocusOnChange(id: string, main: { current: HTMLElement | null }): void {
  const before = useRef(id);
  useEffect(() => {
    if (before.current === id) return;
    before.current = id;
    scrollTo(0, 0);
    // A panel may have put the focus where it wants it.
    if (main.current?.contains(document.activeElement) !== true) main.current?.focus();
  }, [id, main]);
}
