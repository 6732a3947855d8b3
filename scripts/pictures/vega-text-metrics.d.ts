export type { View } from 'vega';

declare module 'vega' {
  /** How wide a text is; vega exports it, but its types lack it. */
  export const textMetrics: {
    width: (item: { readonly fontSize?: number }, text: string | number | undefined) => number;
  };
}
