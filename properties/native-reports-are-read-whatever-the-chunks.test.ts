// The driver's report is a stream: where it is cut into chunks means nothing, and what is no report is
// refused.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { osmem } from '../src/contract/osmem.ts';
import { encodeBatch, encodeConfig, wordsOf } from '../src/target/driver-batch.ts';
import { RECORD, RecordStream } from '../src/target/driver-report.ts';
import { calloc, failSbrk, malloc } from '../src/trace/op.ts';

/** One record of `words` words: its head, then a count. */
function record(kind: number, words: number, index: number): number[] {
  const rest = Array.from({ length: words * 2 - 2 }, (_, i) => i);
  return [(words | (kind << 24)) >>> 0, index, ...rest];
}

describe('a report', () => {
  test('is the same in any chunks', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 9_000 }), { minLength: 1, maxLength: 5 });
    const cuts = fc.array(fc.integer({ min: 5, max: 100_000 }), { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(sizes, cuts, (words, lengths) => {
        const halves = words.flatMap((count, i) => record(RECORD.step, count, i));
        const bytes = new Uint8Array(Uint32Array.from(halves).buffer);
        const stream = new RecordStream();
        const seen: number[][] = [];
        for (let from = 0, cut = 0; from < bytes.length; cut++) {
          const to = Math.min(bytes.length, from + lengths[cut % lengths.length]!);
          stream.push(bytes.subarray(from, to), ({ ints }, at, kind) => {
            const last = ints[(at + (ints[at * 2]! & 0xffffff)) * 2 - 1]!;
            seen.push([kind, ints[at * 2 + 1]!, last]);
            return true;
          });
          from = to;
        }
        const expected = words.map((count, i) => [RECORD.step, i, count === 1 ? i : count * 2 - 3]);
        expect(seen).toEqual(expected);
      }),
      { seed: 7, numRuns: 40 },
    );
  });

  test('is read no further than is wanted', () => {
    const bytes = new Uint8Array(
      Uint32Array.from([1, 2, 3].flatMap((i) => record(4, 1, i))).buffer,
    );
    const seen: number[] = [];
    new RecordStream().push(bytes, ({ ints }, at) => seen.push(ints[at * 2 + 1]!) < 2);
    expect(seen).toEqual([1, 2]);
  });

  test('that is not made of records is refused', () => {
    const push = (): void => new RecordStream().push(new Uint8Array(16), () => true);
    expect(push).toThrow(RangeError);
  });
});

describe('a batch', () => {
  test('has two words for an op, three for calloc, and sizes to the last bit', () => {
    const trace = [malloc(3, 2n ** 64n - 1n), calloc(4, 2 ** 40 + 5, 7), failSbrk(9)];
    expect(wordsOf(trace)).toBe(2 + 7);
    const bytes = encodeBatch([trace], 0, 1, { density: 'everything', careful: true });
    const words = new BigUint64Array(bytes.buffer);
    const kind = (code: bigint, slot: bigint): bigint => code | (BigInt.asUintN(32, slot) << 32n);
    expect([...words]).toEqual([
      ...[15n, 1n, 3n, 0n, 0n, 0n],
      ...[9n, 3n],
      ...[kind(0n, 3n), 2n ** 64n - 1n],
      ...[kind(1n, 4n), 7n, 2n ** 40n + 5n],
      ...[kind(7n, -1n), 9n],
    ]);
  });

  test('is preceded by a configuration that the driver has room for', () => {
    const limits = { cpuLimitMs: 1, wallLimitMs: 1, startLimitMs: 1, silenceLimitMs: 1 };
    const config = { header: undefined, isolation: 'auto' as const, ...limits };
    const words = new BigUint64Array(encodeConfig({ ...config, contract: osmem }).buffer);
    expect(Number(words[0])).toBe(words.length - 1);
    const alignment = Array.from({ length: 9 }, () => ({ from: 0, multiple: 8 }));
    const crowded = { ...osmem, alignment, placement: { ...osmem.placement!, headers: [] } };
    expect(() => encodeConfig({ ...config, contract: crowded })).toThrow('more than 8 entries');
  });
});
