import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { DEVIATIONS, meets } from '../../service/testing/deviations.ts';
import { exchange, parseResponses } from '../../service/testing/raw-exchange.ts';
import {
  formatAnswer,
  formatRequest,
  type Meaning,
  type OddRequest,
  parseMeaning,
  readReferenceAnswers,
  REFERENCE_ANSWERS,
} from '../../service/testing/reference-answers.ts';
import { createRandom, generateTargets } from './random-requests.ts';

const { values } = parseArgs({
  options: {
    reference: { type: 'string', default: '8000' },
    service: { type: 'string', default: '5000' },
    random: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    record: { type: 'boolean', default: false },
  },
});
const CONCURRENCY = 8;
const SHOWN = 20;

async function ask(port: string, request: OddRequest): Promise<{ meaning: Meaning; isJson: boolean }> {
  const text = await exchange(Number(port), formatRequest(request));
  const answer = parseResponses(text, { bodyless: request.method === 'HEAD' }).find(({ status }) => status >= 200);
  if (answer === undefined) throw new Error(`No answer from port ${port} to ${JSON.stringify(request).slice(0, 200)}`);
  return { meaning: parseMeaning(answer), isJson: answer.headers['content-type'] === 'application/json' };
}

async function record(): Promise<void> {
  const lines: string[] = [];
  for (const { request } of readReferenceAnswers()) {
    lines.push(formatAnswer(request, (await ask(values.reference, request)).meaning));
  }
  writeFileSync(REFERENCE_ANSWERS, `${lines.join('\n')}\n`);
  console.log(`Recorded ${lines.length} answers of the reference.`);
}

const deviated = new Map<string, number>();
const differences: string[] = [];
let compared = 0;

async function compare(request: OddRequest): Promise<void> {
  const [reference, service] = await Promise.all([ask(values.reference, request), ask(values.service, request)]);
  const deviation = DEVIATIONS.find(({ applies }) => applies(request, reference.meaning));
  if (deviation !== undefined) deviated.set(deviation.name, (deviated.get(deviation.name) ?? 0) + 1);
  const expected = deviation?.expected ?? reference.meaning;
  compared += 1;
  if (service.isJson && meets(expected, service.meaning)) return;
  differences.push(
    `${JSON.stringify(request).slice(0, 300)}\n  expected ${JSON.stringify(expected)}\n  got      ${JSON.stringify(service.meaning)}`,
  );
}

function* listRequests(): Generator<OddRequest> {
  for (const { request } of readReferenceAnswers()) yield request;
  for (const target of generateTargets(Number(values.random), createRandom(Number(values.seed)))) yield { target };
}

async function compareAll(): Promise<void> {
  const requests = listRequests();
  const worker = async (): Promise<void> => {
    for (const request of requests) await compare(request);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  console.log(`${compared} requests, ${differences.length} differences in addition to the documented deviations:`);
  for (const { name, reason } of DEVIATIONS) {
    console.log(`  ${String(deviated.get(name) ?? 0).padStart(5)} ${name}: ${reason}`);
  }
  for (const difference of differences.slice(0, SHOWN)) console.log(difference);
  process.exitCode = differences.length === 0 ? 0 : 1;
}

await (values.record ? record() : compareAll());
