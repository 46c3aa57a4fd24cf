// Feedback keeps traces that went somewhere new, and runs what it makes of them. Whatever it makes is a trace, and
// follows from the seed and the runs before.

import { describe, expect, it } from 'vitest';
import { malloclab } from '../src/contract/malloclab.ts';
import { osmem, osmemOurs } from '../src/contract/osmem.ts';
import { Feedback } from '../src/feedback/feedback.ts';
import {
  drop,
  fail,
  goOn,
  LONGEST,
  moveFree,
  mutated,
  repeat,
  resize,
  splice,
} from '../src/feedback/mutate.ts';
import { Rarities } from '../src/feedback/rarities.ts';
import type { Random } from '../src/generate/random.ts';
import { randomFrom } from '../src/generate/seed.ts';
import { traces } from '../src/generate/traces.ts';
import { createSimulatedTarget } from '../src/target/simulated.ts';
import { formatTrace, parseTrace } from '../src/trace/notation.ts';
import type { Op } from '../src/trace/op.ts';
import type { Trace } from '../src/trace/trace.ts';
import { isTrace } from '../src/trace/well-formed.ts';

const KEPT = parseTrace('a 0 8; c 1 3 5; f 0; r 1 100; x mmap 1; a 2 200000; f 1; s 1 5; f -1');
const OTHER = parseTrace('r 3 64; f 3; a 0 MAX');
const MUTATORS = { splice, goOn, repeat, resize, moveFree, fail, drop };
const EMPTY: Trace = [];
const SHAPES = { shapes: true, edges: false };

/** So many traces made by it, of KEPT and OTHER. */
function made(mutator: typeof splice, contract = osmem, count = 60): Trace[] {
  const random = randomFrom('made');
  return Array.from({ length: count }, () => mutator(KEPT, OTHER, random, contract));
}

/** Whether the ops of `part` stand in `whole` in their order. */
function isWithin(part: Trace, whole: Trace): boolean {
  let at = 0;
  for (const op of whole) if (at < part.length && op === part[at]) at++;
  return at === part.length;
}

const sorted = (trace: Trace): string[] => trace.map((op) => formatTrace([op])).sort();
const isFault = ({ kind }: Op): boolean => kind === 'fail-sbrk' || kind === 'fail-mmap';

describe('a mutator', () => {
  it.each(Object.entries(MUTATORS))('makes a trace of any trace: %s', (_name, mutator) => {
    const random = randomFrom('any');
    const source = traces('any', osmem);
    for (let i = 0; i < 100; i++) {
      const [one, other] = [source.next().value.trace, source.next().value.trace];
      expect(isTrace(mutator(one, other, random, osmem))).toBe(true);
      expect(isTrace(mutator(EMPTY, other, random, osmem))).toBe(true);
      expect(isTrace(mutator(one, EMPTY, random, osmem))).toBe(true);
    }
  });

  it('takes no size for that of a block which no block can have', () => {
    const random = randomFrom('huge');
    const huge = parseTrace('a 0 MAX; r 0 MAX-31; a 1 0x4000000000000000; c 1 MAX 1');
    for (let i = 0; i < 1000; i++) expect(isTrace(resize(huge, EMPTY, random, osmem))).toBe(true);
  });

  it.each(Object.entries(MUTATORS))('changes something: %s', (_name, mutator) => {
    expect(made(mutator).some((trace) => formatTrace(trace) !== formatTrace(KEPT))).toBe(true);
  });

  it('splices the beginning of one to the end of the other', () => {
    for (const trace of made(splice)) {
      const cut = trace.findIndex((op, at) => op !== KEPT[at]);
      const rest = cut < 0 ? [] : trace.slice(cut);
      expect(rest).toEqual(rest.length === 0 ? [] : OTHER.slice(-rest.length));
    }
    expect(goOn(KEPT, OTHER, randomFrom(''), osmem)).toEqual([...KEPT, ...OTHER]);
  });

  it('repeats a stretch on the same slots or on new ones, and leaves the rest', () => {
    const all = made(repeat);
    for (const trace of all) {
      expect(isWithin(KEPT, trace)).toBe(true);
      expect(trace.length).toBeGreaterThan(KEPT.length);
    }
    const slots = all.map((trace) => Math.max(...trace.map(({ slot }) => slot)));
    expect(slots.some((most) => most === 2)).toBe(true);
    expect(slots.some((most) => most > 2)).toBe(true);
  });

  it('gives one op another size', () => {
    for (const trace of made(resize)) {
      const changed = trace.filter((op, at) => op !== KEPT[at]);
      expect(changed).toHaveLength(1);
      expect(trace).toHaveLength(KEPT.length);
    }
  });

  it('moves a free, and loses no op', () => {
    for (const trace of made(moveFree)) expect(sorted(trace)).toEqual(sorted(KEPT));
  });

  it('makes one system call fail, unless the contract knows no failure', () => {
    const faults = (trace: Trace): number => trace.filter(isFault).length;
    for (const trace of made(fail)) expect(faults(trace)).toBe(faults(KEPT) + 1);
    for (const trace of made(fail, malloclab)) expect(trace).toBe(KEPT);
  });

  it('drops a stretch, and nothing else', () => {
    for (const trace of made(drop)) {
      expect(isWithin(trace, KEPT)).toBe(true);
      expect(trace.length).toBeLessThan(KEPT.length);
    }
  });
});

