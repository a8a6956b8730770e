/* The frame around every panel: navigation, connection, sign-in. */
import { useEffect, useRef } from "preact/hooks";
import { useConnection } from "../api/connection.ts";
import { useSession } from "../api/session.ts";
import { panels } from "./panels.tsx";
import { useRoute } from "./route.ts";
import { SignIn } from "./sign-in.tsx";

export function App() {
  const session = useSession();
  const { panel: id } = useRoute();
  const isConnected = useConnection(session);
  const main = useRef<HTMLElement>(null);
  const shown = panels.find((panel) => panel.id === id) ?? panels[0];
  useEffect(() => {
    document.title = shown === undefined ? "Haypile" : `${shown.title} · Haypile`;
  }, [shown]);
  if (shown === undefined) return null;
  const { show: Show } = shown;
  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to content
      </button>
      <header class="bar">
        <span class="name">Haypile</span>
        <nav aria-label="Panels">
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
        <span class="connection" role="status" data-connected={isConnected}>
          {session === "needed"
            ? "not signed in"
            : isConnected
              ? "connected"
              : "no connection, trying again"}
        </span>
      </header>
      <main id="main" tabIndex={-1} ref={main}>
        <h1 id="panel-title">{shown.title}</h1>
        {session === "needed" ? <SignIn /> : session === "unknown" ? null : <Show />}
      </main>
    </>
  );
}
