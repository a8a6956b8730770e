/** What happened to something that takes memory, and why. */
export interface FootprintEvent {
  /** ISO 8601. */
  at: string;
  /** "model all-minilm-l6-v2", "parse process", "vector bits". */
  owner: string;
  what: "loaded" | "freed" | "limited";
  /** A sentence without its end: "a text was to be embedded". */
  why: string;
  /** Resident memory of this process just then, bytes. */
  rssBytes: number;
}

export interface FootprintPeak {
  bytes: number;
  /** ISO 8601: when it was noticed, at the next event or look after it. */
  at: string;
  /** The event before it; undefined when there was none. */
  after: FootprintEvent | undefined;
}

export interface FootprintGauge {
  rssBytes: () => number;
  peakRssBytes: () => number;
  now: () => Date;
}

const ownGauge: FootprintGauge = {
  rssBytes: () => process.memoryUsage.rss(),
  peakRssBytes: () => process.resourceUsage().maxRSS * 1024,
  now: () => new Date(),
};

/** A peak is a new one when it is this much higher: below that it only creeps. */
const peakStepBytes = 256 * 1024;

/**
 * The last things that happened to this process's memory: a ring of the newest, and the newest of each
 * owner, which stays when others push it out of the ring.
 */
export class EventLog {
  readonly #gauge: FootprintGauge;
  readonly #most: number;
  #events: FootprintEvent[] = [];
  readonly #newest = new Map<string, FootprintEvent>();
  #peak: FootprintPeak | undefined;
  #count = 0;

  /** @param most events kept, and owners whose newest is kept */
  constructor(most = 128, gauge: FootprintGauge = ownGauge) {
    this.#most = most;
    this.#gauge = gauge;
  }

  note(owner: string, what: FootprintEvent["what"], why: string): void {
    this.look();
    const rssBytes = this.#gauge.rssBytes();
    const event = { at: this.#gauge.now().toISOString(), owner, what, why, rssBytes };
    this.#events.push(event);
    this.#count += 1;
    if (this.#events.length > this.#most) this.#events = this.#events.slice(-this.#most);
    this.#newest.delete(owner);
    this.#newest.set(owner, event);
    for (const oldest of this.#newest.keys()) {
      if (this.#newest.size <= this.#most) break;
      this.#newest.delete(oldest);
    }
  }

  /** Reads the system's count of the most that was resident. Cheap; the more often, the better known is when. */
  look(): FootprintPeak {
    const bytes = this.#gauge.peakRssBytes();
    if (this.#peak === undefined || bytes >= this.#peak.bytes + peakStepBytes) {
      this.#peak = { bytes, at: this.#gauge.now().toISOString(), after: this.#events.at(-1) };
    } else if (bytes > this.#peak.bytes) {
      this.#peak = { ...this.#peak, bytes };
    }
    return this.#peak;
  }

  /** Events so far, those that are not kept any more with them. */
  get count(): number {
    return this.#count;
  }

  /** Oldest first. */
  list(): FootprintEvent[] {
    return [...this.#events];
  }

  /** The newest of each owner, oldest first. */
  newestByOwner(): FootprintEvent[] {
    return [...this.#newest.values()];
  }
}

/** Of this process: its memory is one, whoever takes it. */
export const footprintEvents = new EventLog();
