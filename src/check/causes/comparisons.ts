import { blockAt, runSizeFrom } from '../../oracle/runs.ts';
import { malloc, realloc } from '../../trace/op.ts';
import type { Lab } from '../lab.ts';
import type { Scene } from '../scene.ts';
import { type Cause, type Diagnosis, endingWith, passes } from './cause.ts';

/** A block that would have been just right, and was refused for being not more than that. */
export const comparisons: Diagnosis = (scene, lab) => {
  if (scene.violation.invariant !== 'placement') return undefined;
  if (scene.violation.cause === 'slack') return splitTooLate(scene, lab);
  return scene.violation.cause === 'moved' ? moved(scene, lab) : undefined;
};

async function splitTooLate(scene: Scene, lab: Lab): Promise<Cause | undefined> {
  const { s, after, header, step, trace } = scene;
  const least = s.contract.placement?.smallestPayload ?? 8;
  const given = after.payloadSize[blockAt(after, s.result - header)] ?? 0;
  const slack = given - s.need;
  if (slack !== header + least || s.need <= 8 || step.op.kind !== 'malloc') {
    return slack === header + least ? splitMore(scene, lab, slack) : undefined;
  }
  const smaller = endingWith(trace, step.index, malloc(step.op.slot, s.need - 8));
  if (!(await passes(lab, smaller))) return undefined;
  return late(
    slack,
    header,
    least,
    `with ${s.need - 8} bytes asked for, 8 more are left, and the block is split`,
  );
}

/** Nothing smaller can be asked for: then more is put there to take. */
async function splitMore({ trace, header, s }: Scene, lab: Lab, slack: number) {
  const least = s.contract.placement?.smallestPayload ?? 8;
  const at = trace.findIndex(
    ({ kind, size }) => kind === 'malloc' && Math.ceil(Number(size) / 8) * 8 === s.need + slack,
  );
  if (at < 0) return undefined;
  const roomier = trace.map((op, i) => (i === at ? malloc(op.slot, s.need + slack + 8) : op));
  if (!(await passes(lab, roomier))) return undefined;
  return late(slack, header, least, 'with a block 8 bytes longer, it is split');
}

function late(slack: number, header: number, least: number, tried: string): Cause {
  return {
    name: 'split-leaves-exact-rest',
    says: `a block is split only if more than a header and ${least} bytes are left: a rest of exactly ${header + least} is given away`,
    evidence: [`${slack} bytes were given away, exactly ${header} + ${least}`, tried],
  };
}

async function moved(scene: Scene, lab: Lab): Promise<Cause | undefined> {
  const { s, before, header, step, trace } = scene;
  const index = blockAt(before, s.oldAddress - header);
  if (index < 0 || !s.oldInHeap) return undefined;
  const own = before.payloadSize[index] as number;
  const run = runSizeFrom(before, index + 1);
  const limit = s.contract.placement?.mmapThreshold ?? 0;
  if (run === 0 || own >= s.need || s.block >= limit) return undefined;
  const never = await neverInPlace(lab);
  if (never) {
    return {
      name: 'never-grows-in-place',
      says: `realloc never grows a block in place: it moves though ${run} free bytes lie behind it`,
      evidence: [
        `${own} bytes, a header of ${header} and the ${run} behind hold the ${s.need} needed`,
        '8 bytes grown to 16, to 4000, and 100000 grown to 130000, each with all of the heap free behind, move as well',
      ],
    };
  }
  if (own + header + run !== s.need) return undefined;
  const fewer = s.need - 8;
  if (!(await passes(lab, endingWith(trace, step.index, realloc(step.op.slot, fewer)))))
    return undefined;
  return {
    name: 'exact-room-refused',
    says: `realloc wants more free room behind the block than it needs: exactly ${s.need} bytes are there, and it moves`,
    evidence: [
      `${own} bytes, a header of ${header} and ${run} free bytes behind are ${s.need}, all that is needed`,
      `for ${fewer} bytes it stays`,
    ],
  };
}

async function neverInPlace(lab: Lab): Promise<boolean> {
  for (const [from, to] of [
    [8, 16],
    [8, 4000],
    [100_000, 130_000],
  ] as const) {
    const { steps } = await lab.run([malloc(0, from), realloc(0, to)]);
    const [first, second] = steps;
    if (second === undefined || second.result === 0 || second.result === first?.result)
      return false;
  }
  return true;
}
