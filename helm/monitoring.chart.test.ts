import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { controllerMetrics, createManagerMetrics } from '../controller-runtime/metrics/metrics.ts';
import { createExposition } from '../service/exposition.ts';
import { RequestStatistics } from '../service/request-statistics.ts';
import { CHART_DIRECTORY, only, renderChart, type AlertingRule, type Values } from './render-chart.ts';

const ALL_MONITORING = {
  metrics: {
    serviceMonitor: { enabled: true, labels: { release: 'prometheus' }, interval: '30s', scrapeTimeout: '10s' },
    podMonitor: { enabled: true, interval: '15s', relabelings: [{ action: 'labeldrop', regex: 'x' }] },
    prometheusRule: { enabled: true, alertLabels: { severity: 'page' } },
    dashboard: { enabled: true, annotations: { folder: 'Weather' } },
  },
};

/** The metrics of a query: the names before a selector. */
function metricsOf(query: string): readonly string[] {
  return [...query.matchAll(/(?<metric>[a-z_]+)\{/gu)].map((match) => match.groups?.['metric'] ?? '');
}

async function exposed(): Promise<ReadonlySet<string>> {
  const service = createExposition(new RequestStatistics(), 'test');
  const metrics = createManagerMetrics();
  controllerMetrics(metrics, 'test');
  const operator = metrics.registry;
  const text = `${await operator.metrics()}\n${await service.format()}`;
  const families = [...text.matchAll(/^# TYPE (?<name>\S+) (?<type>\S+)$/gmu)].flatMap((match) => {
    const { name = '', type } = match.groups ?? {};
    return type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
  });
  // Prometheus adds `up` for every target.
  return new Set(['up', ...families]);
}

async function converterScraping(values: Values): Promise<unknown> {
  return only(await renderChart({ ...ALL_MONITORING, ...values }), 'PodMonitor').spec;
}

async function alerts(values: Values): Promise<readonly AlertingRule[]> {
  return only(await renderChart(values), 'PrometheusRule').spec.groups.flatMap(({ rules }) => rules);
}

async function alertNames(values: Values): Promise<readonly string[]> {
  const rules = await alerts({ metrics: { prometheusRule: { enabled: true } }, ...values });
  return rules.map(({ alert }) => alert);
}

interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly gridPos: { readonly x: number; readonly w: number };
    readonly targets?: readonly { readonly expr: string }[];
  }[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] };
}

function readDashboard(): Dashboard {
  // SAFETY: the fields of Grafana's model.
  return JSON.parse(readFileSync(join(CHART_DIRECTORY, 'dashboards/temperature-converter.json'), 'utf8')) as Dashboard;
}

describe('a monitor', () => {
  it('selects the Service of the operator', async () => {
    const objects = await renderChart(ALL_MONITORING);
    const monitor = only(objects, 'ServiceMonitor');
    const service = only(objects, 'Service');
    expect(monitor.metadata.labels).toMatchObject({ release: 'prometheus' });
    expect(service.metadata.labels).toMatchObject(monitor.spec.selector.matchLabels);
    expect(monitor.spec).toMatchObject({
      endpoints: [{ port: 'metrics', interval: '30s', scrapeTimeout: '10s' }],
    });
    expect(service.spec?.ports).toEqual([{ name: 'metrics', port: 8080, targetPort: 'metrics' }]);
  });

  it('selects the converters in all namespaces, or in the watched ones', async () => {
    expect(await converterScraping({})).toMatchObject({
      namespaceSelector: { any: true },
      podMetricsEndpoints: [{ port: 'metrics', interval: '15s', relabelings: [{ action: 'labeldrop', regex: 'x' }] }],
    });
    expect(await converterScraping({ watchNamespaces: ['here', 'there'] })).toMatchObject({
      namespaceSelector: { matchNames: ['here', 'there'] },
    });
  });
});

describe('the alerts', () => {
  it('query existing metrics of this release', async () => {
    const rules = await alerts(ALL_MONITORING);
    expect(rules).toHaveLength(6);
    const known = await exposed();
    for (const { alert, expr, labels, annotations } of rules) {
      expect([alert, metricsOf(expr).filter((metric) => !known.has(metric))]).toEqual([alert, []]);
      expect(metricsOf(expr).length).toBeGreaterThan(0);
      expect(expr).toMatch(
        /job="(?:temperature-converter-operator-metrics|here\/temperature-converter-operator-converters)"/u,
      );
      expect(labels).toEqual({ severity: 'page' });
      expect(annotations).toEqual({ summary: expect.any(String), description: expect.any(String) });
    }
  });

  it('are left out where they cannot fire', async () => {
    expect(await alertNames({})).not.toContain('TemperatureConverterServerErrors');
    expect(await alertNames({})).toContain('TemperatureConverterOperatorWithoutLeader');
    expect(await alertNames({ operator: { leaderElection: { enabled: false } } })).not.toContain(
      'TemperatureConverterOperatorWithoutLeader',
    );
  });
});

describe('the dashboard', () => {
  it('queries existing metrics', async () => {
    const known = await exposed();
    const dashboard = readDashboard();
    const queries = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    expect(queries.length).toBeGreaterThan(12);
    expect(queries.flatMap(metricsOf).filter((metric) => !known.has(metric))).toEqual([]);
    const variables = dashboard.templating.list.flatMap(
      ({ definition = '' }) => /\((?<metric>\w+)/u.exec(definition)?.groups?.['metric'] ?? [],
    );
    expect(variables).toHaveLength(3);
    expect(variables.filter((metric) => !known.has(metric))).toEqual([]);
  });

  it('fits its grid', () => {
    for (const { title, gridPos } of readDashboard().panels) {
      expect([title, gridPos.x + gridPos.w <= 24]).toEqual([title, true]);
    }
  });

  it('is in a ConfigMap that Grafana selects', async () => {
    const map = only(await renderChart(ALL_MONITORING), 'ConfigMap');
    expect(map.metadata).toMatchObject({ labels: { grafana_dashboard: '1' }, annotations: { folder: 'Weather' } });
    expect(JSON.parse(map.data?.['temperature-converter.json'] ?? '')).toEqual(readDashboard());
  });
});

describe('the network policy', () => {
  it('allows ingress for scrapes and probes, and egress to the API server and DNS', async () => {
    const values = {
      networkPolicy: {
        enabled: true,
        metricsFrom: [{ namespaceSelector: {} }],
        apiServerPorts: [6443],
        extraEgress: [{ to: [] }],
        extraIngress: [{ from: [] }],
      },
    };
    expect(only(await renderChart(values), 'NetworkPolicy').spec).toMatchObject({
      policyTypes: ['Ingress', 'Egress'],
      ingress: [
        { ports: [{ port: 'metrics' }], from: [{ namespaceSelector: {} }] },
        { ports: [{ port: 'health' }] },
        { from: [] },
      ],
      egress: [
        { ports: [{ port: 6443 }] },
        {
          ports: [
            { port: 53, protocol: 'UDP' },
            { port: 53, protocol: 'TCP' },
          ],
        },
        { to: [] },
      ],
    });
  });
});
