/** An object to apply. */
export interface AppliedObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

const LABELS = { app: 'web' };
const SELECTOR = {
  matchLabels: LABELS,
  matchExpressions: [{ key: 'tier', operator: 'In', values: ['front', 'back'] }],
};
const RESOURCES = { requests: { cpu: '0.1', memory: '64Mi' }, limits: { cpu: 1, memory: '0.5Gi' } };
/** Selects no namespace, since webhooks and policies would take effect. */
const NOWHERE = { matchLabels: { 'example.com/nowhere': 'true' } };

const ENV = [
  { name: 'EMPTY', value: '' },
  { name: 'PLAIN', value: 'a' },
  { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
  { name: 'CPU', valueFrom: { resourceFieldRef: { containerName: 'app', resource: 'limits.cpu' } } },
  { name: 'SECRET', valueFrom: { secretKeyRef: { name: 'secret', key: 'a' } } },
  { name: 'CONFIG', valueFrom: { configMapKeyRef: { name: 'config', key: 'a', optional: false } } },
];

const DOWNWARD_ITEMS = [
  { path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } },
  { path: 'cpu', resourceFieldRef: { containerName: 'app', resource: 'limits.cpu' } },
];

/** Not supported by every API server. */
const CERTIFICATES = [
  { clusterTrustBundle: { signerName: 'example.com/signer', labelSelector: SELECTOR, path: 'bundle' } },
  { podCertificate: { signerName: 'example.com/signer', keyType: 'ED25519', credentialBundlePath: 'credentials' } },
];

const VOLUMES = [
  { name: 'empty', emptyDir: {} },
  { name: 'sized', emptyDir: { sizeLimit: '1024Mi' } },
  { name: 'config', configMap: { name: 'config', items: [{ key: 'a', path: 'a' }] } },
  { name: 'secret', secret: { secretName: 'secret', items: [{ key: 'a', path: 'a', mode: 0o400 }] } },
  { name: 'downward', downwardAPI: { items: DOWNWARD_ITEMS } },
  {
    name: 'projected',
    projected: {
      sources: [
        { serviceAccountToken: { path: 'token' } },
        { configMap: { name: 'config', items: [{ key: 'a', path: 'b' }] } },
        { secret: { name: 'secret', items: [{ key: 'a', path: 'c' }] } },
        { downwardAPI: { items: DOWNWARD_ITEMS } },
      ],
    },
  },
  { name: 'host', hostPath: { path: '/var' } },
  { name: 'claim', persistentVolumeClaim: { claimName: 'claim' } },
  {
    name: 'ephemeral',
    ephemeral: {
      volumeClaimTemplate: {
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1024Mi' } } },
      },
    },
  },
  {
    name: 'csi',
    csi: { driver: 'csi.example.com', nodePublishSecretRef: { name: 'secret' }, volumeAttributes: { a: '' } },
  },
];

const CONTAINER = {
  name: 'app',
  image: 'registry.example.com/app:1',
  command: ['app'],
  args: [],
  stdin: false,
  workingDir: '',
  env: ENV,
  envFrom: [{ configMapRef: { name: 'config' } }, { prefix: 'S_', secretRef: { name: 'secret' } }],
  // The protocol is a key of the list with a default.
  ports: [
    { name: 'http', containerPort: 8080 },
    { name: 'dns', containerPort: 8080, protocol: 'UDP' },
  ],
  resources: RESOURCES,
  volumeMounts: [
    { name: 'empty', mountPath: '/empty' },
    { name: 'config', mountPath: '/config', readOnly: true },
  ],
  volumeDevices: [{ name: 'claim', devicePath: '/dev/claim' }],
  livenessProbe: { httpGet: { path: '/', port: 'http', httpHeaders: [{ name: 'A', value: '' }] } },
  readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 5 },
  startupProbe: { exec: { command: ['true'] } },
  lifecycle: { preStop: { sleep: { seconds: 5 } } },
  securityContext: { capabilities: { drop: ['ALL'] }, runAsNonRoot: true, readOnlyRootFilesystem: false },
};

