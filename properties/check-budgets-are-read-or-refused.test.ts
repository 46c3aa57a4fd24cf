import { describe, expect, test } from 'vitest';
import { parseBudget } from '../src/check/budget.ts';
import { OperatingError } from '../src/contract/operating-error.ts';

describe('a budget', () => {
  test.each([
    ['10s', { kind: 'time', milliseconds: 10_000 }],
    ['1.5m', { kind: 'time', milliseconds: 90_000 }],
    ['500ms', { kind: 'time', milliseconds: 500 }],
    ['8h', { kind: 'time', milliseconds: 28_800_000 }],
    ['5000runs', { kind: 'runs', runs: 5000 }],
    ['1run', { kind: 'runs', runs: 1 }],
    ['1000000ops', { kind: 'ops', ops: 1_000_000 }],
  ])('%s is read', (text, budget) => {
    expect(parseBudget(text)).toEqual(budget);
  });

  test.each([
    '',
    '10',
    's',
    '0s',
    '0runs',
    '0.0m',
    '-5',
    '-5s',
    '1e99',
    '1e3runs',
    'banana',
    '1.5runs',
    '9999999999runs',
    '721h',
    '99999999999999999999s',
    'NaNs',
    'Infinityruns',
    '10 s',
    '10S',
    '0x10s',
  ])('%j is refused in one line that says what would do', (text) => {
    expect(() => parseBudget(text)).toThrow(OperatingError);
    expect(() => parseBudget(text)).toThrow(/^--budget .*\(say 10s, 2m or 5000runs\)$/);
  });
});
