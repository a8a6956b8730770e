/* A button below a hit that opens something and closes it again: why it is here, the whole of it. */
import type { ComponentChildren } from "preact";

interface HitButtonProps {
  /** How the keys of the panel find it. */
  mark: "data-why-button" | "data-whole-button";
  isOpen: boolean;
  onPress: () => void;
  /** What is read to who does not see the hit. */
  rest: string;
  children: ComponentChildren;
}

export function HitButton({ mark, isOpen, onPress, rest, children }: HitButtonProps) {
  return (
    <button
      type="button"
      class="button plain"
      {...{ [mark]: true }}
      aria-expanded={isOpen}
      onClick={onPress}
    >
      {children}
      <span class="hidden"> {rest}</span>
    </button>
  );
}
