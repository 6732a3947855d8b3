import type { AppliedChild } from '../../controller-runtime/apply/apply-result.ts';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { exampleConverter, exampleStatus } from '../api/example-converter.ts';
import { ChangeLog } from './change-log.ts';
import { RecordedLog } from '../../controller-runtime/testing/recorded-log.ts';

const UNCHANGED: readonly AppliedChild[] = [{ kind: 'Service', name: 'web', result: { type: 'unchanged' } }];
const STORED = { status: exampleStatus('Applied') };

let log: RecordedLog;
let changeLog: ChangeLog;

beforeEach(() => {
  log = new RecordedLog();
  changeLog = new ChangeLog(log);
});

/** The lines so far: level, message and fields. */
const lines = (): readonly unknown[] => log.lines.map(({ level, message, fields }) => [level, message, fields]);

describe('the change log has one line', () => {
  it('when a resource is created, with the children by what happened to them', () => {
    changeLog.reconciled(
      exampleConverter(),
      [
        { kind: 'Deployment', name: 'web', result: { type: 'created' } },
        { kind: 'Service', name: 'web', result: { type: 'adopted' } },
        { kind: 'HorizontalPodAutoscaler', name: 'web', result: { type: 'created' } },
      ],
      log,
    );
    expect(lines()).toEqual([
      [
        'info',
        'TemperatureConverter created',
        { generation: 3, created: ['Deployment', 'HorizontalPodAutoscaler'], adopted: ['Service'] },
      ],
    ]);
  });

  it('when the spec changes', () => {
    const resource = exampleConverter({ ...STORED, metadata: { generation: 4 } });
    changeLog.reconciled(resource, [{ kind: 'Service', name: 'web', result: { type: 'updated' } }], log);
    expect(lines()).toEqual([['info', 'TemperatureConverter changed', { generation: 4, updated: ['Service'] }]]);
  });

  it('when a child is created again', () => {
    changeLog.reconciled(
      exampleConverter(STORED),
      [{ kind: 'Service', name: 'web', result: { type: 'created' } }],
      log,
    );
    expect(lines()).toEqual([['info', 'wrote children', { generation: 3, created: ['Service'] }]]);
  });

  it('when a resource is deleted', () => {
    changeLog.reconciled(exampleConverter(STORED), UNCHANGED, log);
    changeLog.deleted('blue/web');
    changeLog.deleted('blue/web');
    expect(lines()).toEqual([['info', 'TemperatureConverter deleted', { namespace: 'blue', name: 'web' }]]);
  });

  it('when another resource takes the name', () => {
    changeLog.reconciled(exampleConverter(STORED), UNCHANGED, log);
    changeLog.reconciled(exampleConverter({ metadata: { uid: 'u2' } }), UNCHANGED, log);
    expect(lines()).toEqual([['info', 'TemperatureConverter created', { generation: 3 }]]);
  });
});

describe('the change log has no line', () => {
  it('at a restart', () => {
    changeLog.reconciled(exampleConverter(STORED), UNCHANGED, log);
    expect(lines()).toEqual([]);
  });

  it('when a generation that failed is retried, before its status is stored', () => {
    changeLog.reconciled(exampleConverter(), UNCHANGED, log);
    changeLog.reconciled(exampleConverter(), UNCHANGED, log);
    expect(lines()).toHaveLength(1);
  });

  it('while a deletion waits, nor for a resource that it never saw', () => {
    changeLog.reconciled(exampleConverter({ ...STORED, metadata: { generation: 4, deletionTimestamp: 'x' } }), [], log);
    changeLog.deleted('blue/other');
    expect(lines()).toEqual([]);
  });
});