describe('what is made of a kept trace', () => {
  it('is never empty, nor longer than a crowd, and the same for the same seed', () => {
    const long = traces('long', osmem);
    const others = Array.from({ length: 50 }, () => long.next().value.trace);
    const make = (random: Random): Trace[] => {
      let kept = KEPT;
      return others.map((other) => {
        kept = mutated(kept, other, random, osmem);
        return kept;
      });
    };
    const once = make(randomFrom('mutate'));
    for (const { length } of once) {
      expect(length).toBeGreaterThan(0);
      expect(length).toBeLessThanOrEqual(LONGEST);
    }
    expect(make(randomFrom('mutate'))).toEqual(once);
    expect(make(randomFrom('otherwise'))).not.toEqual(once);
  });
});

describe('what few runs have shown', () => {
  const drawn = (rarities: Rarities, times = 300): Trace[] => {
    const random = randomFrom('draw');
    return Array.from({ length: times }, () => rarities.draw(random) ?? EMPTY);
  };

  it('is drawn from only once the batch that showed it is over', () => {
    const rarities = new Rarities(2);
    rarities.add(1, KEPT);
    expect(rarities.draw(randomFrom(''))).toBeUndefined();
    rarities.settle();
    expect(rarities.draw(randomFrom(''))).toBe(KEPT);
  });

  it('is told by the shortest trace that shows it', () => {
    const rarities = new Rarities(2);
    for (const trace of [KEPT, OTHER, KEPT]) rarities.add(0, trace);
    rarities.settle();
    expect(new Set(drawn(rarities))).toEqual(new Set([OTHER]));
  });

  it('goes before what many have shown', () => {
    const rarities = new Rarities(100);
    for (let thing = 0; thing < 100; thing++) {
      const runs = thing < 40 ? 1 : 100;
      for (let i = 0; i < runs; i++) rarities.add(thing, thing < 40 ? OTHER : KEPT);
    }
    rarities.settle();
    expect(new Set(drawn(rarities))).toEqual(new Set([OTHER]));
  });
});

describe('feedback', () => {
  const run = (feedback: Feedback, batches: number): string[] => {
    const target = createSimulatedTarget();
    const source = feedback.mix(traces('feedback', osmemOurs), 'feedback');
    const ran: string[] = [];
    for (let i = 0; i < batches * 16; i++) {
      const { seed, trace } = source.next().value;
      ran.push(`${seed}: ${formatTrace(trace)}`);
      target.run(trace, 'hunting', {
        begin: (begun, beginning) => feedback.begin(begun, beginning),
        step: (step) => {
          feedback.step(step);
          return true;
        },
        end: () => feedback.end(true),
      });
      if (i % 16 === 15) feedback.settle();
    }
    return ran;
  };

  it('makes the same runs again', () => {
    const once = run(new Feedback(osmemOurs, SHAPES), 8);
    expect(run(new Feedback(osmemOurs, SHAPES), 8)).toEqual(once);
    expect(once.filter((text) => text.startsWith('feedback/kept/')).length).toBeGreaterThan(16);
  });

  it('takes nothing from a pool that is empty, and keeps nothing that showed a defect', () => {
    const feedback = new Feedback(osmemOurs, SHAPES);
    const source = feedback.mix(traces('none', osmemOurs), 'none');
    feedback.begin(KEPT, { heapStart: 0 });
    feedback.end(false);
    feedback.settle();
    const seeds = Array.from({ length: 20 }, () => source.next().value.seed);
    expect(seeds.filter((seed) => seed.startsWith('none/kept/'))).toEqual([]);
  });
});
