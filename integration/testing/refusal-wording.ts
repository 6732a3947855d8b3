/** What older API servers say differently, and how the newest one says it. */
const WORDINGS: readonly (readonly [older: RegExp, newest: string])[] = [
  // The type of a value that is not quoted, before 1.34.
  [/Invalid value: "(?:object|array)": /gu, 'Invalid value: '],
  [/must be of type integer: "number"/gu, 'must be of type int32: "float64"'],
  [/map\[string\]interface \{\}\{/gu, '{'],
  // Before 1.32.
  [/may not be longer than (\d+)/gu, 'may not be more than $1 bytes'],
];

/** The text of a refusal as the newest API server words it. */
export function inNewestWords(text: string): string {
  return WORDINGS.reduce((reworded, [older, newest]) => reworded.replaceAll(older, newest), text);
}

/** The field of a refusal as the newest API server names it: older ones name a field of the status without `status`. */
export function inNewestPath(field: string): string {
  return field === '' || /^(?:spec|status|metadata|apiVersion|kind)\b/u.test(field) ? field : `status.${field}`;
}
