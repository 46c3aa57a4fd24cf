// `replay --faults`: what a trace shows once its syscalls fail.

import { afterAll, expect, test } from 'vitest';
import { osmemOurs } from '../src/contract/osmem.ts';
import { replay } from '../src/corpus/replay.ts';
import { withRefusals } from '../src/corpus/replay-refused.ts';
import { createSimulatedTarget } from '../src/target/simulated.ts';
import { readTraceFile } from '../src/trace/trace-file.ts';
import { Desk } from './support/command-line.ts';

const desk = new Desk();
afterAll(() => desk.clear());

test('replay --faults says how many runs had syscalls refused', async () => {
  const { code, out } = await desk.run(['replay', '--faults', 'a 0 1; a 1 131072']);
  expect(out).toBe(
    'ok   trace on builtin: passed; with one syscall refused (2 runs) and with two (1): nothing new\n' +
      '1 trace: 1 as recorded, 0 not\n',
  );
  expect(code).toBe(0);
});

test('replay --faults reports what a refusal brings about, shrunk', async () => {
  const trace = 'a 0 131072; a 1 24; f 0; a 2 24; f 2; a 3 40';
  const asked = ['replay', '--target', 'mutant:flag-before-sbrk', trace];
  expect((await desk.run(asked)).code).toBe(0);
  const { code, out } = await desk.run([...asked, '--faults', '--json', '-']);
  expect(code).toBe(1);
  const verdict = JSON.parse(out);
  expect(verdict).toMatchObject({ verdict: 'failed', runs: 6 });
  expect(verdict.findings).toHaveLength(1);
  expect(verdict.findings[0]).toMatchObject({ invariant: 'syscalls', ops: 3 });
  expect(verdict.findings[0].trace).toMatch(/^x sbrk 1\n/);
});

test('what the trace shows without a refusal is reported once', async () => {
  const asked = ['replay', '--target', 'mutant:worst-fit', 'a 0 1; a 1 1; f 0; a 0 1'];
  const plain = await desk.run(asked);
  const { code, out } = await desk.run([...asked, '--faults']);
  expect(code).toBe(1);
  expect(out.match(/^\d+\. /gm)).toEqual(plain.out.match(/^\d+\. /gm));
  expect(out).toMatch(/failed: placement; with one syscall refused \(1 run\).*: nothing new/);
});

test('a contract under which nothing fails has no refusals', async () => {
  const target = createSimulatedTarget({ contract: { ...osmemOurs, interposed: false } });
  const file = readTraceFile('a 0 1', 'it');
  const replayed = await replay(createSimulatedTarget(), file, 'it');
  const refused = withRefusals(target, replayed, file.trace);
  await expect(refused).rejects.toThrow(/--faults: no syscall fails under osmem/);
});

test('a stop leaves it undecided, unless something was found', async () => {
  const stop = new AbortController();
  stop.abort();
  const target = createSimulatedTarget({ signal: stop.signal });
  const file = readTraceFile('a 0 1', 'it');
  const replayed = await replay(target, file, 'it');
  const { signal } = stop;
  const stopped = await withRefusals(target, replayed, file.trace, { signal });
  expect(stopped).toMatchObject({ held: false, cutShort: true });
});
