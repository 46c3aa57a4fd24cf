// Plays a view's frames back. The whole trace is gone through once, and the tables are kept now and then:
// a checkpoint whenever as much has changed since the last one as there is to keep. So the checkpoints are
// no larger than the changes themselves, and no frame is farther from one than a heap's worth of changes.

import { BREAK, FLAW, GONE, TABLE } from './tables.js';

/** @typedef {import('../page-data.ts').ViewData} ViewData */
/** @typedef {readonly [number, number]} Row */
/** @typedef {Map<number, Row>} Table */
/** @typedef {{ frame: number, tables: Table[] }} Checkpoint */

/** Changes that are always fewer than it takes to notice. */
const FEW = 4096;

/** The heap after a frame, sorted by address.
 * @typedef {object} State
 * @property {number} frame
 * @property {number} end The break.
 * @property {{ at: number, size: number } | undefined} flaw
 * @property {Float64Array} blocks Header addresses.
 * @property {Table} block By header address: payload bytes, status.
 * @property {Payload[]} payloads
 * @property {{ from: number, to: number }[]} mappings
 * @property {Map<number, Row | undefined>} blocksBefore The blocks that this frame changed, as they were.
 * @property {Map<number, Row | undefined>} payloadsBefore By slot.
 * @property {Map<number, Row | undefined>} mappingsBefore
 * @property {number | undefined} endBefore The break, if this frame moved it.
 */

/** @typedef {{ slot: number, from: number, to: number }} Payload */

/** As much of a state as is drawn.
 * @typedef {Omit<State, 'block'> & { readonly block: { get(at: number): Row | undefined } }} DrawnState */

export class Track {
  /** @param {ViewData} view */
  constructor(view) {
    /** @type {readonly (readonly number[])[]} */
    this.changes = view.changes;
    /** @type {Table[]} */
    this.tables = emptyTables();
    /** @type {Map<number, Row | undefined>[]} */
    this.before = emptyTables();
    this.frame = -1;
    /** @type {Checkpoint[]} */
    this.checkpoints = [{ frame: -1, tables: emptyTables() }];
    this.prepare();
  }

  /** @param {number} frame
   * @returns {State} */
  at(frame) {
    this.seek(frame);
    const [block, payload, mapping, bounds] = /** @type {[Table, Table, Table, Table]} */ (
      this.tables
    );
    const [blocksBefore, payloadsBefore, mappingsBefore, boundsBefore] =
      /** @type {[Map<number, Row>, Map<number, Row>, Map<number, Row>, Map<number, Row>]} */ (
        this.before
      );
    const flaw = bounds.get(FLAW);
    return {
      frame,
      end: bounds.get(BREAK)?.[0] ?? 0,
      flaw: flaw && { at: flaw[0], size: flaw[1] },
      blocks: Float64Array.from(block.keys()).sort(),
      block,
      payloads: Array.from(payload, ([slot, [from, size]]) => ({
        slot,
        from,
        to: from + size,
      })).sort((a, b) => a.from - b.from || a.slot - b.slot),
      mappings: Array.from(mapping, ([from, [length]]) => ({ from, to: from + length })).sort(
        (a, b) => a.from - b.from,
      ),
      blocksBefore,
      payloadsBefore,
      mappingsBefore,
      endBefore: boundsBefore.has(BREAK) ? (boundsBefore.get(BREAK)?.[0] ?? 0) : undefined,
    };
  }

  prepare() {
    let since = 0;
    for (let frame = 0; frame < this.changes.length; frame++) {
      since += this.apply(frame);
      if (since < FEW || since < this.tables.reduce((sum, { size }) => sum + size, 0)) continue;
      since = 0;
      this.checkpoints.push({ frame, tables: this.tables.map((table) => new Map(table)) });
    }
  }

  /** @param {number} frame */
  seek(frame) {
    if (frame === this.frame) return;
    const near = this.checkpoints.findLast((each) => each.frame < frame) ?? this.checkpoints[0];
    if (near === undefined) return;
    if (this.frame >= frame || this.frame < near.frame) {
      this.tables = near.tables.map((table) => new Map(table));
      this.frame = near.frame;
    }
    while (this.frame < frame) this.apply(this.frame + 1);
  }

  /** Makes `frame` of the frame before it, and returns how much that was.
   * @param {number} frame */
  apply(frame) {
    const changes = this.changes[frame] ?? [];
    this.before = emptyTables();
    this.frame = frame;
    for (let i = 0; i < changes.length; ) {
      const code = /** @type {number} */ (changes[i]);
      const key = /** @type {number} */ (changes[i + 1]);
      const isGone = code >= GONE;
      const table = /** @type {Table} */ (this.tables[isGone ? code - GONE : code]);
      const before = this.before[isGone ? code - GONE : code];
      if (!before?.has(key)) before?.set(key, table.get(key));
      if (isGone) table.delete(key);
      else table.set(key, /** @type {Row} */ ([changes[i + 2], changes[i + 3]]));
      i += isGone ? 2 : 4;
    }
    return changes.length;
  }
}

/** The blocks before the frame: those after it, with what it changed put back.
 * @param {DrawnState} state
 * @returns {DrawnState} */
export function stateBefore(state) {
  const { blocks, block, blocksBefore } = state;
  if (blocksBefore.size === 0) return state;
  const isNew = (/** @type {number} */ at) =>
    blocksBefore.has(at) && blocksBefore.get(at) === undefined;
  const gone = [...blocksBefore.keys()].filter((at) => block.get(at) === undefined);
  const added = [...blocksBefore.keys()].some(isNew);
  const kept = added ? blocks.filter((at) => !isNew(at)) : blocks;
  return {
    ...state,
    // The whole table is not copied for the few that differ.
    block: { get: (at) => (blocksBefore.has(at) ? blocksBefore.get(at) : block.get(at)) },
    blocks: gone.length === 0 ? kept : Float64Array.from([...kept, ...gone]).sort(),
    blocksBefore: new Map(),
  };
}

/** @returns {Map<number, any>[]} */
function emptyTables() {
  return Object.keys(TABLE).map(() => new Map());
}