const AFFINITY_TERM = { topologyKey: 'kubernetes.io/hostname', labelSelector: SELECTOR, namespaceSelector: {} };
const NODE_TERM = {
  matchExpressions: [{ key: 'disk', operator: 'Exists' }],
  matchFields: [{ key: 'metadata.name', operator: 'NotIn', values: ['a'] }],
};

const POD_SPEC = {
  initContainers: [
    { name: 'first', image: 'registry.example.com/init:1' },
    { name: 'second', image: 'registry.example.com/init:1', restartPolicy: 'Always' },
  ],
  containers: [CONTAINER, { name: 'sidecar', image: 'registry.example.com/sidecar:1', resources: {} }],
  volumes: VOLUMES,
  hostNetwork: false,
  priorityClassName: '',
  serviceAccountName: 'web',
  nodeSelector: { disk: '' },
  securityContext: { sysctls: [{ name: 'net.core.somaxconn', value: '1' }], supplementalGroups: [1], fsGroup: 0 },
  imagePullSecrets: [{ name: 'registry' }],
  hostAliases: [{ ip: '10.0.0.1', hostnames: ['a', 'b'] }],
  dnsConfig: { nameservers: ['10.0.0.1'], options: [{ name: 'ndots', value: '2' }, { name: 'edns0' }] },
  readinessGates: [{ conditionType: 'example.com/ready' }],
  tolerations: [
    { key: 'a', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 0 },
    { key: 'b', value: '', effect: 'NoSchedule' },
  ],
  topologySpreadConstraints: [
    { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'ScheduleAnyway', labelSelector: SELECTOR },
    {
      maxSkew: 2,
      topologyKey: 'zone',
      whenUnsatisfiable: 'DoNotSchedule',
      matchLabelKeys: ['pod-template-hash'],
      labelSelector: SELECTOR,
    },
  ],
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [NODE_TERM] },
      preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, preference: NODE_TERM }],
    },
    podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [AFFINITY_TERM] },
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: AFFINITY_TERM }],
    },
  },
};

const POD_TEMPLATE = {
  metadata: { labels: { ...LABELS, tier: 'front' }, annotations: { 'example.com/empty': '' } },
  spec: POD_SPEC,
};
const JOB_TEMPLATE = {
  metadata: { labels: LABELS },
  spec: { containers: [CONTAINER], volumes: VOLUMES, restartPolicy: 'Never' },
};

const JOB_SPEC = { backoffLimit: 0, completions: 2, completionMode: 'Indexed', template: JOB_TEMPLATE };
const POD_FAILURE_POLICY = {
  rules: [
    { action: 'FailJob', onExitCodes: { containerName: 'app', operator: 'In', values: [1, 2] } },
    { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] },
  ],
};

const CLAIM_SPEC = {
  accessModes: ['ReadWriteOnce'],
  storageClassName: '',
  resources: { requests: { storage: '1024Mi' } },
  selector: SELECTOR,
};

const METRICS = [
  { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
  {
    type: 'ContainerResource',
    containerResource: { name: 'memory', container: 'app', target: { type: 'AverageValue', averageValue: '0.5Gi' } },
  },
  {
    type: 'Pods',
    pods: { metric: { name: 'a', selector: SELECTOR }, target: { type: 'AverageValue', averageValue: '0.5' } },
  },
  {
    type: 'Object',
    object: {
      metric: { name: 'a' },
      describedObject: { kind: 'Service', name: 'web', apiVersion: 'v1' },
      target: { type: 'Value', value: '1000m' },
    },
  },
  { type: 'External', external: { metric: { name: 'a' }, target: { type: 'Value', value: 1 } } },
];

const WEBHOOK = {
  name: 'a.example.com',
  admissionReviewVersions: ['v1'],
  sideEffects: 'None',
  namespaceSelector: NOWHERE,
  clientConfig: { service: { namespace: 'default', name: 'web' } },
  matchConditions: [{ name: 'always', expression: 'true' }],
  rules: [{ apiGroups: ['example.com'], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['things'] }],
};

const POLICY = {
  paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
  matchConstraints: {
    resourceRules: [{ apiGroups: ['example.com'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['things'] }],
    excludeResourceRules: [
      {
        apiGroups: ['example.com'],
        apiVersions: ['v1'],
        operations: ['CREATE'],
        resources: ['others'],
        resourceNames: ['a'],
      },
    ],
  },
  matchConditions: [{ name: 'always', expression: 'true' }],
  variables: [{ name: 'yes', expression: 'true' }],
};
const POLICY_BINDING = {
  policyName: 'example.com',
  paramRef: { selector: SELECTOR, parameterNotFoundAction: 'Allow' },
  matchResources: { namespaceSelector: NOWHERE },
};

const SCHEMA = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        size: { type: 'integer', default: 1, minimum: 0, enum: [0, 1] },
        list: {
          type: 'array',
          items: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] },
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
        },
        text: { type: 'string', 'x-kubernetes-validations': [{ rule: 'self != "a"', message: 'is not a' }] },
      },
    },
    status: { type: 'object' },
  },
};

