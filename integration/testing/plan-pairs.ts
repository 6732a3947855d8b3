import { constantFrom, option, record, sample } from 'fast-check';
import { type Drift, DRIFT } from './drifts.ts';
import { generateSpecs, type RandomSpec } from './random-specs.ts';

/** An image that a policy of the test denies. */
export const DENIED_IMAGE = 'registry.example.com/denied:1';
/** Low node ports are not allocated to other Services. */
const FIRST_NODE_PORT = 30_000;
const NODE_PORTS = 80;

/** A spec, what others do to the children, and the next spec. */
export interface Pair {
  readonly name: string;
  readonly before: RandomSpec;
  readonly after: RandomSpec;
  readonly drift: Drift;
  /** Whether the next spec is planned from a file, before it is applied. */
  readonly isFile: boolean;
}

/** More fields than those of generateSpecs, in combinations that the API server may refuse. */
const MORE = record(
  {
    podDisruptionBudget: constantFrom({ maxUnavailable: 1 }, { maxUnavailable: '50%' }),
    commonLabels: constantFrom({ team: 'blue' }, { team: 'green', tier: 'web' }),
    commonAnnotations: constantFrom({ note: 'x' }),
    paused: constantFrom(false, false, false, true),
    image: constantFrom(DENIED_IMAGE, ...['2', '3', '4', '5', '6'].map((tag) => `registry.example.com/a:${tag}`)),
    service: record({
      port: constantFrom(80, 8080),
      type: constantFrom('LoadBalancer'),
      sessionAffinity: option(constantFrom('ClientIP', 'None'), { nil: undefined }),
      externalTrafficPolicy: option(constantFrom('Local', 'Cluster'), { nil: undefined }),
      loadBalancerClass: option(constantFrom('example.com/a', 'example.com/b'), { nil: undefined }),
    }),
  },
  { requiredKeys: [] },
);

/** Generates pairs; a seed always generates the same ones. */
export function generatePairs(count: number, seed: number): readonly Pair[] {
  const more = sample(MORE, { numRuns: count * 2, seed });
  // A third of the specs stays as generateSpecs makes them.
  const specs = generateSpecs(count * 2, seed).map((spec, index): RandomSpec => {
    const whole = { ...spec, ...(index % 3 === 0 ? {} : more[index]) };
    // SAFETY: JSON drops the undefined properties, and nothing else.
    return JSON.parse(JSON.stringify(whole)) as RandomSpec;
  });
  const drifts = sample(DRIFT, { numRuns: count, seed });
  return drifts.map((drift, index) => {
    const before = { ...specs[index * 2], paused: false };
    return {
      name: `web-${String(index).padStart(3, '0')}`,
      before: withNodePort(before, index),
      // A third keeps its spec: there is only the drift.
      after: withNodePort(index % 3 === 1 ? before : (specs[index * 2 + 1] ?? {}), index),
      drift,
      isFile: index % 2 === 0,
    };
  });
}

/** Replaces the placeholder with a node port, which must be unique in the cluster. */
function withNodePort(spec: RandomSpec, index: number): RandomSpec {
  if (spec.service?.nodePort !== 0) return spec;
  const { nodePort: _placeholder, ...service } = spec.service;
  const port = index < NODE_PORTS ? { nodePort: FIRST_NODE_PORT + index } : {};
  return { ...spec, service: { ...service, ...port } };
}
