/* Options of a run, as far as people choose them here; the others come from the configuration. */
import { useState } from "preact/hooks";
import type { RunOptions } from "./runs.ts";

export interface Choices {
  options: RunOptions;
  megabytes: string;
  setMegabytes: (said: string) => void;
  isWithoutVectors: boolean;
  setWithoutVectors: (is: boolean) => void;
}

const mostMegabytes = 67;

export function useChoices(): Choices {
  const [megabytes, setMegabytes] = useState("");
  const [isWithoutVectors, setWithoutVectors] = useState(false);
  const said = Number(megabytes);
  const isSize = megabytes.trim() !== "" && said > 0 && said <= mostMegabytes;
  return {
    options: {
      ...(isSize && { maxFileBytes: Math.round(said * 1_000_000) }),
      ...(isWithoutVectors && { fillIn: "off" as const }),
    },
    megabytes,
    setMegabytes,
    isWithoutVectors,
    setWithoutVectors,
  };
}

export function RunChoices({ choices }: { choices: Choices }) {
  return (
    <div class="row">
      <label class="field">
        <span>Largest file, MB (default 1.05)</span>
        <input
          type="number"
          min="0.001"
          max={mostMegabytes}
          step="any"
          value={choices.megabytes}
          onInput={(event) => choices.setMegabytes(event.currentTarget.value)}
        />
      </label>
      <label class="tick">
        <input
          type="checkbox"
          checked={choices.isWithoutVectors}
          onChange={(event) => choices.setWithoutVectors(event.currentTarget.checked)}
        />
        words only; searches make the vectors they need
      </label>
    </div>
  );
}
