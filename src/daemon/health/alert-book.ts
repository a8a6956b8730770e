/*
 * When an alert is raised, and when it is over. A value has to be beyond its mark at three looks in a row, and to be clearly
 * back at three, so that one that goes up and down about the mark is told once. Pure: values in, alerts out.
 */
import {
  type Limit,
  type Limits,
  type LimitUnit,
  limitInWords,
} from "../../config/options/limits.ts";
import type { Alert, AlertLevel, AlertRule } from "../../ports/answers/daemon/stats.ts";

/** Looks in a row that it takes. */
export const looksInARow = 3;
/** Where it holds already, a value has to be this share of the mark away from it to be back. */
const margin = 0.1;
const mostLately = 100;

export interface RuleReading {
  rule: AlertRule;
  limits: Limits;
  /** Less is worse. */
  falls?: boolean | undefined;
  /** By unit; undefined: not known, and everything stays as it is. */
  values: Readonly<Partial<Record<LimitUnit, number>>> | undefined;
  /** Begins the sentence: "Memory of all processes". */
  says: string;
}

/** 0: nothing, 1: warning, 2: critical. */
type Level = 0 | 1 | 2;

interface RuleState {
  level: Level;
  /** What the last looks said, the newest last. */
  said: Level[];
  marks: string;
  alert: Alert | undefined;
}

const words: readonly AlertLevel[] = ["cleared", "warning", "critical"];

export class AlertBook {
  readonly #clock: () => number;
  readonly #states = new Map<AlertRule, RuleState>();
  readonly #lately: Alert[] = [];
  #count = 0;

  /** @param clock milliseconds since 1970 */
  constructor(clock: () => number = Date.now) {
    this.#clock = clock;
  }

  /** @returns what has changed by this look */
  look(readings: readonly RuleReading[]): Alert[] {
    return readings.flatMap((reading) => this.#lookAt(reading) ?? []);
  }

  /** Those that hold, the worst first. */
  now(): Alert[] {
    return [...this.#states.values()]
      .flatMap(({ level, alert }) => (level > 0 && alert !== undefined ? [alert] : []))
      .sort((a, b) => words.indexOf(b.level) - words.indexOf(a.level) || a.id - b.id);
  }

  /** Newest first. */
  lately(): Alert[] {
    return this.#lately.toReversed();
  }

  #lookAt(reading: RuleReading): Alert | undefined {
    const { rule, limits, falls = false } = reading;
    const marks = JSON.stringify(limits);
    const state = this.#states.get(rule) ?? { level: 0, said: [], marks, alert: undefined };
    this.#states.set(rule, state);
    if (state.marks !== marks) Object.assign(state, { marks, said: [] });
    if (limits.warning === undefined) return this.#turnedOff(state, reading);
    const value = reading.values?.[limits.warning.unit];
    if (value === undefined) return undefined;
    state.said = [...state.said, levelOf(value, limits, falls, state.level)].slice(-looksInARow);
    if (state.said.length < looksInARow) return undefined;
    const least = Math.min(...state.said) as Level;
    const most = Math.max(...state.said) as Level;
    const level = Math.max(least, Math.min(most, state.level)) as Level;
    if (level === state.level) return undefined;
    const mark = (
      level === 2 || (level === 0 && state.level === 2 && limits.critical)
        ? limits.critical
        : limits.warning
    ) as Limit;
    return this.#change(state, level, reading, value, mark);
  }

  #turnedOff(state: RuleState, reading: RuleReading): Alert | undefined {
    const { alert } = state;
    if (state.level === 0 || alert === undefined) return undefined;
    const mark: Limit = { value: alert.mark, unit: alert.unit };
    const text = `${reading.says} is watched no more.`;
    return this.#change(state, 0, reading, alert.value, mark, text);
  }

  #change(
    state: RuleState,
    level: Level,
    { rule, says, falls = false }: RuleReading,
    value: number,
    mark: Limit,
    text = sentence(says, { value, unit: mark.unit }, level, mark, falls),
  ): Alert {
    this.#count += 1;
    const alert: Alert = {
      id: this.#count,
      rule,
      level: words[level] ?? "cleared",
      at: new Date(this.#clock()).toISOString(),
      text,
      value,
      unit: mark.unit,
      mark: mark.value,
    };
    state.level = level;
    state.said = [];
    state.alert = alert;
    this.#lately.push(alert);
    if (this.#lately.length > mostLately) this.#lately.shift();
    return alert;
  }
}

/** @param held the level that holds: it is left only by a margin */
function levelOf(value: number, { warning, critical }: Limits, falls: boolean, held: Level): Level {
  const isBeyond = (mark: Limit | undefined, level: Level): boolean => {
    if (mark === undefined) return false;
    const away = held >= level ? mark.value * margin : 0;
    return falls ? value <= mark.value + away : value >= mark.value - away;
  };
  if (isBeyond(critical, 2)) return 2;
  return isBeyond(warning, 1) ? 1 : 0;
}

function sentence(says: string, value: Limit, level: Level, mark: Limit, falls: boolean): string {
  const is = valueInWords(value);
  if (level === 0) return `${says} is ${is} again; the mark is ${limitInWords(mark)}.`;
  const side = falls ? "at or below" : "at or above";
  return `${says} is ${is}, ${side} the ${words[level]} mark of ${limitInWords(mark)}.`;
}

function valueInWords({ value, unit }: Limit): string {
  if (unit === "bytes") {
    const units = ["B", "kB", "MB", "GB", "TB"];
    const at = Math.min(
      units.length - 1,
      Math.max(0, Math.floor(Math.log10(Math.max(1, value)) / 3)),
    );
    return `${(value / 1000 ** at).toFixed(at === 0 ? 0 : 1)} ${units[at]}`;
  }
  if (unit === "share") return `${(value * 100).toFixed(1)} %`;
  if (unit === "ms")
    return value < 1_000 ? `${value.toFixed(0)} ms` : `${(value / 1000).toFixed(1)} s`;
  return String(Math.round(value));
}
