// Strangers' code kept from the rest of the machine: bubblewrap around the compiler, and around the driver
// with the target in it. No network, no other process to be seen, a root of system files that cannot be
// written, a /tmp of its own, no privileges, and limits on processes, memory and files.
//
// What is not visible cannot be read: the compiler sees the submission's own files (stage.ts) and the system's
// headers; the program sees the system's libraries and itself. Without bubblewrap only the limits are left.

import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, lstatSync, openSync, readlinkSync } from 'node:fs';
import { OperatingError } from '../contract/operating-error.ts';

/** 'auto': the best that this machine has. 'require': bubblewrap, or it is an operating error. */
export type SandboxWish = 'auto' | 'require' | 'none';
/** What it came to. 'rlimits': memory, files and their sizes are limited, and nothing is hidden. */
export type SandboxLevel = 'bubblewrap' | 'rlimits' | 'none';

/** How something is started. */
export interface Launch {
  readonly command: string;
  readonly arguments: readonly string[];
  /** For spawn: who it is run as, where that is another than us. */
  readonly user: { readonly uid?: number; readonly gid?: number };
  /** Opened for it, to be handed over as descriptor `PROGRAM_FD` and closed then; undefined if there is none. */
  readonly programFd: number | undefined;
}

/** What a compiler may see besides the system's own files. */
export interface Visible {
  /** Directories as they appear to it, and where their contents really are. */
  readonly folders: readonly (readonly [seen: string, real: string])[];
  /** Files and folders that appear where they are. */
  readonly plain: readonly string[];
  /** The only folder that it can write, if any. */
  readonly writable?: string;
}

export interface Sandbox {
  readonly level: SandboxLevel;
  /** The driver with a target in it. */
  program(path: string): Launch;
  /** Any other program: a shell script with the program as its $0. In bubblewrap, one that a signal ended
   * exits with 128 and the signal's number. */
  script(script: string, path: string): Launch;
  compiler(command: string, arguments_: readonly string[], visible: Visible): Launch;
}

/** Descriptors 0 to 4 are the driver's. */
export const PROGRAM_FD = 5;

const NOBODY = { uid: 65534, gid: 65534 };
/** Bytes. The driver reserves 86 GiB of addresses, of which it can write 0.5; what is left is the target's. */
const PROGRAM_LIMITS = [
  '--core=0',
  '--nofile=64',
  `--fsize=${1 << 20}`,
  `--as=${96 * 2 ** 30}`,
  `--data=${2 ** 30}`,
];
/** Processes and threads, those that the sandbox itself needs included. Counted in the sandbox alone, and not for
 * root: so it is run as nobody then. */
const PROCESSES = '--nproc=32';
const COMPILER_LIMITS = [
  '--core=0',
  `--fsize=${256 << 20}`,
  `--as=${4 * 2 ** 30}`,
  '--cpu=120',
  '--nofile=1024',
];
const TMP_BYTES = 16 << 20;
const SYSTEM = ['/usr', '/etc/alternatives', '/etc/ld.so.cache'];
const SYSTEM_LINKS = ['/bin', '/lib', '/lib32', '/lib64', '/libx32', '/sbin'];

/** Throws an OperatingError if it is required and cannot be had. */
export function openSandbox(wish: SandboxWish): Sandbox {
  if (wish === 'none') return NO_SANDBOX;
  const found = bubblewrap();
  if (typeof found !== 'string') return found;
  if (wish === 'require') throw new OperatingError(`no sandbox: ${found}`);
  return hasLimits() ? ONLY_LIMITS : NO_SANDBOX;
}

/** Why there is no bubblewrap here; undefined if there is. For tests and reports. */
export function whyNoSandbox(): string | undefined {
  const found = bubblewrap();
  return typeof found === 'string' ? found : undefined;
}

const NO_SANDBOX: Sandbox = {
  level: 'none',
  program: (path) => launch(path, []),
  script: (script, path) => launch('/bin/sh', ['-c', script, path]),
  compiler: (command, arguments_) => launch(command, arguments_),
};

const ONLY_LIMITS: Sandbox = {
  level: 'rlimits',
  program: (path) => launch('prlimit', [...PROGRAM_LIMITS, path]),
  script: (script, path) => launch('/bin/sh', ['-c', script, path]),
  compiler: (command, arguments_) =>
    launch('prlimit', [...COMPILER_LIMITS, command, ...arguments_]),
};

