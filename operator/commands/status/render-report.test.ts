import { describe, expect, it } from '@jest/globals';
import { exampleConverter } from '../../api/example-converter.ts';
import type { Observation } from './live-objects.ts';
import { renderReport } from './render-report.ts';
import { buildReport } from './report.ts';
import { paintForTerminal, paintNothing } from './styles.ts';
import {
  autoscaler,
  brokenObservation,
  event,
  minutesAgo,
  NOW,
  observation,
  pod,
  readyConverter,
} from './testing/example-observation.ts';

const UNLIMITED = Number.POSITIVE_INFINITY;
const WIDE = { width: UNLIMITED, paint: paintNothing };

function screen(more: Partial<Observation> = {}, width = UNLIMITED): string {
  return renderReport(buildReport(observation(more)), NOW, { width, paint: paintNothing });
}

/** The lines of a section, without their indent. */
function sectionOf(title: string, text: string): readonly string[] {
  const lines = text.split('\n');
  const start = lines.indexOf(title) + 1;
  return lines.slice(start, lines.indexOf('', start)).map((line) => line.slice(2));
}

describe('the screen of a resource', () => {
  it('shows conditions, children, pods, autoscaler and events', () => {
    expect(screen({}, 80)).toBe(`TemperatureConverter default/weather
Ready:     True (Ready)
Replicas:  2/2 ready
URL:       http://weather.default.svc:80
Image:     registry.example.com/temperature-converter-service:0.1.0
Age:       3h

Conditions
  TYPE         STATUS  REASON     AGE   MESSAGE
  Ready        True    Ready      175m  The converter is available and matches
                                        the spec.
  Reconciled   True    Applied    175m  All children match the spec.
  Available    True    Serving    175m  All desired replicas are available.
  Autoscaling  True    Active     175m  The autoscaler reads the CPU
                                        utilization.
  Paused       False   NotPaused  175m  Reconciliation is not paused.

Children
  KIND                     NAME     CHANGED  STATE
  Deployment               weather  12m      2/2 available; changed by
                                             kube-controller-manager
  Service                  weather  3h       ClusterIP 10.96.114.7, port 80
  HorizontalPodAutoscaler  weather  3h       2 of 1 to 5 replicas

Pods
  NAME                      READY  STATE    RESTARTS  AGE   DETAILS
  weather-6f9c7d54b8-2xkqz  1/1    Running  0         175m  node worker-1
    converter               yes    Running  0         175m
  weather-6f9c7d54b8-w7kfp  1/1    Running  0         12m   node worker-1
    converter               yes    Running  0         12m

Autoscaler
  Replicas:     2 current, 2 desired, 1 to 5 allowed
  CPU:          63% of the request, target 80%
  Last scaled:  12m ago

Events
  AGE  COUNT  TYPE     REASON             OBJECT AND MESSAGE
  12m  1      Normal   SuccessfulRescale  HorizontalPodAutoscaler/weather: New
                                          size: 2; reason: cpu container
                                          resource utilization (percentage of
                                          request) above target
  12m  1      Normal   ScalingReplicaSet  Deployment/weather: Scaled up replica
                                          set weather-6f9c7d54b8 from 1 to 2
  11m  2      Warning  Unhealthy          Pod/weather-6f9c7d54b8-w7kfp: Startup
                                          probe failed: dial tcp
                                          10.244.0.9:5000: connect: connection
                                          refused
`);
  });

  it.each([80, 100, 120])('stays within %d columns, however long names and messages are', (width) => {
    const name = 'x'.repeat(63);
    const converter = readyConverter({ metadata: { name, namespace: 'y'.repeat(15) } });
    const message = `${'word '.repeat(100)}${'y'.repeat(300)}`;
    const pods = [pod(`${name.slice(0, 58)}2xkqz`, 5)];
    const events = [event(`TemperatureConverter/${name}`, 'ContainerCannotStart', 1, { message })];
    const lines = screen({ converter, pods, events }, width).split('\n');
    // A title is never wrapped.
    expect(lines.slice(1).filter((line) => line.length > width)).toEqual([]);
  });

  it('has no escape sequences without colors, and keeps its layout with them', () => {
    const painted = renderReport(buildReport(observation()), NOW, { width: 80, paint: paintForTerminal });
    expect(screen({}, 80)).not.toContain('\u001B');
    expect(painted).toContain('\u001B[32mTrue\u001B[39m');
    // oxlint-disable-next-line no-control-regex
    const unpainted = painted.replaceAll(/\u001B\[\d+m/g, '');
    expect(unpainted).toBe(screen({}, 80));
  });

  it('does not send escape sequences of a message to the terminal', () => {
    const events = [event('Pod/weather-6f9c7d54b8-2xkqz', 'Failed', 1, { message: 'a\u001B]0;title\u0007b' })];
    expect(sectionOf('Events', `${screen({ events })}\n`).at(-1)).toContain(': a\u{FFFD}]0;title\u{FFFD}b');
  });
});

describe('the conditions', () => {
  it('show a message that several of them have once', () => {
    const conditions = sectionOf('Conditions', renderReport(buildReport(brokenObservation()), NOW, WIDE));
    const message =
      'Container converter of pod broken-7c5d9f6b4-lq8vz cannot pull image registry.example.com/weather:2 ';
    expect(conditions.filter((line) => line.includes(message))).toEqual([expect.stringMatching(/^Ready +False /u)]);
    for (const type of ['Available', 'Stalled']) {
      expect(conditions).toContainEqual(expect.stringMatching(new RegExp(`^${type} .* Same as Ready\\.$`, 'u')));
    }
  });
});

describe('the header', () => {
  it('shows a new resource that has only the default status', () => {
    const status = {
      conditions: [
        {
          type: 'Ready',
          status: 'Unknown',
          reason: 'Pending',
          message: 'Waiting for the operator.',
          lastTransitionTime: '1970-01-01T00:00:00Z',
        },
      ],
    } as const;
    const converter = exampleConverter({ status, metadata: { creationTimestamp: minutesAgo(1) } });
    const text = screen({ converter, children: {}, pods: [], events: [] });
    expect(text).toContain(
      'Ready:     Unknown (Pending)\nReplicas:  0/0 ready\nURL:       -\nImage:     -\nAge:       60s\n',
    );
    expect(sectionOf('Conditions', text)[1]).toBe('Ready  Unknown  Pending  -    Waiting for the operator.');
    expect(sectionOf('Children', text).slice(1)).toEqual([
      'Deployment               web   -        does not exist',
      'Service                  web   -        does not exist',
      'HorizontalPodAutoscaler  web   -        does not exist',
    ]);
    for (const title of ['Pods', 'Autoscaler', 'Events']) expect(sectionOf(title, `${text}\n`)[0]).toBe('none');
  });

  it('shows a resource without any status', () => {
    const text = screen({ converter: exampleConverter(), children: {} });
    expect(text).toContain('Ready:     Unknown\n');
    expect(sectionOf('Conditions', text)).toEqual(['none']);
  });

  it('shows that a resource is being deleted, and the finalizers that it waits for', () => {
    const metadata = { deletionTimestamp: minutesAgo(5), finalizers: ['example.com/backup', 'foregroundDeletion'] };
    expect(screen({ converter: readyConverter({ metadata }) })).toContain(
      '\nBeing deleted for 5m; finalizers: example.com/backup, foregroundDeletion.\n',
    );
  });

  it('shows that the status is older than the spec', () => {
    expect(screen({ converter: readyConverter({ metadata: { generation: 4 } }) })).toContain(
      '\nThe status is of generation 3; the spec is of generation 4.\n',
    );
    expect(screen()).not.toContain('generation');
  });
});

describe('the autoscaler', () => {
  it('shows what it does not know yet, and the conditions that keep it from scaling', () => {
    const converter = readyConverter();
    const conditions = [
      { type: 'AbleToScale', status: 'True', reason: 'SucceededGetScale' },
      { type: 'ScalingActive', status: 'False', reason: 'FailedGetResourceMetric', message: 'no metrics returned' },
      { type: 'ScalingLimited', status: 'True', reason: 'TooManyReplicas', message: 'more than the maximum' },
    ];
    const hpa = autoscaler(converter, { status: { conditions } });
    const text = screen({ converter, children: { HorizontalPodAutoscaler: hpa } });
    expect(sectionOf('Autoscaler', text)).toEqual([
      'Replicas:        0 current, 0 desired, 1 to 5 allowed',
      'CPU:             unknown of the request, target 80%',
      'Last scaled:     never',
      'ScalingActive:   False, FailedGetResourceMetric: no metrics returned',
      'ScalingLimited:  True, TooManyReplicas: more than the maximum',
    ]);
  });

  it('that has not reported yet has no known replicas', () => {
    const converter = readyConverter();
    const hpa = autoscaler(converter, { status: { desiredReplicas: 0 } });
    const text = screen({ converter, children: { HorizontalPodAutoscaler: hpa } });
    expect(sectionOf('Autoscaler', text)[0]).toBe('Replicas:     unknown current, unknown desired, 1 to 5 allowed');
    expect(text).toContain('unknown of 1 to 5 replicas');
  });

  it('at its minimum is not limited', () => {
    const converter = readyConverter();
    const conditions = [{ type: 'ScalingLimited', status: 'True', reason: 'TooFewReplicas' }];
    const hpa = autoscaler(converter, { status: { currentReplicas: 1, conditions } });
    expect(screen({ converter, children: { HorizontalPodAutoscaler: hpa } })).not.toContain('ScalingLimited');
  });
});

describe('events', () => {
  it('show the newest twelve, the newest last, and how many are not shown', () => {
    const events = Array.from({ length: 15 }, (_, minutes) => event('Deployment/weather', `Reason${minutes}`, minutes));
    const lines = sectionOf('Events', `${screen({ events })}\n`);
    expect(lines[0]).toBe('3 older events are not shown; -o json has all.');
    expect(lines.slice(2)).toHaveLength(12);
    expect(lines.at(-1)).toContain('Reason0');
  });
});

describe('what could not be read', () => {
  it('is named in its section with the right that is missing', () => {
    const gaps = [
      { what: 'Deployment', message: 'the right to get deployments.apps in namespace blue is missing' },
      { what: 'HorizontalPodAutoscaler', message: 'no response' },
      { what: 'pods', message: 'the right to list pods in namespace blue is missing' },
      { what: 'events', message: 'the right to list events in namespace blue is missing' },
    ] as const;
    const text = `${screen({ children: {}, pods: [], events: [], gaps })}\n`;
    expect(sectionOf('Children', text).slice(1)).toEqual([
      'Service  weather  -        does not exist',
      'Deployment: not shown, the right to get deployments.apps in namespace blue is missing',
      'HorizontalPodAutoscaler: not shown, no response',
    ]);
    expect(sectionOf('Pods', text)).toEqual(['pods: not shown, the right to list pods in namespace blue is missing']);
    expect(sectionOf('Autoscaler', text)).toEqual(['HorizontalPodAutoscaler: not shown, no response']);
    expect(sectionOf('Events', text)).toEqual([
      'events: not shown, the right to list events in namespace blue is missing',
    ]);
  });
});
