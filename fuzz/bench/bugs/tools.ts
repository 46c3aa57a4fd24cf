// The tools that are compared, by name, and what each is. A tool searches in a process of its own, started anew for each
// trial; what it knows of one trial the next does not.

import { SEARCH_PIECES, type SearchPiece } from '../../../src/generate/pieces.ts';

export type Fuzzer = 'libfuzzer' | 'afl';

export interface Tool {
  readonly name: string;
  readonly about: string;
  readonly kind:
    | { readonly is: 'campaign'; readonly off?: SearchPiece }
    | { readonly is: 'uniform' }
    | { readonly is: 'commands'; readonly how: 'default' | 'best' }
    | { readonly is: 'fuzzer'; readonly fuzzer: Fuzzer };
}

export const TOOLS: readonly Tool[] = [
  {
    name: 'allocheck',
    about: 'as `check` searches, without the traces of the corpus; the failure is confirmed',
    kind: { is: 'campaign' },
  },
  ...SEARCH_PIECES.map((off): Tool => {
    const about = `allocheck without its search piece \`${off}\``;
    return { name: `allocheck-${off}`, about, kind: { is: 'campaign', off } };
  }),
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
    about: "the same with `size: 'max'` and up to 400 commands",
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
