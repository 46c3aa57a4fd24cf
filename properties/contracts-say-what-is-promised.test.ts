// Contracts as data: what a user may write, what is refused and in which words, and that generator and
// judge follow what a contract says.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { alignmentOf, type Contract } from '../src/contract/contract.ts';
import { CONTRACTS, contractFrom, loadContract } from '../src/contract/contract-file.ts';
import { isoC } from '../src/contract/iso-c.ts';
import { malloclab, malloclab16 } from '../src/contract/malloclab.ts';
import { OperatingError } from '../src/contract/operating-error.ts';
import { osmem } from '../src/contract/osmem.ts';
import { traceFromSeed } from '../src/generate/traces.ts';
import { Judge } from '../src/oracle/judge.ts';
import type { Violation } from '../src/oracle/violation.ts';
import type { Step } from '../src/target/execution.ts';
import { calloc, malloc, type Op, realloc } from '../src/trace/op.ts';
import { requested } from '../src/trace/trace.ts';
import { stepOf } from './support/step.ts';

const folder = mkdtempSync(join(tmpdir(), 'allocheck-contract-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return name;
}

async function refusal(name: string): Promise<string> {
  const error = await loadContract(name, folder).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(OperatingError);
  const { message } = error as Error;
  expect(message).not.toContain('\n');
  return message;
}

const OWN = { malloc: 'my_malloc', free: 'my_free' };

describe('a contract in a file', () => {
  test('is taken from JSON, and from the default export of a module', async () => {
    const json = file('own.json', JSON.stringify({ extends: 'iso-c', name: 'own', symbols: OWN }));
    expect(await loadContract(json, folder)).toEqual({ ...isoC, name: 'own', symbols: OWN });
    const module = file('own.mjs', `export default ${JSON.stringify({ ...malloclab, name: 'm' })}`);
    expect(await loadContract(module, folder)).toEqual({ ...malloclab, name: 'm' });
  });

  test('is known by its name where it is built in', async () => {
    for (const contract of CONTRACTS)
      expect(await loadContract(contract.name, folder)).toBe(contract);
  });

  test('can say all that a built-in one says', () => {
    for (const contract of CONTRACTS) {
      expect(contractFrom(JSON.parse(JSON.stringify(contract)), 'x')).toEqual(contract);
    }
  });

  test('needs a name, its functions and an alignment only', () => {
    const least = contractFrom(
      { name: 'least', symbols: OWN, alignment: [{ from: 0, multiple: 1 }] },
      'x',
    );
    expect(least).toMatchObject({ zeroSize: 'any', staleFree: false, interposed: false });
  });

  test('that nobody wrote is named, with what there is', async () => {
    expect(await refusal('iso')).toMatch(/^--contract iso is not known \(there is osmem, iso-c,/);
    expect(await refusal('no.json')).toBe('cannot read no.json: ENOENT');
    expect(await refusal('no.mjs')).toMatch(/^cannot load no\.mjs: /);
  });

  test('is refused with one line that says what is wrong', async () => {
    const layout = osmem.placement;
    const wrong: readonly (readonly [unknown, RegExp])[] = [
      [[], /: a contract is an object/],
      [{ extends: 'iso' }, /: extends "iso" names no contract/],
      [{ extends: 'iso-c', nmae: 'x' }, /: there is no field nmae/],
      [{ name: 'x' }, /: symbols is missing/],
      [{ name: 'x', symbols: OWN }, /: alignment is missing/],
      [{ extends: 'iso-c', symbols: { malloc: 'm' } }, /: symbols is wrong: .*malloc and free/],
      [{ extends: 'iso-c', symbols: { ...OWN, calloc: '1x' } }, /: symbols is wrong/],
      [{ extends: 'iso-c', symbols: { ...OWN, memalign: 'm' } }, /: symbols is wrong/],
      [{ extends: 'iso-c', tiers: ['security'] }, /: tiers is wrong: a list of safety,/],
      [{ extends: 'iso-c', alignment: [] }, /: alignment is wrong/],
      [{ extends: 'iso-c', alignment: [{ from: 0, multiple: 12 }] }, /: alignment is wrong/],
      [{ extends: 'iso-c', alignment: [{ from: 8, multiple: 8 }] }, /: alignment is wrong/],
      [{ extends: 'iso-c', zeroSize: 0 }, /: zeroSize is wrong: one of any, null, undefined/],
      [{ extends: 'iso-c', unasked: { from: 9, below: 3 } }, /: unasked is wrong/],
      [{ extends: 'malloclab', heapLimit: -1 }, /: heapLimit is wrong/],
      [{ extends: 'malloclab', segment: 1 }, /: segment is wrong: true or false/],
      [{ extends: 'malloclab', defines: ['a b'] }, /: defines is wrong/],
      [{ extends: 'osmem', placement: {} }, /: placement is wrong/],
      ...[
        7,
        { ...layout, headers: [] },
        { ...layout, headers: [0] },
        { ...layout, pageSize: 0.5 },
      ].map((placement) => [{ extends: 'osmem', placement }, /: placement is wrong/] as const),
      ...[
        null,
        8,
        [8],
        [
          { from: 0, multiple: 8 },
          { from: 0, multiple: 16 },
        ],
        [{ from: '0' }],
      ].map((alignment) => [{ extends: 'iso-c', alignment }, /: alignment is wrong/] as const),
      ...[7, { below: 3 }, { from: 9, below: '10' }].map(
        (unasked) => [{ extends: 'iso-c', unasked }, /: unasked is wrong/] as const,
      ),
      [{ extends: 'iso-c', name: '' }, /: name is wrong: a text/],
      [{ extends: 'iso-c', tiers: [] }, /: tiers is wrong/],
      [{ extends: 'iso-c', symbols: 'm' }, /: symbols is wrong/],
      [{ extends: 'iso-c', symbols: { ...OWN, calloc: 7 } }, /: symbols is wrong/],
      [{ extends: 'malloclab', defines: 'A' }, /: defines is wrong/],
    ];
    for (const [value, message] of wrong) {
      expect(await refusal(file('wrong.json', JSON.stringify(value)))).toMatch(message);
    }
    expect(await refusal(file('torn.json', '{'))).toMatch(/^torn\.json is not JSON: /);
    expect(await refusal(file('thrown.mjs', 'throw new Error("a\\nb")'))).toBe(
      'cannot load thrown.mjs: a',
    );
  });

  test('is TypeScript only where Node reads that', async () => {
    const name = file('own.ts', 'export default {}');
    const strips = Boolean((process.features as { typescript?: unknown }).typescript);
    expect(await refusal(name)).toMatch(strips ? /name is missing/ : /needs Node 22\.18/);
  });
});

describe('the generator', () => {
  const RUNS = 400;

  function opsOf(contract: Contract): Op[] {
    return Array.from({ length: RUNS }, (_, i) => [...traceFromSeed(`c${i}`, contract)]).flat();
  }

  test('asks malloclab for nothing that the lab leaves undefined', () => {
    for (const op of opsOf(malloclab)) {
      expect(['malloc', 'realloc', 'free']).toContain(op.kind);
      if (op.kind !== 'free') expect(op.size).toBeGreaterThan(0);
      expect(op.size).toBeLessThan(2 ** 26);
    }
  });

  test('asks any malloc for sizes that nobody has, but not for failing syscalls or no bytes', () => {
    const ops = opsOf(isoC);
    const kinds = new Set(ops.map((op) => op.kind));
    expect([...kinds].sort()).toEqual(['calloc', 'free', 'free-null', 'malloc', 'realloc']);
    expect(ops.some((op) => requested(op) === undefined)).toBe(true);
    expect(ops.some((op) => op.size > 2n ** 63n)).toBe(true);
    expect(ops.some((op) => op.kind !== 'free' && op.kind !== 'free-null' && op.size === 0)).toBe(
      false,
    );
  });

  test('leaves out what a contract of malloc and free alone does not have', () => {
    const kinds = opsOf({ ...isoC, symbols: OWN }).map((op) => op.kind);
    expect([...new Set(kinds)].sort()).toEqual(['free', 'free-null', 'malloc']);
  });
});

describe('the judge', () => {
  function judged(contract: Contract, ...steps: Partial<Step>[]): Violation[] {
    const judge = new Judge(contract);
    judge.begin({ heapStart: 0x1000 });
    return steps.flatMap((step, index) => [
      ...judge.step(stepOf(0x1000, { index, op: malloc(0, 16), ...step })),
    ]);
  }
  const causes = (violations: readonly Violation[]): string[] =>
    violations.map(({ invariant, cause }) => `${invariant}/${cause}`);
  const FAR = 0x7fff00000010;

  test('takes any answer to a request of no bytes, where any is lawful', () => {
    expect(judged(isoC, { op: malloc(0, 0) })).toEqual([]);
    expect(judged(isoC, { op: calloc(0, 0, 5), result: FAR })).toEqual([]);
    expect(causes(judged(osmem, { op: malloc(0, 0), result: FAR }))).toEqual(['result/not-null']);
  });

  test('has memory lie anywhere, where syscalls are not ours to answer', () => {
    expect(judged(isoC, { result: FAR })).toEqual([]);
    expect(causes(judged(malloclab, { result: FAR }))).toEqual(['containment/outside']);
  });

  test('owes 16 to what can hold something of 16, and 8 to the rest', () => {
    expect([1, 15, 16, 17].map((size) => alignmentOf(isoC, size))).toEqual([8, 8, 16, 16]);
    expect(alignmentOf(malloclab, 16)).toBe(8);
    expect(alignmentOf(malloclab16, 1)).toBe(16);
    expect(causes(judged(isoC, { result: FAR + 8 }))).toEqual(['alignment/misaligned']);
    expect(judged(isoC, { op: malloc(0, 15), result: FAR + 8 })).toEqual([]);
  });

  test('has memory be owed until a heap of a fixed size may be full', () => {
    expect(causes(judged(malloclab, { op: malloc(0, 64) }))).toEqual(['result/null']);
    const large = 15 * 2 ** 20;
    expect(judged(malloclab, { op: malloc(0, large) })).toEqual([]);
    expect(causes(judged(isoC, { op: malloc(0, large) }))).toEqual(['result/null']);
  });

  test('says nothing of a tier that the contract leaves out', () => {
    const wrapped = { op: realloc(0, 2n ** 64n - 1n), result: FAR };
    expect(causes(judged(isoC, wrapped))).toEqual(['overflow/size-accepted']);
    expect(judged(malloclab, wrapped)).toEqual([]);
  });
});
