import { describe, expect, it } from '@jest/globals';
import { isHostValid } from './host-header.ts';

describe('isHostValid', () => {
  it('requires a Host with HTTP/1.1, not with HTTP/1.0', () => {
    expect([isHostValid(undefined, 1), isHostValid(undefined, 0)]).toEqual([false, true]);
  });

  it.each([
    'converter',
    'converter:5000',
    'converter.default.svc.cluster.local.',
    'under_score',
    '10.0.0.1:5000',
    '[::1]',
    '[2001:db8::1]:5000',
    '[::ffff:10.0.0.1]',
    '%C3%A9',
    "a!$&'()*+,;=~b",
    '',
    ':5000',
    'converter:',
  ])('accepts %j', (host) => {
    expect([isHostValid(host, 1), isHostValid(host, 0)]).toEqual([true, true]);
  });

  it.each([
    'a, a',
    'a, ',
    ', ',
    'a b',
    'a\tb',
    'a/b',
    'http://a',
    'user@a',
    'a?b',
    'a#b',
    'a\\b',
    '"a"',
    'é',
    '%',
    '%4',
    '%zz',
    'a:b',
    'a:-1',
    'a:1:2',
    '::1',
    '[::1',
    '::1]',
    '[]',
    '[a]',
    '[1:2:3]',
    '[::1]a',
    '[::1]:a',
    'a[::1]',
  ])('rejects %j', (host) => {
    expect([isHostValid(host, 1), isHostValid(host, 0)]).toEqual([false, false]);
  });
});
