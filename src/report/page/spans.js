// Which blocks are drawn one by one, and which together: neighbours that are too narrow to be told apart
// at this scale become one span. What the step changed is never hidden among them.

/** @typedef {import('./shapes.js').Scene} Scene */

/** @typedef {object} Span
 * @property {number} from
 * @property {number} to
 * @property {number} end Of the last block; `to` may be cut.
 * @property {number} count Blocks.
 * @property {number} payload Of one block: its payload's bytes, and its status.
 * @property {number} status
 * @property {number} used Bytes of payloads, by status.
 * @property {number} free
 * @property {boolean} changed */

/** Pixels. A narrower block is drawn with its neighbours, until they are this wide. */
const NARROW = 4;

/** The spans that a scene shows, cut to a little more than it.
 * @param {Scene} scene
 * @returns {Span[]} */
export function blockSpans(scene) {
  const { state, from, to, width, view } = scene;
  const { blocks, block, blocksBefore } = state;
  const narrow = (NARROW / width) * (to - from);
  const margin = (to - from) / 50;
  /** @type {Span[]} */
  const spans = [];
  /** @type {Span | undefined} */
  let open;
  for (let i = firstAt(blocks, from); i < blocks.length; i++) {
    const at = /** @type {number} */ (blocks[i]);
    if (at >= to) break;
    const [payload, status] = block.get(at) ?? [0, 0];
    const span = {
      // A block of a gigabyte is not drawn a million pixels wide.
      from: Math.max(at, from - margin - view.header),
      to: Math.min(at + view.header + payload, to + margin),
      end: at + view.header + payload,
      count: 1,
      payload,
      status,
      used: status === 0 ? 0 : payload,
      free: status === 0 ? payload : 0,
      changed: blocksBefore.has(at),
    };
    if (span.to <= from) continue;
    const isNarrow = view.header + payload < narrow && !span.changed;
    if (open !== undefined && isNarrow && span.from === open.to) join(open, span);
    else spans.push(span);
    if (open === undefined || spans.at(-1) === span) open = isNarrow ? span : undefined;
    if (open !== undefined && open.to - open.from >= narrow) open = undefined;
  }
  return spans;
}

/** @param {Span} span
 * @param {Span} next */
function join(span, next) {
  span.to = next.to;
  span.end = next.end;
  span.count += 1;
  span.used += next.used;
  span.free += next.free;
}

/** The last block that starts at or before `offset`, or the first of all.
 * @param {Float64Array} blocks
 * @param {number} offset */
export function firstAt(blocks, offset) {
  let low = 0;
  let high = blocks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (/** @type {number} */ (blocks[middle]) <= offset) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}
