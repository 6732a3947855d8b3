import type { ServiceType } from '../../operator/api/temperature-converter.ts';

/** A change of a Service by hand. */
export interface HandMadeEdit {
  readonly title: string;
  /** The types whose Services the API server lets it be made to. */
  readonly types: readonly ServiceType[];
  /** The fields to set, one write after the other. */
  readonly steps: (takeNodePort: () => number) => readonly object[];
}

const ALL = ['ClusterIP', 'NodePort', 'LoadBalancer'] as const;
const EXTERNAL = ['NodePort', 'LoadBalancer'] as const;
const LOAD_BALANCER = ['LoadBalancer'] as const;
const SOURCE_RANGES = 'service.beta.kubernetes.io/load-balancer-source-ranges';

const HTTP = { name: 'http', port: 80, protocol: 'TCP', targetPort: 'http' };
const RANGES = { loadBalancerSourceRanges: ['10.0.0.0/8'] };
const RANGES_ANNOTATION = { annotations: { [SOURCE_RANGES]: '10.0.0.0/8' } };

/** Each sets fields that only some types of Service may have, or that restrict other fields. */
export const HAND_MADE_EDITS: readonly HandMadeEdit[] = [
  edit('nothing', ALL, () => []),
  edit('loadBalancerSourceRanges', LOAD_BALANCER, () => [{ spec: RANGES }]),
  edit('the annotation with source ranges', LOAD_BALANCER, () => [{ metadata: RANGES_ANNOTATION }]),
  edit('both source ranges', LOAD_BALANCER, () => [{ metadata: RANGES_ANNOTATION, spec: RANGES }]),
  edit('externalTrafficPolicy', EXTERNAL, () => [{ spec: { externalTrafficPolicy: 'Local' } }]),
  edit('healthCheckNodePort', LOAD_BALANCER, (takeNodePort) => [
    { spec: { externalTrafficPolicy: 'Local', healthCheckNodePort: takeNodePort() } },
  ]),
  edit('loadBalancerClass', LOAD_BALANCER, () => [
    { spec: { type: 'ClusterIP' } },
    { spec: { type: 'LoadBalancer', loadBalancerClass: 'example.com/by-hand' } },
  ]),
  edit('allocateLoadBalancerNodePorts', LOAD_BALANCER, () => [{ spec: { allocateLoadBalancerNodePorts: false } }]),
  edit('loadBalancerIP', ALL, () => [{ spec: { loadBalancerIP: '192.0.2.7' } }]),
  edit('nodePort', EXTERNAL, (takeNodePort) => [{ spec: { ports: [{ ...HTTP, nodePort: takeNodePort() }] } }]),
  edit('another port', ALL, () => [{ spec: { ports: [HTTP, { name: 'other', port: 9000 }] } }]),
  edit('a node port of another port', EXTERNAL, (takeNodePort) => [
    { spec: { ports: [HTTP, { name: 'other', port: 9000, nodePort: takeNodePort() }] } },
  ]),
  edit('externalIPs', ALL, () => [{ spec: { externalIPs: ['192.0.2.1'] } }]),
  edit('sessionAffinity', ALL, () => [{ spec: { sessionAffinity: 'ClientIP' } }]),
  edit('sessionAffinityConfig', ALL, () => [
    { spec: { sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } } } },
  ]),
  edit('internalTrafficPolicy', ALL, () => [{ spec: { internalTrafficPolicy: 'Local' } }]),
  edit('trafficDistribution', ALL, () => [{ spec: { trafficDistribution: 'PreferClose' } }]),
  edit('publishNotReadyAddresses', ALL, () => [{ spec: { publishNotReadyAddresses: true } }]),
  edit('ipFamilyPolicy', ALL, () => [{ spec: { ipFamilyPolicy: 'PreferDualStack' } }]),
  edit('ipFamilies', ALL, () => [{ spec: { ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' } }]),
  edit('type and externalName', ALL, () => [
    { spec: { type: 'ExternalName', externalName: 'example.com', clusterIP: '', clusterIPs: [] } },
  ]),
];

function edit(title: string, types: readonly ServiceType[], steps: HandMadeEdit['steps']): HandMadeEdit {
  return { title, types, steps };
}
