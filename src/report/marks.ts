// Which bytes a violation is about: those that the evidence of the step names (a broken byte, a fault, a
// header that leads nowhere, bytes that two payloads share), else the addresses in its sentence.

import type { Model } from '../oracle/model.ts';
import type { Violation } from '../oracle/violation.ts';
import type { BrokenByte, Step } from '../target/execution.ts';
import type { Mark } from './page-data.ts';

const MOST = 32;
const BYTE = 1;

/** `model` is that before the step. Marks are relative to heap start. */
export function marksOf(violation: Violation, step: Step, model: Model): Mark[] {
  const marks = fromEvidence(violation, step, model);
  const start = model.heapStart;
  const relative = marks.map((mark) => ({ ...mark, from: mark.from - start, to: mark.to - start }));
  return (relative.length > 0 ? relative : marksInSentence(violation.says, start)).slice(0, MOST);
}

function fromEvidence({ invariant }: Violation, step: Step, model: Model): Mark[] {
  switch (invariant) {
    case 'disjointness':
      return shared(step, model);
    case 'contents':
    case 'zeroing':
    case 'realloc-prefix':
      return step.broken.map((broken) => brokenMark(broken, step, model));
    case 'block-list':
      return flaw(step);
    case 'termination':
      return fault(step);
    default:
      return [];
  }
}

function shared({ op, result }: Step, model: Model): Mark[] {
  const end = result + Number(op.kind === 'calloc' ? op.count : 1) * Number(op.size);
  const marks: Mark[] = [];
  for (const slot of model.live) {
    if (slot === op.slot) continue;
    const address = model.address[slot] as number;
    const from = Math.max(result, address);
    const to = Math.min(end, address + (model.size[slot] as number));
    if (from < to)
      marks.push({ from, to, label: `p${op.slot} and p${slot} share ${bytes(to - from)}` });
  }
  return marks;
}

/** A payload that the op had no business with is where it was; what it gave out is where it says. */
function brokenMark(broken: BrokenByte, step: Step, model: Model): Mark {
  const { slot, offset, expected, actual, check } = broken;
  const payload = check === 'contents' ? model.address[slot] : step.result;
  const from = (payload ?? 0) + offset;
  const found = actual < 0 ? 'unmapped' : byteText(actual);
  return {
    from,
    to: from + BYTE,
    label: `p${slot}[${offset}]: expected ${byteText(expected)}, found ${found}`,
  };
}

function flaw({ heap }: Step): Mark[] {
  if (!heap.taken || heap.flaw === '') return [];
  const label = `this header says ${heap.flawSize} bytes`;
  return [{ from: heap.flawAt, to: heap.flawAt + heap.header, label }];
}

function fault({ fault }: Step): Mark[] {
  if (fault === undefined) return [];
  const label = fault.access === 'unknown' ? 'fault' : `${fault.access} fault`;
  return [{ from: fault.address, to: fault.address + BYTE, label }];
}

const NAMED =
  /\[heap\+0x([0-9a-f]+), heap\+0x([0-9a-f]+)\)|heap\+0x([0-9a-f]+)|\b0x([0-9a-f]{9,13})\b/g;

/** Every address that the sentence names: short numbers are bytes and sizes. */
export function marksInSentence(says: string, heapStart: number): Mark[] {
  return [...says.matchAll(NAMED)].map(([label, from, to, at, absolute]) => {
    const start =
      absolute === undefined
        ? Number.parseInt(from ?? at ?? '0', 16)
        : Number.parseInt(absolute, 16) - heapStart;
    const end = to === undefined ? start + BYTE : Number.parseInt(to, 16);
    return { from: start, to: Math.max(end, start + BYTE), label };
  });
}

function bytes(count: number): string {
  return count === 1 ? '1 byte' : `${count} bytes`;
}

function byteText(byte: number): string {
  return `0x${byte.toString(16).padStart(2, '0')}`;
}
