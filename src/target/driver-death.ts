// How the target's process ended, in words and as the fault it met. Format: DEATH in driver-report.ts.

import { constants } from 'node:os';
import type { SizeT } from '../contract/size-t.ts';
import { CALL_NAMES, signedAt, sizeAt } from './driver-records.ts';
import type { Words } from './driver-report.ts';
import type { Fault, Step } from './execution.ts';

const DEATH_WORDS = 9;
/** `struct call` of driver/shared.h. */
const CALL_WORDS = 8;
/** The process ended while the driver filled or re-read payloads, not in the call itself. */
const IN_PAYLOAD = 2;
/** It ended before the first op, or behind the last. */
const IN_INIT = 3;
const INIT_REFUSED = 4;
const AT_END = 5;
const ACCESSES: readonly Fault['access'][] = ['unknown', 'read', 'write'];

export function readDeath(step: Step, words: Words, at: number): void {
  const { ints, doubles } = words;
  const [calls, phase, status, signal, fault] = ints.subarray(at * 2 + 3, at * 2 + 8);
  step.given = doubles[at + 4]!;
  if (fault! > 0) step.fault = { address: doubles[at + 5]!, access: ACCESSES[fault! - 1]! };
  readDeadCalls(step, ints, at + DEATH_WORDS, calls!);
  const frames = at + DEATH_WORDS + calls! * CALL_WORDS;
  const framesEnd = frames + ints[at * 2 + 16]!;
  step.frames = [...doubles.subarray(frames, framesEnd)];
  const texts = framesEnd * 8;
  step.detail =
    (phase === INIT_REFUSED
      ? 'its init function said that it failed'
      : ending(step, status!, signal!, hangOf(ints, at))) +
    during(phase!) +
    said(words.bytes, texts, ints[at * 2 + 12]!, ints[at * 2 + 13]!);
}

/** `enum hang` of driver/process.h: it worked, slept, or had stopped itself. */
function hangOf(ints: Int32Array, at: number): string {
  const limitMs = ints[at * 2 + 14]!;
  switch (ints[at * 2 + 15]!) {
    case 2:
      return `no return, asleep for ${limitMs} ms`;
    case 3:
      return 'it stopped itself';
    default:
      return `no return within ${limitMs} ms of CPU time`;
  }
}

function ending(step: Step, status: number, signal: number, hang: string): string {
  const killedBy = status & 127;
  switch (step.outcome) {
    case 'exited':
      return `exit status ${(status >> 8) & 255}`;
    case 'hung':
      return hang;
    case 'crashed':
      return signalName(signal === 0 ? killedBy : signal);
    default:
      return `the process is gone (${signalName(killedBy)})`;
  }
}

function during(phase: number): string {
  switch (phase) {
    case IN_PAYLOAD:
      return ', while its payloads were filled or read';
    case IN_INIT:
      return ', in its init function';
    case AT_END:
      return ', when what was live at the end was freed';
    default:
      return '';
  }
}

function said(bytes: Uint8Array, from: number, stdout: number, stderr: number): string {
  const second = from + Math.ceil(stdout / 8) * 8;
  return (
    quoted('stdout', bytes.subarray(from, from + stdout)) +
    quoted('stderr', bytes.subarray(second, second + stderr))
  );
}

function quoted(name: string, bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes).trim();
  return text === '' ? '' : `; ${name}: ${JSON.stringify(text)}`;
}

function signalName(number: number): string {
  for (const [name, value] of Object.entries(constants.signals)) if (value === number) return name;
  return `signal ${number}`;
}

function readDeadCalls(step: Step, ints: Int32Array, from: number, count: number): void {
  for (let at = from; at < from + count * CALL_WORDS; at += CALL_WORDS) {
    const length: SizeT = sizeAt(ints, at + 4);
    step.syscalls.push({
      name: CALL_NAMES[ints[at * 2]!]!,
      address: signedAt(ints, at + 3),
      length,
      moved: signedAt(ints, at + 5),
      protection: ints[at * 2 + 2]!,
      flags: ints[at * 2 + 3]!,
      fd: ints[at * 2 + 4]!,
      offset: signedAt(ints, at + 6),
      result: signedAt(ints, at + 7),
      error: ints[at * 2 + 1]!,
    });
  }
}
