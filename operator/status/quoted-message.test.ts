import { describe, expect, it } from '@jest/globals';
import { keepWording, prefixMessage, type QuotedMessage, quoteWords } from './quoted-message.ts';

const said = (words?: string, pod = 'web-1'): QuotedMessage => quoteWords(`Pod ${pod} fails (Reason`, words, '). See.');

describe('quoteWords', () => {
  it.each([
    ['dial tcp: timeout.', 'Pod web-1 fails (Reason: dial tcp: timeout). See.'],
    ['two\n lines', 'Pod web-1 fails (Reason: two lines). See.'],
    [undefined, 'Pod web-1 fails (Reason). See.'],
    ['', 'Pod web-1 fails (Reason). See.'],
  ])('puts %j into the message', (words, message) => {
    expect(said(words).message).toBe(message);
  });
});

describe('the stored message stays', () => {
  it.each([
    ['with other numbers', said('back-off 10s of 3'), said('back-off 20s of 4')],
    [
      'with other addresses',
      said('10.0.0.1:4711->10.0.0.9:53: i/o timeout'),
      said('10.0.0.1:9->10.0.0.8:53: i/o timeout'),
    ],
    [
      'with the generated name of another pod',
      said('no cpu in Pod web-5d8c-x7k2p'),
      said('no cpu in Pod web-5d8c-qq2vh'),
    ],
    ['when there are no words now', said('not found'), said()],
    ['with a prefix', prefixMessage('Rolling out. ', said('try 1')), prefixMessage('Rolling out. ', said('try 2'))],
  ])('%s', (_case, stored, computed) => {
    expect(keepWording(stored.message, computed)).toBe(stored.message);
  });
});

describe('the new message replaces the stored one', () => {
  it.each([
    ['with other words', said('not found'), said('access denied')],
    ['about another pod', said('not found'), said('not found', 'web-2')],
    ['with words where there were none', said(), said('not found')],
    ['with another prefix', said('try 1'), prefixMessage('Rolling out. ', said('try 2'))],
    ['without a quote', said('try 1'), { message: 'Pods are starting.' }],
    ['where before and after overlap', { message: 'aba' }, quoteWords('ab', undefined, 'ba')],
  ])('%s', (_case, stored, computed) => {
    expect(keepWording(stored.message, computed)).toBe(computed.message);
  });

  it('and is used where none is stored', () => {
    expect(keepWording(undefined, said('x'))).toBe('Pod web-1 fails (Reason: x). See.');
  });
});
