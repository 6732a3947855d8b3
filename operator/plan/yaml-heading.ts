/** Returns the path of the fields around a line of YAML in block style, such as `spec.template.spec`. */
export function yamlHeading(lines: readonly string[], index: number): string {
  const names: string[] = [];
  let indent = indentOf(lines[index] ?? '');
  for (let at = index - 1; at >= 0 && indent > 0; at -= 1) {
    const line = lines[at] ?? '';
    const name = /^[\s-]*([^\s:#"'][^:]*):\s*$/.exec(line)?.[1];
    const of = indentOf(line);
    if (of < indent && name !== undefined) names.unshift(name);
    if (of < indent) indent = of;
  }
  return names.join('.');
}

/** The column of the first field of a line. */
function indentOf(line: string): number {
  return /^[\s-]*/.exec(line)?.[0].length ?? 0;
}
