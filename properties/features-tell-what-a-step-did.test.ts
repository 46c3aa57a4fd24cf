// Features (src/feedback) are small facts about steps, told from outside. Each has a name, each that is not the
// allocator's own choice is reached, and what is told of a step is what happened in it.

import { describe, expect, it } from 'vitest';
import type { Contract } from '../src/contract/contract.ts';
import { cs107 } from '../src/contract/cs107.ts';
import { isoC } from '../src/contract/iso-c.ts';
import { malloclab } from '../src/contract/malloclab.ts';
import { osmem, osmemOurs } from '../src/contract/osmem.ts';
import { FeatureSpace } from '../src/feedback/feature-space.ts';
import { FeatureReader } from '../src/feedback/features.ts';
import { FeatureTally } from '../src/feedback/tally.ts';
import { traces } from '../src/generate/traces.ts';
import type { Step } from '../src/target/execution.ts';
import { createNativeTarget } from '../src/target/native.ts';
import { createSimulatedTarget } from '../src/target/simulated.ts';
import type { Target, Visitor } from '../src/target/target.ts';
import { parseTrace } from '../src/trace/notation.ts';
import type { Trace } from '../src/trace/trace.ts';
import { requireTool } from './support/require-tool.ts';

const hasGcc = requireTool('gcc');

function visitorOf(reader: FeatureReader, end: () => void = () => {}): Visitor {
  return {
    begin: (_trace, beginning) => reader.begin(beginning),
    step: (step) => {
      reader.step(step);
      return true;
    },
    end,
  };
}

/** `name` or `name xN`, in the order in which they were first seen; without those of the groups left out. */
function namesIn(reader: FeatureReader, leftOut: readonly string[] = []): string[] {
  return [...reader.seen.subarray(0, reader.seenCount)].flatMap((number) => {
    const { group, name } = reader.space.features[number]!;
    const count = reader.counts[number]!;
    return leftOut.includes(group) ? [] : [count === 1 ? name : `${name} x${count}`];
  });
}

const SHAPES = ['free blocks', 'largest free', 'live blocks', 'mappings', 'growth', 'request'];

function told(text: string, leftOut: readonly string[]): string[] {
  const reader = new FeatureReader(osmemOurs);
  createSimulatedTarget().run(parseTrace(text), 'hunting', visitorOf(reader));
  return namesIn(reader, leftOut);
}

async function tallied(target: Target, runs: number): Promise<FeatureTally> {
  const reader = new FeatureReader(target.contract);
  const tally = new FeatureTally(reader.space);
  const source = traces('features', target.contract);
  const batch = Array.from({ length: runs }, () => source.next().value.trace);
  const visitor = visitorOf(reader, () => {
    tally.add(reader);
  });
  await target.execute(batch, 'hunting', visitor);
  return tally;
}

