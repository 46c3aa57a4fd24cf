import { blockAt } from '../../oracle/runs.ts';
import type { Scene } from '../scene.ts';
import type { Cause, Diagnosis } from './cause.ts';

const WORD = 2n ** 64n;
const HALF = 2n ** 32n;

/** What was given out is what arithmetic that does not look for an overflow makes of the request. */
export const wrapped: Diagnosis = (scene) => {
  const { s, step } = scene;
  const ended = step.outcome === 'crashed';
  if (!ended && (step.outcome !== 'returned' || s.result === 0)) return undefined;
  const given = givenBlock(scene);
  if (given === undefined) return undefined;
  const { count, size, kind } = step.op;
  const exact = kind === 'calloc' ? BigInt(count) * BigInt(size) : BigInt(size);
  if (exact + 7n < HALF) return undefined;
  return (
    product(scene, exact, given) ?? inAnInt(scene, exact, given) ?? aligned(scene, exact, given)
  );
};

/** Bytes of the mapping made for it, or of its heap block, header and all. */
function givenBlock({ s, after, header, step }: Scene): bigint | undefined {
  const crashed = step.outcome === 'crashed';
  const mapping = step.syscalls.findLast(({ name, error }) => name === 'mmap' && error === 0);
  if (mapping !== undefined && (crashed || mapping.result + header === s.result))
    return BigInt(mapping.length);
  if (after.flaw === 'too-small' && after.flawAt === s.result - header && after.flawSize === 0) {
    return BigInt(header);
  }
  if (crashed) return undefined;
  const index = blockAt(after, s.result - header);
  if (index < 0) return undefined;
  return BigInt(header + (after.payloadSize[index] as number));
}

function product({ step, header }: Scene, exact: bigint, given: bigint): Cause | undefined {
  const { op } = step;
  if (op.kind !== 'calloc') return undefined;
  for (const [modulus, type, name] of [
    [WORD, 'size_t', 'product-wraps'],
    [HALF, '32 bits', 'product-in-32-bits'],
  ] as const) {
    const rest = exact % modulus;
    const fits = block(rest, header) === given || (rest === 0n && given === BigInt(header));
    if (exact < modulus || !fits) continue;
    return {
      name,
      says: `calloc multiplies without asking whether the product fits ${type}: ${op.count} * ${op.size} comes out as ${rest}`,
      evidence: [
        `${op.count} * ${op.size} is ${exact}, which is ${rest} modulo ${modulus}`,
        `the block given out has ${given} bytes: the header and ${given - BigInt(header)}`,
      ],
    };
  }
  return undefined;
}

function inAnInt({ step, header }: Scene, exact: bigint, given: bigint): Cause | undefined {
  if (step.op.kind === 'calloc' || exact >= WORD / 2n) return undefined;
  const rest = ((exact + 7n) & ~7n) % HALF;
  if (BigInt(header) + rest !== given) return undefined;
  return {
    name: 'size-in-32-bits',
    says: `the size is kept in 32 bits: of ${exact} bytes, aligned to 8, ${rest} are left`,
    evidence: [
      `${exact}, rounded up to 8, is ${rest} modulo 2^32`,
      `the block given out has ${given} bytes: the header and ${given - BigInt(header)}`,
    ],
  };
}

function aligned({ step, header }: Scene, exact: bigint, given: bigint): Cause | undefined {
  if (step.op.kind === 'calloc' || exact < WORD - 4096n) return undefined;
  const need = ((exact + 7n) & ~7n) % WORD;
  const whole = (need + BigInt(header)) % WORD;
  const asked = `of SIZE_MAX - ${WORD - 1n - exact}`;
  if (need === 0n && (given === BigInt(header) || given === BigInt(header) + 8n)) {
    return {
      name: 'alignment-wraps',
      says: `aligning a request ${asked} to 8 wraps to 0, and a block of ${given - BigInt(header)} bytes is returned for it`,
      evidence: [`rounded up to 8 it is 0 modulo 2^64`, `the block given out has ${given} bytes`],
    };
  }
  if (need === 0n || whole !== given || whole >= HALF) return undefined;
  return {
    name: 'header-addition-wraps',
    says: `adding the header of ${header} to a request ${asked} wraps to ${whole}, and a block of that is made`,
    evidence: [
      `${need} + ${header} is ${whole} modulo 2^64`,
      `the block given out has ${given} bytes`,
    ],
  };
}

function block(bytes: bigint, header: number): bigint {
  const need = (bytes + 7n) & ~7n;
  return BigInt(header) + (need === 0n ? 8n : need);
}
