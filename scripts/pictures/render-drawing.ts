import { instance } from '@viz-js/viz';
import { completeSvg, LIGHT } from './theme.ts';

const FONT = 'Helvetica,Arial,sans-serif';
/** Graphviz lays out for the width of Helvetica in this size, and the text is drawn smaller: other fonts are wider. */
const LAYOUT_SIZE = 14;
const DRAWN_SIZE = 12;
const TEXT = { fontname: FONT, fontsize: LAYOUT_SIZE, fontcolor: LIGHT.text };

/** Renders a drawing in Graphviz' language DOT as SVG, in light and dark colors. */
export async function renderDrawing(dot: string, title: string): Promise<string> {
  const viz = await instance();
  const svg = viz.renderString(dot, {
    format: 'svg',
    graphAttributes: {
      ...TEXT,
      bgcolor: LIGHT.background,
      color: LIGHT.gray,
      style: 'rounded',
      pad: 0.2,
      nodesep: 0.2,
    },
    nodeAttributes: {
      ...TEXT,
      shape: 'box',
      style: 'rounded',
      color: LIGHT.gray,
      fillcolor: LIGHT.surface,
      height: 0.4,
    },
    edgeAttributes: { ...TEXT, fontcolor: LIGHT.muted, color: LIGHT.muted, arrowsize: 0.7 },
  });
  const drawn = svg.replaceAll(`font-size="${LAYOUT_SIZE.toFixed(2)}"`, `font-size="${DRAWN_SIZE}"`);
  // The titles of nodes and edges would show as tooltips with the identifiers of the source.
  return completeSvg(drawn.replaceAll(/<title>.*?<\/title>\n/g, '').replaceAll(/<!--.*?-->\n/gs, ''), title);
}
