// Syscalls as strace prints them; addresses of the heap are told by their distance from its start, if
// that is given, because that is what people compare.

import { type Address, HEAP_LIMIT, hex, NULL } from './address.ts';
import {
  EINVAL,
  ENOMEM,
  MAP_ANONYMOUS,
  MAP_PRIVATE,
  PROT_READ,
  PROT_WRITE,
  type Syscall,
} from './syscall.ts';

/** `sbrk(131072) = heap+0x0`, `mmap(NULL, 0, …) = -1 EINVAL (Invalid argument)`: one line, no newline. */
export function formatSyscall(syscall: Syscall, heapStart: Address = NULL): string {
  const given = argumentsOf(syscall, heapStart).join(', ');
  return `${syscall.name}(${given}) = ${resultOf(syscall, heapStart)}`;
}

function argumentsOf(syscall: Syscall, heapStart: Address): readonly string[] {
  const { address, length, flags, fd, offset } = syscall;
  switch (syscall.name) {
    case 'brk':
      return [pointer(address, heapStart)];
    case 'sbrk':
      return [String(syscall.moved)];
    case 'munmap':
      return [pointer(address, heapStart), String(length)];
    case 'mmap': {
      const protection = names(syscall.protection, PROTECTIONS, 'PROT_NONE');
      return [pointer(address, heapStart), String(length), protection].concat([
        names(flags, FLAGS, '0'),
        String(fd),
        String(offset),
      ]);
    }
    case 'mremap':
      return [pointer(address, heapStart), String(length), '…'];
  }
}

function resultOf({ name, result, error }: Syscall, heapStart: Address): string {
  if (error !== 0) return `${result} ${ERRORS.get(error) ?? `errno ${error}`}`;
  return name === 'brk' || name === 'munmap' ? String(result) : pointer(result, heapStart);
}

function pointer(address: Address, heapStart: Address): string {
  if (address === NULL) return 'NULL';
  const offset = address - heapStart;
  if (heapStart === NULL || offset < 0 || offset > HEAP_LIMIT) return hex(address);
  return `heap+${hex(offset)}`;
}

const PROTECTIONS: readonly (readonly [number, string])[] = [
  [PROT_READ, 'PROT_READ'],
  [PROT_WRITE, 'PROT_WRITE'],
];
const FLAGS: readonly (readonly [number, string])[] = [
  [MAP_PRIVATE, 'MAP_PRIVATE'],
  [MAP_ANONYMOUS, 'MAP_ANONYMOUS'],
];
const ERRORS: ReadonlyMap<number, string> = new Map([
  [ENOMEM, 'ENOMEM (Cannot allocate memory)'],
  [EINVAL, 'EINVAL (Invalid argument)'],
]);

/** `A|B|0x10`: the known bits by name, the rest as a number. */
function names(bits: number, known: readonly (readonly [number, string])[], none: string): string {
  const found = known.filter(([bit]) => (bits & bit) !== 0);
  const rest = found.reduce((left, [bit]) => left & ~bit, bits);
  const words = found.map(([, name]) => name);
  if (rest !== 0) words.push(`0x${rest.toString(16)}`);
  return words.length === 0 ? none : words.join('|');
}
