/* Chips: choices that are on or off, and things with a button that takes them away. */
import type { ComponentChildren } from "preact";

/** A list of chips, named for who cannot see it. */
export function Chips({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <ul class="chips" aria-label={label}>
      {children}
    </ul>
  );
}

export function ToggleChip(props: {
  isOn: boolean;
  onToggle: (isOn: boolean) => void;
  title?: string | undefined;
  children: ComponentChildren;
}) {
  return (
    <li>
      <button
        type="button"
        class="chip"
        aria-pressed={props.isOn}
        title={props.title}
        onClick={() => props.onToggle(!props.isOn)}
      >
        {props.children}
      </button>
    </li>
  );
}

/** @param what what goes with it, for the name of its button: "the filter lang:ts" */
export function RemovableChip(props: {
  what: string;
  onRemove: () => void;
  children: ComponentChildren;
}) {
  return (
    <li class="chip">
      <span>{props.children}</span>
      <button
        type="button"
        class="away"
        aria-label={`Remove ${props.what}`}
        onClick={props.onRemove}
      >
        ×
      </button>
    </li>
  );
}
