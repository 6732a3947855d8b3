import type { DemoCluster } from './demo-cluster.ts';
import { CONVERTER } from './demo-objects.ts';

/** What to try after the demo: commands to copy, each with a comment. */
export function nextSteps({ shellSetup, kubectlCommand, moreCommands, cleanUp }: DemoCluster): string {
  const patch = `patch tc ${CONVERTER} --type=merge -p '{"spec":{"service":{"port":8081}}}'`;
  const lines = [
    ...shellSetup,
    `${kubectlCommand} get tc,deploy,svc,hpa           # the objects of the operator`,
    `${kubectlCommand} describe tc ${CONVERTER}         # its conditions and events`,
    ...moreCommands,
    `${kubectlCommand} ${patch}   # the Service follows`,
    `${kubectlCommand} delete svc ${CONVERTER}          # the operator re-creates it`,
    `${kubectlCommand} delete tc ${CONVERTER}           # deletes the converter and its children`,
    ...cleanUp,
  ];
  return `What to try next:\n${lines.map((line) => `  ${line}`).join('\n')}\n`;
}
