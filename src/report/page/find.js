// The search: what a reader types, and what is there.

import { firstAt } from './spans.js';
import { place, statusName } from './words.js';

/** @typedef {import('../page-data.ts').ViewData} ViewData */
/** @typedef {import('./track.js').State} State */

/** @typedef {{ at: number | undefined, says: string }} Answer */

/** @param {ViewData} view
 * @param {State} state
 * @param {string} query
 * @returns {Answer} */
export function find(view, state, query) {
  const text = query.trim().toLowerCase();
  const slot = /^p(\d+)$/.exec(text)?.[1];
  if (slot !== undefined) return findSlot(view, state, Number(slot));
  const offset = offsetOf(view, text);
  if (offset === undefined) {
    return {
      at: undefined,
      says: `${query.trim() || 'Nothing'} is no address: try heap+0x20, 0x10000000020 or p1`,
    };
  }
  return { at: offset, says: `${place(view, offset)}: ${whatIsAt(view, state, offset)}` };
}

/** @param {ViewData} view
 * @param {State} state
 * @param {number} slot
 * @returns {Answer} */
function findSlot(view, state, slot) {
  const held = state.payloads.find((payload) => payload.slot === slot);
  if (held === undefined) return { at: undefined, says: `p${slot} holds nothing after this step` };
  return {
    at: held.from,
    says: `p${slot} holds ${held.to - held.from} bytes at ${place(view, held.from)}`,
  };
}

/** @param {ViewData} view
 * @param {string} text */
function offsetOf(view, text) {
  const heap = /^heap(?:\s*\+\s*(0x[0-9a-f]{1,16}|\d{1,16}))?$/.exec(text);
  if (heap !== null) return Number(heap[1] ?? 0);
  const absolute = /^(?:0x)([0-9a-f]{1,16})$/.exec(text)?.[1];
  return absolute === undefined ? undefined : Number(`0x${absolute}`) - view.heapStart;
}

/** @param {ViewData} view
 * @param {State} state
 * @param {number} offset */
function whatIsAt(view, state, offset) {
  const held = state.payloads
    .filter(({ from, to }) => offset >= from && offset < to)
    .map(({ slot, from }) => `byte ${offset - from} of p${slot}`);
  const parts = [...blockAt(view, state, offset), ...held];
  if (parts.length > 0) return parts.join(', ');
  if (offset + view.heapStart === 0) return 'points nowhere';
  if (offset >= state.end && offset < 2 ** 30) return 'past the break, nobody’s memory';
  return 'neither in the heap nor in a mapping';
}

/** @param {ViewData} view
 * @param {State} state
 * @param {number} offset */
function blockAt(view, state, offset) {
  const { header } = view;
  const mapping = state.mappings.find(({ from, to }) => offset >= from && offset < to);
  if (mapping !== undefined) return [`in the mapping at ${place(view, mapping.from)}`];
  if (header === 0) return [];
  const at = state.blocks[firstAt(state.blocks, offset)];
  const block = at === undefined ? undefined : state.block.get(at);
  if (at === undefined || block === undefined || offset < at || offset >= at + header + block[0])
    return [];
  const part =
    offset < at + header ? `header byte ${offset - at}` : `payload byte ${offset - at - header}`;
  return [`${part} of the block at ${place(view, at)} (${block[0]} ${statusName(block[1])})`];
}
