import { parse, textMetrics, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { completeSvg, FONT, LIGHT } from './theme.ts';

// Without a canvas, vega assumes 0.8, which leaves wide gaps. Helvetica has 0.5, and other fonts are wider.
const EM_PER_LETTER = 0.58;
textMetrics.width = ({ fontSize = 11 }, text) => EM_PER_LETTER * fontSize * String(text ?? '').length;

const CONFIG: NonNullable<TopLevelSpec['config']> = {
  background: LIGHT.background,
  font: FONT,
  axis: {
    domainColor: LIGHT.grid,
    gridColor: LIGHT.grid,
    tickColor: LIGHT.grid,
    labelColor: LIGHT.muted,
    titleColor: LIGHT.muted,
    titleFontWeight: 'normal',
    labelFontSize: 11,
    titleFontSize: 11,
  },
  legend: { labelColor: LIGHT.text, titleColor: LIGHT.muted, labelFontSize: 11 },
  title: { color: LIGHT.text, subtitleColor: LIGHT.muted, fontSize: 13, subtitleFontSize: 11, anchor: 'start' },
  header: { labelColor: LIGHT.text, titleColor: LIGHT.muted },
  text: { color: LIGHT.text },
  view: { stroke: null },
};

/** Renders a Vega-Lite chart as SVG, in light and dark colors. The same chart always gives the same SVG. */
export async function renderChart(chart: TopLevelSpec, title: string): Promise<string> {
  const { spec } = compile({ padding: 12, ...chart, config: CONFIG });
  const svg = await new View(parse(spec), { renderer: 'none' }).toSVG();
  return completeSvg(svg, title);
}
