/*
 * Progress on stderr: a bar that redraws itself on a terminal, a plain line every few seconds
 * elsewhere. Nothing is shown for work that ends within the first second.
 */
import { formatAbout, formatBytes, formatCount, formatDuration } from "./format.ts";

const firstAfterMs = 1000;
const redrawMs = 100;
const plainLineMs = 5000;
const barWidth = 24;

export interface ProgressState {
  /** "reading", "embedding". */
  phase: string;
  done: number;
  /** 0 = not known yet. */
  total: number;
  /** "files", "chunks". */
  unit: string;
  /** Resident memory of this process, bytes. */
  rssBytes: number;
  /** Further words at the end, e.g. a rate of tokens. */
  note?: string | undefined;
  /** Milliseconds, where the work itself says how long it takes; null: it does not know yet. Default: by the rate. */
  msLeft?: number | null | undefined;
}

export class ProgressLine {
  readonly #terminal: boolean;
  readonly #start: number;
  readonly #stream: NodeJS.WriteStream;
  #drawnAt = Number.NEGATIVE_INFINITY;
  #phase = "";
  #phaseStart: number;
  #phaseBegin = 0;
  #visible = false;

  constructor(stream: NodeJS.WriteStream, now: number = performance.now()) {
    this.#stream = stream;
    this.#terminal = stream.isTTY === true;
    this.#start = now;
    this.#phaseStart = now;
  }

  update(state: ProgressState, now: number = performance.now()): void {
    if (state.phase !== this.#phase) {
      this.#phase = state.phase;
      this.#phaseStart = now;
      this.#phaseBegin = state.done;
    }
    if (now - this.#start < firstAfterMs) return;
    if (now - this.#drawnAt < (this.#terminal ? redrawMs : plainLineMs)) return;
    this.#drawnAt = now;
    const text = this.#text(state, now);
    if (this.#terminal) {
      const width = Math.max(20, (this.#stream.columns ?? 80) - 1);
      this.#stream.write(`\r\u001b[2K${text.slice(0, width)}`);
      this.#visible = true;
    } else {
      this.#stream.write(`haypile: ${text}\n`);
    }
  }

  /** Removes the bar, so that what follows starts on a clean line. */
  clear(): void {
    if (this.#visible) this.#stream.write("\r\u001b[2K");
    this.#visible = false;
  }

  #text(state: ProgressState, now: number): string {
    const seconds = (now - this.#phaseStart) / 1000;
    const rate = seconds > 0 ? (state.done - this.#phaseBegin) / seconds : 0;
    const left = state.total - state.done;
    const parts = [
      state.total > 0
        ? `${formatCount(state.done)}/${formatCount(state.total)} ${state.unit}`
        : `${formatCount(state.done)} ${state.unit}`,
      `${rate >= 10 ? formatCount(rate) : rate.toFixed(1)}/s`,
    ];
    if (state.note !== undefined) parts.push(state.note);
    if (typeof state.msLeft === "number") parts.push(`${formatAbout(state.msLeft)} left`);
    else if (state.msLeft === undefined && state.total > 0 && rate > 0) {
      parts.push(`${formatDuration((left / rate) * 1000)} left`);
    }
    parts.push(`RSS ${formatBytes(state.rssBytes)}`);
    const share = state.total > 0 ? Math.min(1, state.done / state.total) : 0;
    const filled = Math.round(share * barWidth);
    const bar =
      this.#terminal && state.total > 0
        ? `${"█".repeat(filled)}${"░".repeat(barWidth - filled)} ${String(Math.floor(share * 100)).padStart(3)}% `
        : state.total > 0
          ? `${Math.floor(share * 100)}% `
          : "";
    return `${state.phase} ${bar}${parts.join("  ")}`;
  }
}
