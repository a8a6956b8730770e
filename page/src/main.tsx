/* The page: signs in, then shows the panel that the address names. */
import { render } from "preact";
import { App } from "./shell/app.tsx";

const place = document.getElementById("app");
if (place !== null) {
  place.textContent = "";
  render(<App />, place);
}
