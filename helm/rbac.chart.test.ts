import { describe, expect, it } from '@jest/globals';
import type { V1PolicyRule } from '@kubernetes/client-node';
import { only, renderChart, type RenderedMetadata } from './render-chart.ts';

const NAME = 'temperature-converter-operator';
const SUBJECTS = [{ kind: 'ServiceAccount', name: NAME, namespace: 'here' }];

/** The rules of a role as lines of `verb resource.group [name]`. */
function permissionsOf({ rules = [] }: { readonly rules?: V1PolicyRule[] }): readonly string[] {
  return rules.flatMap(({ apiGroups = [], resources = [], resourceNames = [''], verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        resourceNames.flatMap((name) => verbs.map((verb) => `${verb} ${resource}.${group} ${name}`.trim())),
      ),
    ),
  );
}

/** The built-in roles that a role is aggregated to. */
function aggregatedTo({ metadata }: { readonly metadata: RenderedMetadata }): readonly string[] {
  return Object.keys(metadata.labels)
    .filter((label) => label.startsWith('rbac.authorization.k8s.io/aggregate-to-'))
    .map((label) => label.replace('rbac.authorization.k8s.io/aggregate-to-', ''))
    .toSorted();
}

const OPERATOR_PERMISSIONS = [
  'list temperatureconverters.temperature-converter.io',
  'watch temperatureconverters.temperature-converter.io',
  'update temperatureconverters/status.temperature-converter.io',
  'update temperatureconverters/finalizers.temperature-converter.io',
  'list deployments.apps',
  'watch deployments.apps',
  'create deployments.apps',
  'patch deployments.apps',
  'delete deployments.apps',
  'list services.',
  'watch services.',
  'create services.',
  'patch services.',
  'delete services.',
  'list horizontalpodautoscalers.autoscaling',
  'watch horizontalpodautoscalers.autoscaling',
  'create horizontalpodautoscalers.autoscaling',
  'patch horizontalpodautoscalers.autoscaling',
  'delete horizontalpodautoscalers.autoscaling',
  'list poddisruptionbudgets.policy',
  'watch poddisruptionbudgets.policy',
  'create poddisruptionbudgets.policy',
  'patch poddisruptionbudgets.policy',
  'delete poddisruptionbudgets.policy',
  'list pods.',
  'watch pods.',
  'create events.events.k8s.io',
  'patch events.events.k8s.io',
];

describe('the permissions of the operator', () => {
  it('are exactly these in all namespaces', async () => {
    const objects = await renderChart();
    expect(permissionsOf(only(objects, 'ClusterRole', NAME))).toEqual(OPERATOR_PERMISSIONS);
    expect(only(objects, 'ClusterRoleBinding', NAME)).toMatchObject({
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: NAME },
      subjects: SUBJECTS,
    });
  });

  it('are the same in each watched namespace', async () => {
    const objects = await renderChart({ watchNamespaces: ['here', 'there'] });
    for (const namespace of ['here', 'there']) {
      const inside = objects.filter(({ metadata }) => metadata.namespace === namespace);
      expect(permissionsOf(only(inside, 'Role', NAME))).toEqual(OPERATOR_PERMISSIONS);
      const binding = only(inside, 'RoleBinding', NAME);
      expect(binding).toMatchObject({ roleRef: { kind: 'Role', name: NAME }, subjects: SUBJECTS });
    }
  });

  it('include one Lease, in the namespace of the release', async () => {
    const objects = await renderChart();
    const role = only(objects, 'Role');
    expect(permissionsOf(role)).toEqual([
      `get leases.coordination.k8s.io ${NAME}`,
      `update leases.coordination.k8s.io ${NAME}`,
      'create leases.coordination.k8s.io',
    ]);
    expect(only(objects, 'RoleBinding')).toMatchObject({
      roleRef: { kind: 'Role', name: role.metadata.name },
      subjects: SUBJECTS,
    });
  });

  it('are bound to the ServiceAccount from the values', async () => {
    const objects = await renderChart({ serviceAccount: { create: false, name: 'given' } });
    expect(only(objects, 'Deployment').spec?.template.spec?.serviceAccountName).toBe('given');
    const bindings = [only(objects, 'ClusterRoleBinding', NAME), only(objects, 'RoleBinding')];
    for (const binding of bindings) {
      expect(binding.subjects).toEqual([{ kind: 'ServiceAccount', name: 'given', namespace: 'here' }]);
    }
  });
});

describe('the permissions of the Job', () => {
  it('include one CustomResourceDefinition, while the Job runs', async () => {
    const objects = await renderChart();
    const name = `${NAME}-crds`;
    const definition = 'customresourcedefinitions.apiextensions.k8s.io';
    expect(permissionsOf(only(objects, 'ClusterRole', name))).toEqual([
      `get ${definition} temperatureconverters.temperature-converter.io`,
      `patch ${definition} temperatureconverters.temperature-converter.io`,
      `create ${definition}`,
    ]);
    expect(only(objects, 'ClusterRoleBinding', name)).toMatchObject({
      roleRef: { kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace: 'here' }],
    });
    expect(only(objects, 'Job').spec?.template.spec?.serviceAccountName).toBe(name);
    const ofTheJob = objects.filter(({ metadata }) => metadata.name === name);
    const hooks = ofTheJob.map(({ kind, metadata: { annotations } }) => [
      `${annotations?.['helm.sh/hook-weight']} ${kind}`,
      annotations?.['helm.sh/hook'],
      annotations?.['helm.sh/hook-delete-policy'],
    ]);
    const deleted = 'before-hook-creation,hook-succeeded,hook-failed';
    expect(new Set(hooks)).toEqual(
      new Set([
        ['-2 ServiceAccount', 'pre-install,pre-upgrade', deleted],
        ['-2 ClusterRole', 'pre-install,pre-upgrade', deleted],
        ['-1 ClusterRoleBinding', 'pre-install,pre-upgrade', deleted],
        ['0 Job', 'pre-install,pre-upgrade', deleted],
      ]),
    );
  });
});

describe('the aggregated roles', () => {
  it('allow view to read the resources, and edit and admin to change them', async () => {
    const objects = await renderChart();
    const view = only(objects, 'ClusterRole', `${NAME}-view`);
    expect(aggregatedTo(view)).toEqual(['admin', 'edit', 'view']);
    expect(new Set(permissionsOf(view).map((permission) => permission.split(' ', 1)[0]))).toEqual(
      new Set(['get', 'list', 'watch']),
    );
    const edit = only(objects, 'ClusterRole', `${NAME}-edit`);
    expect(aggregatedTo(edit)).toEqual(['admin', 'edit']);
    // Not the status, which only the operator writes.
    expect(permissionsOf(edit)).toEqual(
      ['create', 'update', 'patch', 'delete', 'deletecollection'].map(
        (verb) => `${verb} temperatureconverters.temperature-converter.io`,
      ),
    );
  });
});
