import { formatAge } from './age.ts';
import type { ContainerReport, PodReport } from './pod-report.ts';
import type { Style } from './styles.ts';
import type { Cell } from './table.ts';

/** Reasons for which a container waits in every start. */
const STARTING = new Set(['ContainerCreating', 'PodInitializing']);

/** The rows of pods and their containers: name, ready, state, restarts, age, details. */
export function podRows(pods: readonly PodReport[], now: Date): readonly (readonly Cell[])[] {
  return pods.flatMap((pod) => [podRow(pod, now), ...pod.containers.map((container) => containerRow(container, now))]);
}

function podRow(pod: PodReport, now: Date): readonly Cell[] {
  const { name, ready, state, reason, restarts, node, creationTimestamp, isReady } = pod;
  const place = node === undefined ? 'no node' : `node ${node}`;
  const details = reason === undefined ? place : `${place}; ${reason}`;
  return [
    name,
    { text: ready, style: isReady ? 'good' : 'warning' },
    state,
    String(restarts),
    formatAge(creationTimestamp, now),
    details,
  ];
}

function containerRow(container: ContainerReport, now: Date): readonly Cell[] {
  const { name, type, state, reason, restarts, startedAt, isReady, lastTermination } = container;
  const last =
    lastTermination === undefined
      ? undefined
      : `terminated ${formatAge(lastTermination.time, now)} ago: ${lastTermination.reason}`;
  const details = [reason, last].filter((detail) => detail !== undefined).join('; ');
  return [
    `  ${name}${type === 'container' ? '' : ` (${type})`}`,
    isReady ? 'yes' : 'no',
    { text: state, style: styleOf(container) },
    String(restarts),
    startedAt === undefined ? '-' : formatAge(startedAt, now),
    details,
  ];
}

/** A container is in trouble if it waits for another reason than that the pod starts, or failed. */
function styleOf({ state, reason, type, isReady }: ContainerReport): Style {
  if (state === 'Running') return isReady ? 'good' : 'warning';
  if (state === 'Terminated') return type === 'init' && isReady ? 'faint' : 'bad';
  return reason === undefined || STARTING.has(reason) ? 'warning' : 'bad';
}
