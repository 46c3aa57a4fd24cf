// The words of the page: addresses as people compare them, numbers with their nouns.

/** @typedef {import('../page-data.ts').ViewData} ViewData */

/** Offsets from heap start below this are told as such: the heap grows no farther. */
const HEAP_LIMIT = 2 ** 30;

/** `heap+0x20`, `0x200000000000`, `NULL`, for an offset from heap start.
 * @param {{ readonly heapStart: number }} view
 * @param {number} offset */
export function place(view, offset) {
  const address = offset + view.heapStart;
  if (address === 0) return 'NULL';
  if (offset >= 0 && offset <= HEAP_LIMIT) return `heap+0x${offset.toString(16)}`;
  return address > 0
    ? `0x${address.toString(16)}`
    : `0x${BigInt.asUintN(64, BigInt(address)).toString(16)}`;
}

/** `1,048,576`.
 * @param {number} count */
export function grouped(count) {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 block`, `3 blocks`.
 * @param {number} count
 * @param {string} noun */
export function counted(count, noun) {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** @param {number} status */
export function statusName(status) {
  return ['FREE', 'ALLOC', 'MAPPED'][status] ?? `status ${status}`;
}

/** Text for SVG and HTML that is put together as text.
 * @param {string} text */
export function escaped(text) {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
