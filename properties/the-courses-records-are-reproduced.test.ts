// The records of the course's own checker, where they are at hand: real input that nobody here wrote.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { PlacementRules } from '../src/contract/contract.ts';
import { osmem } from '../src/contract/osmem.ts';
import { HEAP_START } from '../src/memory/address.ts';
import { Follower } from '../src/oracle/follow.ts';
import { compareWithRecord } from '../src/oracle/record.ts';
import { SimulatedTarget } from '../src/target/simulated.ts';
import { parseRecord } from '../src/trace/course-record.ts';
import { judged, stepsOf } from './support/run.ts';

const folder = new URL('../../shared/golden/', import.meta.url);
const records = existsSync(folder)
  ? readdirSync(folder).filter((name) => name.endsWith('.ref'))
  : [];

describe.skipIf(records.length === 0)('the built-in allocator, on a record of the course,', () => {
  test.each(records)('makes the calls, results and syscalls of %s', (name) => {
    const record = parseRecord(readFileSync(new URL(name, folder), 'utf8'), name);
    const target = new SimulatedTarget();
    const steps = stepsOf(target, record.trace);
    expect(steps).toHaveLength(record.calls.length);
    expect(compareWithRecord(record, steps, HEAP_START)).toEqual([]);
    const follower = new Follower(osmem.placement as PlacementRules, HEAP_START);
    expect(steps.map((step) => follower.follow(step)).filter(Boolean)).toEqual([]);
    expect(judged(target, record.trace)).toEqual([]);
  });

  test.each(records.slice(0, 3))('is told apart from a record that was changed: %s', (name) => {
    const text = readFileSync(new URL(name, folder), 'utf8');
    const record = parseRecord(text.replaceAll('HeapStart + 0x20000', 'HeapStart + 0x20008'), name);
    const steps = stepsOf(new SimulatedTarget(), record.trace);
    const [first] = compareWithRecord(record, steps, HEAP_START);
    expect(first?.expected).toContain('HeapStart+0x20008');
  });
});