const DEVICE_REQUESTS = [
  {
    name: 'one',
    exactly: {
      deviceClassName: 'example.com',
      selectors: [{ cel: { expression: 'true' } }],
      tolerations: [{ key: 'a', value: '' }],
      capacity: { requests: { memory: '0.5Gi' } },
    },
  },
  {
    name: 'any',
    firstAvailable: [
      {
        name: 'a',
        deviceClassName: 'example.com',
        selectors: [{ cel: { expression: 'true' } }],
        tolerations: [{ key: 'b' }],
      },
    ],
  },
];
const CLAIM_DEVICES = {
  requests: DEVICE_REQUESTS,
  constraints: [{ requests: ['one'], matchAttribute: 'example.com/a' }],
  config: [{ requests: ['one'], opaque: { driver: 'example.com', parameters: { a: [], b: { c: '' } } } }],
};

const NAMESPACED_OBJECTS: readonly AppliedObject[] = [
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', labels: LABELS, annotations: { 'example.com/empty': '' }, finalizers: ['example.com/a'] },
    spec: {
      replicas: 0,
      minReadySeconds: 0,
      selector: SELECTOR,
      strategy: { rollingUpdate: { maxSurge: 1 } },
      template: POD_TEMPLATE,
    },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'web' },
    spec: {
      serviceName: 'web',
      selector: SELECTOR,
      template: POD_TEMPLATE,
      volumeClaimTemplates: [{ metadata: { name: 'data', labels: LABELS }, spec: CLAIM_SPEC }],
    },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'web' },
    spec: { selector: SELECTOR, template: POD_TEMPLATE },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name: 'web' },
    spec: { selector: SELECTOR, template: POD_TEMPLATE },
  },
  { apiVersion: 'v1', kind: 'PodTemplate', metadata: { name: 'web' }, template: POD_TEMPLATE },
  {
    apiVersion: 'v1',
    kind: 'PodTemplate',
    metadata: { name: 'with-certificates' },
    template: {
      metadata: { labels: LABELS },
      spec: {
        containers: [{ name: 'app', image: 'registry.example.com/app:1' }],
        volumes: [{ name: 'certificates', projected: { sources: CERTIFICATES } }],
      },
    },
  },
  {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'web' },
    spec: { ...JOB_SPEC, podFailurePolicy: POD_FAILURE_POLICY },
  },
  {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'web' },
    spec: { schedule: '* * * * *', suspend: false, jobTemplate: { spec: JOB_SPEC } },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web' },
    spec: {
      selector: LABELS,
      ports: [
        { name: 'http', port: 80, targetPort: 'http' },
        { name: 'dns', port: 80, protocol: 'UDP', targetPort: 8080 },
      ],
      externalIPs: ['10.0.0.1'],
    },
  },
  {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web' },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      maxReplicas: 3,
      metrics: METRICS,
      behavior: {
        scaleUp: { policies: [{ type: 'Pods', value: 1, periodSeconds: 15 }] },
        scaleDown: { stabilizationWindowSeconds: 0 },
      },
    },
  },
  {
    apiVersion: 'autoscaling/v1',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'old' },
    spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, maxReplicas: 3 },
  },
  {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'web' },
    spec: { maxUnavailable: '50%', selector: SELECTOR },
  },
  {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'all' },
    spec: { minAvailable: 0, selector: {} },
  },
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'web' },
    spec: {
      podSelector: {},
      policyTypes: ['Ingress', 'Egress'],
      ingress: [
        {
          from: [
            { podSelector: {}, namespaceSelector: SELECTOR },
            { ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } },
          ],
          ports: [{ port: 'http' }, { port: 80, endPort: 90 }],
        },
        {},
      ],
      egress: [{ to: [{ namespaceSelector: {} }], ports: [{ port: 53, protocol: 'UDP' }, {}] }],
    },
  },
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'web' },
    spec: {
      defaultBackend: { service: { name: 'web', port: { name: 'http' } } },
      tls: [{ hosts: ['example.com'], secretName: 'tls' }],
      rules: [
        {
          host: 'example.com',
          http: {
            paths: [
              { path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { number: 80 } } } },
              {
                pathType: 'ImplementationSpecific',
                backend: { resource: { apiGroup: 'example.com', kind: 'Thing', name: 'a' } },
              },
            ],
          },
        },
        { host: 'other.example.com' },
      ],
    },
  },
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: 'config',
      labels: {},
      ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'a', uid: 'a' }],
    },
    data: { a: '', b: '1', constructor: 'x' },
    binaryData: { c: 'YQ==', d: '' },
  },
  {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'secret' },
    type: 'Opaque',
    immutable: false,
    data: { a: 'YQ==', b: '' },
  },
  {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'web' },
    automountServiceAccountToken: false,
    imagePullSecrets: [{ name: 'registry' }],
    secrets: [{ name: 'secret' }],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name: 'web' },
    rules: [
      { apiGroups: [''], resources: ['pods', 'services'], verbs: ['get', 'list'], resourceNames: ['a'] },
      { apiGroups: ['apps'], resources: ['deployments'], verbs: ['*'] },
    ],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'web' },
    roleRef: { kind: 'Role', name: 'web' },
    subjects: [
      { kind: 'ServiceAccount', name: 'web', namespace: 'default' },
      { kind: 'User', name: 'a' },
      { kind: 'Group', name: 'b' },
    ],
  },
  { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'claim' }, spec: CLAIM_SPEC },
  {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'web' },
    spec: {
      hard: { 'limits.memory': '102400Mi' },
      scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['low'] }] },
    },
  },
  {
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: { name: 'web' },
    spec: {
      limits: [
        { type: 'PersistentVolumeClaim', min: { storage: '0.5Gi' } },
        { type: 'Container', max: { cpu: '1000m' }, default: { cpu: 0.5 }, defaultRequest: { cpu: '0.1' } },
      ],
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name: 'web' },
    subsets: [{ addresses: [{ ip: '10.0.0.1' }], ports: [{ port: 80 }] }],
  },
  {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'web' },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.0.0.1'], hints: { forZones: [{ name: 'a' }] } }],
    ports: [{ port: 80 }],
  },
  {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'web' },
    spec: { holderIdentity: 'a', leaseDurationSeconds: 15, renewTime: '2026-01-01T00:00:00.000000Z' },
  },
  {
    apiVersion: 'resource.k8s.io/v1',
    kind: 'ResourceClaim',
    metadata: { name: 'web' },
    spec: { devices: CLAIM_DEVICES },
  },
  {
    apiVersion: 'resource.k8s.io/v1',
    kind: 'ResourceClaimTemplate',
    metadata: { name: 'web' },
    spec: { metadata: { labels: LABELS }, spec: { devices: CLAIM_DEVICES } },
  },
];