function launch(command: string, arguments_: readonly string[]): Launch {
  return { command, arguments: arguments_, user: {}, programFd: undefined };
}

/** Asked once: what a machine allows does not change under us. */
let known: Sandbox | string | undefined;

/** The sandbox, or why it cannot be had. */
function bubblewrap(): Sandbox | string {
  known ??= findBubblewrap();
  return known;
}

function findBubblewrap(): Sandbox | string {
  if (spawnSync('bwrap', ['--version'], { stdio: 'ignore' }).error !== undefined) {
    return 'bubblewrap (bwrap) is not installed';
  }
  if (!hasLimits()) return 'prlimit (util-linux) is not installed';
  let why = '';
  for (const user of process.getuid?.() === 0 ? [NOBODY, {}] : [{}]) {
    const arguments_ = [...WALLS, ...systemBinds(), 'prlimit', PROCESSES, 'true'];
    const tried = spawnSync('bwrap', arguments_, { ...user, cwd: '/', encoding: 'utf8' });
    if (tried.status === 0) return walled(user);
    why = tried.stderr?.trim().split('\n')[0] ?? '';
  }
  return `bubblewrap does not work on this machine (${why || 'it cannot be started'})`;
}

function hasLimits(): boolean {
  return spawnSync('prlimit', ['--version'], { stdio: 'ignore' }).error === undefined;
}

const WALLS = [
  ...['--unshare-user', '--disable-userns', '--unshare-ipc', '--unshare-pid', '--unshare-net'],
  ...['--unshare-uts', '--unshare-cgroup-try', '--hostname', 'sandbox'],
  ...['--die-with-parent', '--new-session', '--cap-drop', 'ALL'],
  ...['--clearenv', '--setenv', 'PATH', '/usr/local/bin:/usr/bin:/bin', '--setenv', 'LC_ALL', 'C'],
];
const INNER = ['--proc', '/proc', '--dev', '/dev', '--remount-ro', '/dev'];
const PRIVATE_TMP = ['--size', String(TMP_BYTES), '--tmpfs', '/tmp'];
const CLOSED = ['--remount-ro', '/', '--chdir', '/'];

function walled(user: Launch['user']): Sandbox {
  const room = (binds: readonly string[], command: readonly string[]): string[] => [
    ...[...WALLS, ...systemBinds(), ...INNER, ...PRIVATE_TMP, ...binds, ...CLOSED],
    // What takes all memory is to be the first to go.
    ...['choom', '-n', '1000', '--', 'prlimit', ...command],
  ];
  const handed = ['--perms', '0555', '--ro-bind-data', String(PROGRAM_FD), '/target'];
  return {
    level: 'bubblewrap',
    program: (path) => ({
      command: 'bwrap',
      arguments: room(handed, [...PROGRAM_LIMITS, PROCESSES, '/target']),
      user,
      programFd: openSync(path, 'r'),
    }),
    script: (script, path) => ({
      ...launch('bwrap', []),
      arguments: room(
        ['--ro-bind', path, '/target'],
        [PROCESSES, '/bin/sh', '-c', script, '/target'],
      ),
      user,
    }),
    // It executes nothing of the submission's, and runs as us, to whom the writable folder belongs.
    compiler: (command, arguments_, { folders, plain, writable }) =>
      launch(
        'bwrap',
        room(
          [
            ...folders.flatMap(([seen, real]) => ['--ro-bind', real, seen]),
            ...plain.flatMap((path) => ['--ro-bind', path, path]),
            ...(writable === undefined
              ? []
              : ['--bind', writable, writable, '--setenv', 'TMPDIR', writable]),
          ],
          [...COMPILER_LIMITS, command, ...arguments_],
        ),
      ),
  };
}

function systemBinds(): string[] {
  const binds = SYSTEM.flatMap((path) => ['--ro-bind-try', path, path]);
  for (const path of SYSTEM_LINKS) {
    if (!existsSync(path)) continue;
    if (lstatSync(path).isSymbolicLink()) binds.push('--symlink', readlinkSync(path), path);
    else binds.push('--ro-bind', path, path);
  }
  return binds;
}

/** After it was handed over, or could not be. */
export function closeProgram({ programFd }: Launch): void {
  if (programFd !== undefined) closeSync(programFd);
}