describe('a feature', () => {
  it.each([osmem, osmemOurs, isoC, malloclab, cs107])(
    'has a name of its own: $name',
    (contract) => {
      const { features, places } = new FeatureSpace(contract);
      expect(new Set(features.map(({ name }) => name)).size).toBe(features.length);
      const numbers = Object.values(places).flatMap((numbers) => [...numbers]);
      expect(numbers.filter((number) => number >= 0)).toEqual(features.map((_, number) => number));
    },
  );

  it('is reached, unless it is the choice of an allocator, by the built-in', async () => {
    const tally = await tallied(createSimulatedTarget(), 1200);
    expect(tally.counts().filter(({ runs, choice }) => runs === 0 && !choice)).toEqual([]);
  });

  it.each<[string, readonly string[]]>([
    ['a 0 1', ['malloc: begins the heap', 'given out with none block before and a free behind']],
    [
      'a 0 8; a 1 8; f 0; a 2 8',
      [
        'malloc: begins the heap',
        'given out with none block before and a free behind',
        'malloc: fits and is split',
        '88 or more bytes left over',
        'given out with a used block before and a free behind',
        'free: leaves a free block',
        'freed with none block before and a used behind',
        'malloc: fits whole',
        '0 bytes left over',
        'given out with none block before and a used behind',
      ],
    ],
    [
      'a 0 48; a 1 8; f 0; a 2 8',
      [
        'malloc: begins the heap',
        'given out with none block before and a free behind',
        'malloc: fits and is split',
        '88 or more bytes left over',
        'given out with a used block before and a free behind',
        'free: leaves a free block',
        'freed with none block before and a used behind',
        '40 bytes left over',
      ],
    ],
  ])('tells what happened in %s', (text, names) => {
    const found = told(text, SHAPES);
    for (const name of names) expect(found.join('\n')).toContain(name);
  });

  it('tells merging, growing and moving', () => {
    const grown =
      'a 0 8; a 1 8; f 1; r 0 40; a 2 130000; a 3 8; r 3 1000; r 0 2000; f 0; a 4 4; r 2 131072; f 2';
    const found = told(grown, [
      'request',
      'live blocks',
      'free blocks',
      'largest free',
      'neighbours',
    ]);
    expect(found).toMatchInlineSnapshot(`
      [
        "1 growths",
        "malloc: begins the heap",
        "malloc: fits and is split x4",
        "88 or more bytes left over x3",
        "free: leaves a free block x2",
        "realloc: absorbs the next",
        "1 headers merged away x2",
        "8 bytes left over",
        "2 to 3 growths x2",
        "realloc: stays and extends the heap",
        "realloc: appends a block",
        "40 bytes left over",
        "1 mapped",
        "realloc: is mapped",
        "0 mapped",
        "free of a mapping: unmaps",
      ]
    `);
  });

  it('tells which system call failed, and how the call went', () => {
    const found = told('x sbrk 1; a 0 8; a 0 8; x mmap 1; c 1 1 5000; x mmap 1; r 0 200000', [
      'request',
    ]);
    expect(found.filter((name) => name.includes('fails'))).toEqual([
      'malloc: fails',
      'malloc is NULL as sbrk fails',
      'calloc: fails',
      'calloc is NULL as mmap fails',
      'realloc: fails',
      'realloc is NULL as mmap fails',
    ]);
  });

  it('counts by powers of two', () => {
    const allocate = Array.from({ length: 9 }, (_, slot) => `a ${slot} 8`).join('; ');
    const release = [0, 2, 4, 6].map((slot) => `f ${slot}`).join('; ');
    const found = told(`${allocate}; ${release}`, ['request', 'route', 'neighbours', 'left over']);
    expect(found).toMatchInlineSnapshot(`
      [
        "1 growths",
        "1 free x9",
        "65536 to 131071 is the largest free x13",
        "1 live",
        "2 to 3 live x2",
        "4 to 7 live x7",
        "8 to 15 live x3",
        "2 to 3 free x2",
        "4 to 7 free x2",
      ]
    `);
  });

  it('is forgotten at the next trace', () => {
    const reader = new FeatureReader(osmemOurs);
    const target = createSimulatedTarget();
    const run = (trace: Trace) => target.run(trace, 'hunting', visitorOf(reader));
    run(parseTrace('a 0 8; f 0; a 1 200000'));
    run(parseTrace('f -1'));
    expect(namesIn(reader)).toEqual(['free of NULL: does nothing']);
  });
});

describe.runIf(hasGcc)('features of C allocators', () => {
  const open = (file: string, contract: Contract): Promise<Target> =>
    createNativeTarget({ files: [`corpus/allocators/${file}`], contract });

  it('are the same whether the target tells what changed or the whole heap', async () => {
    const target = await open('sound/alternating.c', osmem);
    const short = new FeatureReader(osmem);
    const long = new FeatureReader(osmem);
    const differences: string[] = [];
    const source = traces('both', osmem);
    const visitor: Visitor = {
      begin: (_trace, beginning) => {
        short.begin(beginning);
        long.begin(beginning);
      },
      step: (step) => {
        short.step(step);
        long.step(withoutBlocks(step));
        return true;
      },
      end: () => {
        const [a, b] = [namesIn(short).join(), namesIn(long).join()];
        if (a !== b) differences.push(`${a}\n${b}`);
      },
    };
    const batch = Array.from({ length: 100 }, () => source.next().value.trace);
    await target.execute(batch, 'hunting', visitor);
    await target.close();
    expect(differences).toEqual([]);
  });

  it.each([['malloclab/segregated-fits.c', malloclab]] as const)(
    'are reached: %s',
    async (file, contract) => {
      const target = await open(file, contract);
      const tally = await tallied(target, 1000);
      await target.close();
      const counts = tally.counts();
      expect(counts.filter(({ runs, choice }) => runs === 0 && !choice)).toEqual([]);
      expect(counts.filter(({ runs }) => runs > 0)).toHaveLength(tally.reached);
    },
  );
});

function withoutBlocks(step: Step): Step {
  const { index, op, outcome, result, given, errno, syscalls, broken, detail, fault, heap } = step;
  return { index, op, outcome, result, given, errno, syscalls, broken, detail, fault, heap };
}
