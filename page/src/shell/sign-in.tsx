/* What is shown to who is not signed in. */

export function SignIn() {
  return (
    <section class="card">
      <h2>Sign in</h2>
      <p>
        Run <code>haypile open</code> in a terminal. It opens this page with a link that works once.
      </p>
    </section>
  );
}
