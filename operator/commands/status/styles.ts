import { styleText } from 'node:util';

const FORMATS = { title: 'bold', faint: 'dim', good: 'green', warning: 'yellow', bad: 'red' } as const;

/** What a text means: determines its color. */
export type Style = keyof typeof FORMATS;

/** Writes a text in a style. */
export type Paint = (style: Style, text: string) => string;

/** Paints with the escape sequences of terminals. */
export const paintForTerminal: Paint = (style, text) => styleText(FORMATS[style], text, { validateStream: false });

/** Leaves a text as it is. */
export const paintNothing: Paint = (_style, text) => text;

/** The style of the status of a condition that is good when it is True. */
export function styleOfStatus(status: string): Style {
  if (status === 'True') return 'good';
  return status === 'False' ? 'bad' : 'warning';
}