const CLUSTER_OBJECTS: readonly AppliedObject[] = [
  {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: 'web' },
    spec: {
      capacity: { storage: '1024Mi' },
      accessModes: ['ReadWriteOnce'],
      csi: {
        driver: 'csi.example.com',
        volumeHandle: 'a',
        nodePublishSecretRef: { name: 'secret', namespace: 'default' },
      },
      claimRef: { namespace: 'default', name: 'claim' },
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'disk', operator: 'Exists' }] }] } },
    },
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'example.com:web' },
    rules: [{ nonResourceURLs: ['/healthz'], verbs: ['get'] }],
    aggregationRule: { clusterRoleSelectors: [NOWHERE, SELECTOR] },
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'example.com:web' },
    roleRef: { kind: 'ClusterRole', name: 'example.com:web' },
    subjects: [{ kind: 'Group', name: 'a' }],
  },
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'example.com' },
    webhooks: [WEBHOOK, { ...WEBHOOK, name: 'b.example.com' }],
  },
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: 'example.com' },
    webhooks: [WEBHOOK, { ...WEBHOOK, name: 'b.example.com' }],
  },
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: 'example.com' },
    spec: {
      ...POLICY,
      validations: [{ expression: 'variables.yes', messageExpression: '"no"' }],
      auditAnnotations: [{ key: 'a', valueExpression: '"a"' }],
    },
  },
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: 'example.com' },
    spec: { ...POLICY_BINDING, validationActions: ['Warn', 'Audit'] },
  },
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingAdmissionPolicy',
    metadata: { name: 'example.com' },
    spec: {
      ...POLICY,
      reinvocationPolicy: 'Never',
      mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: '[JSONPatch{op: "remove", path: "/spec"}]' } }],
    },
  },
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingAdmissionPolicyBinding',
    metadata: { name: 'example.com' },
    spec: POLICY_BINDING,
  },
  {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'things.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'things', kind: 'Thing', shortNames: ['th'], categories: [] },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: SCHEMA },
          subresources: { status: {} },
          additionalPrinterColumns: [{ name: 'Size', type: 'integer', jsonPath: '.spec.size' }],
        },
      ],
    },
  },
  {
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    kind: 'FlowSchema',
    metadata: { name: 'example.com' },
    spec: {
      priorityLevelConfiguration: { name: 'example.com' },
      rules: [
        {
          subjects: [{ kind: 'ServiceAccount', serviceAccount: { namespace: 'default', name: 'web' } }],
          resourceRules: [
            { apiGroups: ['example.com'], resources: ['things'], verbs: ['get', 'list'], namespaces: ['a'] },
          ],
          nonResourceRules: [{ nonResourceURLs: ['/healthz'], verbs: ['get'] }],
        },
      ],
    },
  },
  {
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    kind: 'PriorityLevelConfiguration',
    metadata: { name: 'example.com' },
    spec: { type: 'Limited', limited: { nominalConcurrencyShares: 0, limitResponse: { type: 'Queue', queuing: {} } } },
  },
  {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name: 'low' },
    value: 0,
    globalDefault: false,
  },
  {
    apiVersion: 'node.k8s.io/v1',
    kind: 'RuntimeClass',
    metadata: { name: 'example' },
    handler: 'example',
    overhead: { podFixed: { cpu: '0.1' } },
    scheduling: { nodeSelector: { a: '' }, tolerations: [{ key: 'a', operator: 'Exists' }] },
  },
  {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: 'example' },
    provisioner: 'example.com/a',
    parameters: { a: '' },
    mountOptions: ['a', 'b'],
    allowedTopologies: [{ matchLabelExpressions: [{ key: 'zone', values: ['a'] }] }],
  },
  {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'CSIDriver',
    metadata: { name: 'csi.example.com' },
    spec: {
      attachRequired: false,
      tokenRequests: [{ audience: 'a' }],
      volumeLifecycleModes: ['Persistent', 'Ephemeral'],
    },
  },
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata: { name: 'example' },
    spec: { controller: 'example.com/a', parameters: { apiGroup: 'example.com', kind: 'Thing', name: 'a' } },
  },
  {
    apiVersion: 'resource.k8s.io/v1',
    kind: 'DeviceClass',
    metadata: { name: 'example.com' },
    spec: {
      selectors: [{ cel: { expression: 'true' } }],
      config: [{ opaque: { driver: 'example.com', parameters: { a: 1 } } }],
    },
  },
];

/**
 * Objects of the built-in kinds that controllers apply. They set items of lists and maps, and omit the fields there that the
 * API server defaults.
 */
export const BUILT_IN_OBJECTS: readonly AppliedObject[] = [...NAMESPACED_OBJECTS, ...CLUSTER_OBJECTS].map(withMetadata);

function withMetadata(object: AppliedObject): AppliedObject {
  const metadata = { labels: LABELS, annotations: { 'example.com/empty': '' }, ...object.metadata };
  return { ...object, metadata };
}
