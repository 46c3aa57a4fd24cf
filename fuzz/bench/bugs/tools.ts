// The tools that are compared, by name, and what each is. A tool searches in a process of its own, started anew for each
// trial; what it knows of one trial the next does not.

import {
  DEFAULT_PIECES,
  type Pieces,
  SEARCH_PIECES,
  type SearchPiece,
} from '../../../src/generate/pieces.ts';

export type Fuzzer = 'libfuzzer' | 'afl';

export interface Tool {
  readonly name: string;
  readonly about: string;
  readonly kind:
    | { readonly is: 'campaign'; readonly pieces: Pieces }
    | { readonly is: 'uniform' }
    | { readonly is: 'commands'; readonly how: 'default' | 'best' }
    | { readonly is: 'fuzzer'; readonly fuzzer: Fuzzer };
}

export const TOOLS: readonly Tool[] = [
  {
    name: 'allocheck',
    about: 'as `check` searches, without the traces of the corpus; the failure is confirmed',
    kind: { is: 'campaign', pieces: DEFAULT_PIECES },
  },
  ...SEARCH_PIECES.map(changedBy),
  {
    name: 'uniform',
    about: "uniform ops, slots and sizes; allocheck's driver and judge",
    kind: { is: 'uniform' },
  },
  {
    name: 'fc.commands',
    about: "fast-check's commands as they come; allocheck's driver and judge, 64 runs at a time",
    kind: { is: 'commands', how: 'default' },
  },
  {
    name: 'fc.commands-best',
    about: "the same with `size: 'max'`, up to 1200 commands, few slots or many",
    kind: { is: 'commands', how: 'best' },
  },
  {
    name: 'libfuzzer',
    about: "clang's libFuzzer with the checks of harness.c compiled in",
    kind: { is: 'fuzzer', fuzzer: 'libfuzzer' },
  },
  {
    name: 'afl',
    about: 'AFL++ in persistent mode with the checks of harness.c compiled in',
    kind: { is: 'fuzzer', fuzzer: 'afl' },
  },
];

/** allocheck with a piece of its search off; or on, where it is off otherwise. */
function changedBy(piece: SearchPiece): Tool {
  const pieces = new Set(DEFAULT_PIECES);
  const isOff = pieces.delete(piece);
  if (!isOff) pieces.add(piece);
  return {
    name: `allocheck${isOff ? '-' : '+'}${piece}`,
    about: `allocheck ${isOff ? 'without' : 'with'} the search piece \`${piece}\``,
    kind: { is: 'campaign', pieces },
  };
}
