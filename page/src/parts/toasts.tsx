/* What was done, said in one line at the foot of the page and to screen readers, with a way back where there is one. */
import { useEffect, useState } from "preact/hooks";
import { visible } from "./visible.ts";

interface Message {
  text: string;
  undo?: (() => void) | undefined;
}

/** One without a way back goes after so long; one with it stays until it is used, closed, or the next one comes. */
const staysMs = 8000;

let show: ((message: Message | undefined) => void) | undefined;

/** @param undo takes it back; a button "Undo" calls it */
export function tell(text: string, undo?: () => void): void {
  show?.({ text, undo });
}

/** The frame has one. */
export function Toasts() {
  const [message, setMessage] = useState<Message>();
  useEffect(() => {
    show = setMessage;
    return () => {
      show = undefined;
    };
  }, []);
  useEffect(() => {
    if (message === undefined || message.undo !== undefined) return;
    const timer = setTimeout(() => setMessage(undefined), staysMs);
    return () => clearTimeout(timer);
  }, [message]);
  return (
    <div class="toasts" role="status" aria-live="polite">
      {message !== undefined && (
        <div class="toast">
          <span>{visible(message.text)}</span>
          {message.undo !== undefined && (
            <button
              type="button"
              class="button"
              onClick={() => {
                message.undo?.();
                setMessage(undefined);
              }}
            >
              Undo
            </button>
          )}
          <button
            type="button"
            class="button plain"
            aria-label="Close message"
            onClick={() => setMessage(undefined)}
          >
            ×
          </button>
        </div>
      )}
    </div>
  );
}
