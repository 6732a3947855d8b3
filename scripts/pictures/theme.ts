/** The colors of a picture. */
export interface Palette {
  readonly background: string;
  readonly text: string;
  readonly muted: string;
  readonly grid: string;
  readonly surface: string;
  readonly blue: string;
  readonly orange: string;
  readonly green: string;
  readonly gray: string;
}

/** In attributes, so that viewers without style sheets draw the picture, too. No two are equal. */
export const LIGHT: Palette = {
  background: '#ffffff',
  text: '#1f2328',
  muted: '#59636e',
  grid: '#d1d9e0',
  surface: '#f6f8fa',
  blue: '#0969da',
  orange: '#bc4c00',
  green: '#1a7f37',
  gray: '#818b98',
};

const DARK: Palette = {
  background: '#0d1117',
  text: '#f0f6fc',
  muted: '#9198a1',
  grid: '#3d444d',
  surface: '#151b23',
  blue: '#4493f8',
  orange: '#f0883e',
  green: '#3fb950',
  gray: '#656c76',
};

/** The fonts of a picture: those of the reader's system. */
export const FONT = '-apple-system, BlinkMacSystemFont, Segoe UI, Helvetica, Arial, sans-serif';

/** Adds a title for screen readers, and dark colors for readers who prefer them, to an SVG in light colors. */
export function completeSvg(svg: string, title: string): string {
  const names = Object.keys(LIGHT) as (keyof Palette)[];
  const rules = names.flatMap((name) =>
    (['fill', 'stroke'] as const).map((property) => `[${property}="${LIGHT[name]}"]{${property}:${DARK[name]}}`),
  );
  const style = `<style>@media (prefers-color-scheme:dark){${rules.join('')}}</style>`;
  const start = svg.indexOf('<svg');
  const end = svg.indexOf('>', start) + 1;
  const open = svg.slice(start, end).replace('<svg', '<svg role="img"');
  // Two decimals are less than a pixel.
  const content = svg
    .slice(end)
    .trimEnd()
    .replaceAll(/(\d+\.\d\d)\d+/g, '$1');
  return `${open}<title>${escapeXml(title)}</title>${style}${content}\n`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
