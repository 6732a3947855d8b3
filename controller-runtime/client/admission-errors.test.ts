import { describe, expect, it } from '@jest/globals';
import { findUncallableWebhook, isDenialMessage } from './admission-errors.ts';

describe('isDenialMessage', () => {
  it.each([
    'admission webhook "x.example.com" denied the request: label required',
    'admission webhook "x" denied the request without explanation',
    `services "web" is forbidden: ValidatingAdmissionPolicy 'team' with binding 'team-blue' denied request: no`,
    `ValidatingAdmissionPolicy 'team' denied request: no`,
    `services "web" is forbidden: policy 'team' with binding 'team-blue' denied request: no such key`,
    'policy "team" denied request: no such key',
  ])('is true for: %s', (message) => {
    expect(isDenialMessage(message)).toBe(true);
  });

  it.each([
    '',
    'services "web" is forbidden: User "x" cannot patch resource "services"',
    'failed calling webhook "x": connection refused',
    'Service "web" is invalid: spec.ports: Required value',
  ])('is false for: %s', (message) => {
    expect(isDenialMessage(message)).toBe(false);
  });
});

describe('findUncallableWebhook', () => {
  it.each([
    ['Internal error occurred: failed calling webhook "x.example.com": refused', 'x.example.com'],
    ['conversion webhook for example.com/v1, Kind=X failed: Post "https://…": refused', 'example.com/v1'],
    ['admission webhook "x" denied the request: no', undefined],
    ['', undefined],
  ])('in %j is %s', (message, webhook) => {
    expect(findUncallableWebhook(message)).toBe(webhook);
  });
});
