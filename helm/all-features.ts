import type { Values } from './render-chart.ts';

/** Values that enable every feature whose objects are of built-in kinds. */
export const ALL_FEATURES: Values = {
  operator: { replicas: 2, extraEnv: [{ name: 'A', value: 'b' }] },
  networkPolicy: { enabled: true, extraEgress: [{ ports: [{ port: 443 }] }] },
  metrics: { dashboard: { enabled: true } },
  service: { type: 'NodePort', nodePort: 30_732, annotations: { 'example.com/a': 'b' } },
  instance: {
    image: 'registry.example.com/converter:1',
    imagePullPolicy: 'Always',
    resources: { requests: { cpu: '100m' } },
    autoscaling: { scaleDownStabilizationWindowSeconds: 30 },
    pod: {
      labels: { a: 'b' },
      nodeSelector: { a: 'b' },
      tolerations: [{ operator: 'Exists' }],
      priorityClassName: 'important',
    },
  },
  imagePullSecrets: [{ name: 'registry' }],
};

/** Values that enable every object for monitoring. */
export const ALL_MONITORING = {
  metrics: {
    serviceMonitor: {
      enabled: true,
      interval: '30s',
      scrapeTimeout: '10s',
      labels: { release: 'prometheus' },
      relabelings: [{ action: 'labeldrop', regex: 'pod' }],
      metricRelabelings: [{ sourceLabels: ['__name__'], action: 'drop', regex: 'go_.*' }],
    },
    podMonitor: { enabled: true, interval: '15s' },
    prometheusRule: { enabled: true },
    dashboard: { enabled: true },
  },
};
