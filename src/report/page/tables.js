// The tables of a frame, by number, and what a row of each is. Offsets are from heap start.
//   blocks    header's offset: payload bytes, status
//   payloads  slot: offset, bytes asked for
//   mappings  offset: bytes, 0
//   bounds    BREAK: its offset, 0. FLAW: the header at which the walk stopped, the size stored there

export const TABLE = { blocks: 0, payloads: 1, mappings: 2, bounds: 3 };
/** Added to a table's number: the row of this key is gone. */
export const GONE = 4;
export const BREAK = 0;
export const FLAW = 1;
