const SECOND = 1;
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/** A duration below `below` is written in units of `unit`, and the rest in units of `rest`. */
interface Precision {
  readonly below: number;
  readonly unit: readonly [seconds: number, letter: string];
  readonly rest?: readonly [seconds: number, letter: string];
}

const PRECISIONS: readonly Precision[] = [
  { below: 2 * MINUTE, unit: [SECOND, 's'] },
  { below: 10 * MINUTE, unit: [MINUTE, 'm'], rest: [SECOND, 's'] },
  { below: 3 * HOUR, unit: [MINUTE, 'm'] },
  { below: 8 * HOUR, unit: [HOUR, 'h'], rest: [MINUTE, 'm'] },
  { below: 2 * DAY, unit: [HOUR, 'h'] },
  { below: 8 * DAY, unit: [DAY, 'd'], rest: [HOUR, 'h'] },
  { below: 2 * YEAR, unit: [DAY, 'd'] },
  { below: 8 * YEAR, unit: [YEAR, 'y'], rest: [DAY, 'd'] },
  { below: Number.POSITIVE_INFINITY, unit: [YEAR, 'y'] },
];

/** The time since `time`, an RFC 3339 string, as kubectl writes ages: `45s`, `3m20s`, `5h`; `-` if the time is unknown. */
export function formatAge(time: string | undefined, now: Date): string {
  const sinceMs = time === undefined ? Number.NaN : Date.parse(time);
  // The schema's default status has the Unix epoch as its time, since a default cannot be the current time.
  if (Number.isNaN(sinceMs) || sinceMs === 0) return '-';
  // A clock that is behind the cluster's is no reason for a negative age.
  return formatDuration(Math.max(0, Math.floor((now.getTime() - sinceMs) / 1000)));
}

function formatDuration(seconds: number): string {
  const { unit, rest } = PRECISIONS.find(({ below }) => seconds < below) ?? { unit: [YEAR, 'y'] as const };
  const [unitSeconds, unitLetter] = unit;
  const whole = `${Math.floor(seconds / unitSeconds)}${unitLetter}`;
  if (rest === undefined) return whole;
  const remainder = Math.floor((seconds % unitSeconds) / rest[0]);
  return remainder === 0 ? whole : `${whole}${remainder}${rest[1]}`;
}
