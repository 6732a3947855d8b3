import { describe, expect, it } from '@jest/globals';
import { assert, constantFrom, property, string } from 'fast-check';
import { canonicalizeTarget, isTargetWellFormed, readParameter } from './request-target.ts';

describe('canonicalizeTarget', () => {
  it.each([
    ['/api/healthcheck', '/api/healthcheck'],
    ['/api/healthcheck?a=%20b', '/api/healthcheck?a=%20b'],
    ['/api/healthcheck?', '/api/healthcheck?'],
    ['/api/healthcheck#part?x', '/api/healthcheck'],
    ['/api/healthcheck?x#part', '/api/healthcheck?x'],
    ['/%61pi%2fhealthchec%6B?%61', '/api/healthcheck?%61'],
    ['///api/healthcheck', '/api/healthcheck'],
    ['/%2F/api/healthcheck', '/api/healthcheck'],
    ['/api//healthcheck', '/api//healthcheck'],
    ['/api/healthcheck/', '/api/healthcheck/'],
    ['http://host/api/healthcheck?x', '/api/healthcheck?x'],
    ['HTTPS://u:p@[::1]:80//api', '/api'],
    ['http://host', '/'],
    ['http://host?x', '/?x'],
  ])('reads %s as %s', (target, canonical) => {
    expect(canonicalizeTarget(target)).toBe(canonical);
  });

  it.each([
    '/api/healthcheck%3F',
    '/api/healthcheck%23',
    '/api/healthcheck%00',
    '/api/healthcheck%20',
    '/api/healthcheck%C3%A9',
    '/api/healthcheck%zz',
    '/%2561pi/healthcheck',
    '/%',
    '*',
    'host:80',
  ])('turns %s into a path without a resource', (target) => {
    expect(canonicalizeTarget(target)).toBe('/');
  });

  it('always returns exactly one leading slash, and is idempotent', () => {
    assert(
      property(
        string({ unit: constantFrom('/', '%', '2f', '61', '?', '#', '.', ':', 'a', '//', 'http://h', '%2F') }),
        (target) => {
          const canonical = canonicalizeTarget(target);
          expect(canonical).toMatch(/^\/(?!\/)/);
          expect(canonicalizeTarget(canonical)).toBe(canonical);
        },
      ),
    );
  });
});

describe('isTargetWellFormed', () => {
  it.each([
    ['/', 'GET', true],
    ['*', 'OPTIONS', true],
    ['*', 'GET', false],
    ['host:80', 'CONNECT', true],
    ['host:80', 'GET', false],
    ['http://host/', 'GET', true],
    ['http://[::1]:80/', 'GET', true],
    ['http://[::1/', 'GET', false],
    ['http://h]/', 'GET', false],
    ['http:/path', 'GET', false],
    ['', 'GET', false],
  ])('of %s with %s is %s', (target, method, expected) => {
    expect(isTargetWellFormed(target, method)).toBe(expected);
  });
});

describe('readParameter', () => {
  it.each([
    ['/', undefined],
    ['/?', undefined],
    ['/?b=1', undefined],
    ['/?A=1', undefined],
    ['/?a', ''],
    ['/?a=', ''],
    ['/?a=1', '1'],
    ['/?a=1&a=2', '1'],
    ['/?a&a=2', ''],
    ['/?&&b=2&a=1&', '1'],
    ['/?b=2;a=1', undefined],
    ['/?a=1;b=2', '1;b=2'],
    ['/?a=1=2', '1=2'],
    ['/?a=1?b', '1?b'],
    ['/??a=1', undefined],
    ['/?%61=%31', '1'],
    ['/?a=+1%2B', ' 1+'],
    ['/?+a=1', undefined],
    ['/?a=%', '%'],
    ['/?a=%4', '%4'],
    ['/?a=%zz1', '%zz1'],
    ['/?a=%2531', '%31'],
    ['/?a=%00', '\0'],
    ['/?a=%E3%80%80', '\u3000'],
    ['/?a=%EF%BB%BF1', '\ufeff1'],
    ['/?a=%ff', '\ufffd'],
    ['/?a=%C3%28', '\ufffd('],
  ])('reads from %s: %j', (target, value) => {
    expect(readParameter(target, 'a')).toBe(value);
  });

  it('reads any form-encoded text', () => {
    assert(
      property(string({ unit: 'binary' }), (text) => {
        expect(readParameter(`/?${new URLSearchParams({ a: text }).toString()}`, 'a')).toBe(text.toWellFormed());
      }),
    );
  });
});
