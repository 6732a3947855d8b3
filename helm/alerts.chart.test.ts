import { describe, expect, it } from '@jest/globals';
import { CommandFailedError } from '../local-cluster/process/run-command.ts';
import { promtool } from './prometheus.ts';
import { only, renderChart } from './render-chart.ts';

const OPERATOR = 'job="temperature-converter-operator-metrics", namespace="here"';
const CONVERTERS =
  'job="here/temperature-converter-operator-converters", namespace="there", app_kubernetes_io_instance="weather"';
const VALUES = { metrics: { prometheusRule: { enabled: true }, podMonitor: { enabled: true } } };

/** The series, with one sample a minute, that make each alert fire, when it fires, and series that must not make it fire. */
const ALERTS: readonly (readonly [
  alert: string,
  failing: Readonly<Record<string, string>>,
  firesAt: string,
  healthy: Readonly<Record<string, string>>,
])[] = [
  ['TemperatureConverterOperatorAbsent', { [`up{${OPERATOR}}`]: '0x60' }, '11m', { [`up{${OPERATOR}}`]: '0x5 1x55' }],
  [
    'TemperatureConverterOperatorWithoutLeader',
    {
      [`leader_election_master_status{${OPERATOR}, pod="a"}`]: '0x60',
      [`leader_election_master_status{${OPERATOR}, pod="b"}`]: '0x60',
    },
    '6m',
    {
      [`leader_election_master_status{${OPERATOR}, pod="a"}`]: '0x60',
      [`leader_election_master_status{${OPERATOR}, pod="b"}`]: '1x60',
    },
  ],
  [
    'TemperatureConverterReconcileErrors',
    { [`controller_runtime_reconcile_errors_total{${OPERATOR}}`]: '0+1x60' },
    '25m',
    { [`controller_runtime_reconcile_errors_total{${OPERATOR}}`]: '0x10 5x50' },
  ],
  [
    'TemperatureConverterQueueStuck',
    { [`workqueue_depth{${OPERATOR}}`]: '3x60' },
    '40m',
    { [`workqueue_depth{${OPERATOR}}`]: '3x9 0 3x9 0 3x9 0 3x9 0 3x9 0 3x9' },
  ],
  [
    'TemperatureConverterApiRequestsFailing',
    {
      [`rest_client_requests_total{${OPERATOR}, code="200"}`]: '0+90x60',
      [`rest_client_requests_total{${OPERATOR}, code="<error>"}`]: '0+10x60',
    },
    '20m',
    {
      [`rest_client_requests_total{${OPERATOR}, code="200"}`]: '0+90x60',
      [`rest_client_requests_total{${OPERATOR}, code="503"}`]: '0+1x60',
    },
  ],
  [
    'TemperatureConverterServerErrors',
    {
      [`http_requests_total{${CONVERTERS}, status="200"}`]: '0+90x60',
      [`http_requests_total{${CONVERTERS}, status="503"}`]: '0+10x60',
    },
    '15m',
    {
      [`http_requests_total{${CONVERTERS}, status="200"}`]: '0+90x60',
      [`http_requests_total{${CONVERTERS}, status="404"}`]: '0+10x60',
    },
  ],
];

async function rules(): Promise<{
  readonly groups: readonly { readonly rules: readonly { readonly alert: string }[] }[];
}> {
  return only(await renderChart(VALUES), 'PrometheusRule').spec;
}

/** Whether an alert fires at a time, given these series. */
async function fires(alert: string, series: Readonly<Record<string, string>>, at: string): Promise<boolean> {
  const all = (await rules()).groups.flatMap((group) => group.rules);
  const group = { name: 'one', rules: all.filter((rule) => rule.alert === alert) };
  // A firing alert is a series with the value 1.
  const isFiring = `count(ALERTS{alertname="${alert}", alertstate="firing"})`;
  const test = {
    interval: '1m',
    input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
    promql_expr_test: [{ expr: isFiring, eval_time: at, exp_samples: [{ labels: '{}', value: 1 }] }],
  };
  const files = { 'rules.yaml': { groups: [group] }, 'test.yaml': { rule_files: ['rules.yaml'], tests: [test] } };
  try {
    await promtool(['test', 'rules'], files);
    return true;
  } catch (error) {
    if (error instanceof CommandFailedError && /got:\s*nil/u.test(error.output)) return false;
    throw error;
  }
}

describe('the alerts', () => {
  it('are valid rules for Prometheus', async () => {
    expect(await promtool(['check', 'rules'], { 'rules.yaml': await rules() })).toContain('6 rules found');
  });

  it('are all tested here', async () => {
    const names = (await rules()).groups.flatMap((group) => group.rules.map(({ alert }) => alert));
    expect(ALERTS.map(([alert]) => alert)).toEqual(names);
  });

  it.each(ALERTS)(
    '%s fires on failing series only, and not before its time',
    async (alert, failing, firesAt, healthy) => {
      expect(await fires(alert, failing, firesAt)).toBe(true);
      expect(await fires(alert, failing, '2m')).toBe(false);
      expect(await fires(alert, healthy, firesAt)).toBe(false);
      expect(await fires(alert, healthy, '55m')).toBe(false);
    },
  );
});
