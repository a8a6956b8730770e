/* What is shown to who is not signed in, and to who was and is not any more. */
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { isReadOnly, signIn, signOut, useSignInProblem } from "../api/session.ts";

/** In the place of a panel. */
export function SignIn() {
  return (
    <section class="card sign-in">
      <h2>Sign in</h2>
      <How />
    </section>
  );
}

/** Over a panel whose session has ended: what it shows, and what was written in it, is there again afterwards. */
export function SignInAgain() {
  const place = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const before = document.activeElement;
    place.current?.showModal();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog ref={place} aria-labelledby={titleId} onCancel={(event) => event.preventDefault()}>
      <header>
        <h2 id={titleId}>Sign in again</h2>
      </header>
      <div class="inside">
        <p>Your session has ended. What you see here stays as it is.</p>
        <How />
        <div class="ends">
          <button type="button" class="button" onClick={() => void signOut()}>
            Leave this page signed out
          </button>
        </div>
      </div>
    </dialog>
  );
}

export function SignOut() {
  if (isReadOnly()) return <span class="connection">reads only</span>;
  return (
    <button type="button" class="button plain" onClick={() => void signOut()}>
      Sign out
    </button>
  );
}

function How() {
  return (
    <>
      <p>
        Run <code>haypile open</code> in a terminal. It opens this page with a link that works once.
      </p>
      <p class="quiet">
        This page goes on by itself when you have signed in, where it was. Where no browser opens,{" "}
        <code>haypile open --print</code> prints the link, also over ssh or in a container. It is
        good for a minute.
      </p>
      <LinkField />
    </>
  );
}

function LinkField() {
  const [text, setText] = useState("");
  const [isBusy, setBusy] = useState(false);
  const problemId = useId();
  const problem = useSignInProblem();
  const submit = async (): Promise<void> => {
    setBusy(true);
    const isIn = await signIn(text);
    setBusy(false);
    if (isIn) setText("");
  };
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <label class="field">
        <span>Link or code</span>
        <input
          type="text"
          value={text}
          maxLength={400}
          autoComplete="off"
          spellcheck={false}
          aria-describedby={problemId}
          aria-invalid={problem !== undefined}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      <p id={problemId} role="alert" class={problem === undefined ? "hidden" : "note"}>
        {problem}
      </p>
      <button type="submit" class="button primary" disabled={isBusy || text.trim() === ""}>
        Sign in
      </button>
    </form>
  );
}
