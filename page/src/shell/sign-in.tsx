/* What is shown to who is not signed in. */

export function SignIn() {
  return (
    <section class="card sign-in">
      <h2>Sign in</h2>
      <p>
        Run <code>haypile open</code> in a terminal. It opens this page with a link that works once.
      </p>
      <p class="quiet">
        This page goes on by itself when you have signed in, where it was. Where no browser opens,{" "}
        <code>haypile open --print</code> prints the link.
      </p>
    </section>
  );
}
