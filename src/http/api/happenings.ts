/*
 * What happens, as it happens: the hub's tidings to pages and scripts. For one that does not read so much is held and no more;
 * then it is told how many were left out.
 */
import { likelyName } from "../../base/text/suggest.ts";
import { type Hub, type HubKind, hubKinds } from "../../haypile/hub.ts";
import type { EventSink, EventSource } from "../streams.ts";
import { Refusal } from "./refusal.ts";

/** Held for one stream. */
const mostHeld = 256;
const mostHeldChars = 512 * 1024;

interface Held {
  kind: HubKind;
  text: string;
  id: number;
}

/**
 * @param kinds what is wanted, as kindsIn() reads it
 * @returns events by their kind, each with an id that counts up, and "dropped" with a count
 */
export function happenings(hub: Hub, kinds: ReadonlySet<HubKind>): EventSource {
  const held: Held[] = [];
  let heldChars = 0;
  let dropped = 0;
  let lastId = 0;
  const onRoom = (sink: EventSink): void => {
    for (; sink.isOpen; ) {
      const next = held.shift();
      if (next === undefined) break;
      heldChars -= next.text.length;
      sink.send(next.kind, next.text, next.id);
    }
    if (dropped === 0 || held.length > 0 || !sink.isOpen) return;
    sink.send("dropped", JSON.stringify({ count: dropped }), lastId);
    dropped = 0;
  };
  return {
    begin: (sink) =>
      hub.listen((kind, value) => {
        if (!kinds.has(kind)) return;
        lastId += 1;
        const text = textOf(value);
        // Once something was left out, nothing comes before that is told.
        const isFull = held.length >= mostHeld || heldChars + text.length > mostHeldChars;
        if (dropped > 0 || isFull) {
          dropped += 1;
          return;
        }
        held.push({ kind, text, id: lastId });
        heldChars += text.length;
        onRoom(sink);
      }),
    onRoom,
  };
}

/** Many streams, one value: it is written once, and held for those that are told now and no longer. */
let last: { value: unknown; text: string } | undefined;

function textOf(value: unknown): string {
  if (last === undefined || last.value !== value) {
    last = { value, text: JSON.stringify(value ?? null) };
    queueMicrotask(() => {
      last = undefined;
    });
  }
  return last.text;
}

/** @param said names with commas; undefined: all. @throws Refusal for one that is unknown */
export function kindsIn(said: string | undefined): ReadonlySet<HubKind> {
  if (said === undefined) return new Set(hubKinds);
  const names = said.split(",").map((name) => name.trim());
  for (const name of names) {
    if ((hubKinds as readonly string[]).includes(name)) continue;
    const likely = name.length > 64 ? undefined : likelyName(name, hubKinds);
    const hint =
      likely === undefined ? ` There are ${hubKinds.join(", ")}.` : ` Did you mean ${likely}?`;
    throw new Refusal(
      400,
      `There is no kind ${JSON.stringify(name.slice(0, 64))} of event.${hint}`,
    );
  }
  return new Set(names as HubKind[]);
}
