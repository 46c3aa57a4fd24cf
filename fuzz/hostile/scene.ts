// What an attack could harm, set up to be harmed: a neighbour's submission, a folder that anybody can write, a
// process to be killed, a port to be called; and a look round afterwards.

import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { packageFolder } from '../../src/cli/known-traces.ts';

/** Folders besides its own that a disk bomb tries. */
const OTHER_FOLDERS = ['/tmp', '/var/tmp', '/dev/shm', '/root', '/home', '/'];
const BOMB_NAME = /^allocheck-disk-bomb-/;
/** Of one that is ended, until it is gone. */
const GONE_MS = 3000;
const PAUSE_MS = 50;

export class Scene {
  readonly folder = mkdtempSync(join(tmpdir(), 'allocheck-hostile-'));
  readonly neighbour: string;
  private readonly canary: string;
  private readonly victim: ChildProcess;
  private readonly server: Server;
  private readonly cacheBefore: string | undefined;
  private calls = 0;

  private constructor(server: Server) {
    this.server = server;
    this.server.on('connection', (line) => {
      this.calls += 1;
      line.destroy();
    });
    this.canary = join(this.folder, 'canary');
    mkdirSync(this.canary);
    chmodSync(this.folder, 0o755);
    chmodSync(this.canary, 0o777);
    this.neighbour = this.submit('alice', SOUND);
    this.victim = spawn('sleep', ['3600'], { stdio: 'ignore' });
    const { XDG_CACHE_HOME } = process.env;
    this.cacheBefore = XDG_CACHE_HOME;
    Object.assign(process.env, { XDG_CACHE_HOME: join(this.folder, 'cache') });
  }

  static async open(): Promise<Scene> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Scene(server);
  }

  async close(): Promise<void> {
    Object.assign(process.env, { XDG_CACHE_HOME: this.cacheBefore });
    if (this.cacheBefore === undefined) Reflect.deleteProperty(process.env, 'XDG_CACHE_HOME');
    this.victim.kill('SIGKILL');
    await new Promise((resolve) => this.server.close(resolve));
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** As a student's folder in the class. */
  submit(student: string, file: string): string {
    const folder = join(this.folder, 'class', student);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    copyFileSync(file, join(folder, 'osmem.c'));
    return folder;
  }

  /** So that an attack knows where to strike. */
  get flags(): string[] {
    const address = this.server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    return [
      `-DCANARY="${this.canary}"`,
      `-DNEIGHBOUR="${join(this.neighbour, 'osmem.c')}"`,
      `-DPORT=${port}`,
      `-DVICTIM=${this.victim.pid}`,
    ];
  }

  /** What was hit; empty if nothing was. */
  reached(): string {
    const hit = [
      ...(this.victim.exitCode === null && this.victim.signalCode === null ? [] : ['KILLED']),
      ...(isTraced(this.victim.pid) ? ['TRACED'] : []),
      ...(this.calls > 0 ? ['CALLED'] : []),
    ];
    return hit.join(' ');
  }

  /** Files where there should be none, and those of the class that have changed. */
  leftFiles(): string[] {
    const bombs = OTHER_FOLDERS.flatMap((folder) =>
      namesIn(folder).filter((name) => BOMB_NAME.test(name)),
    );
    const builds = namesIn(join(this.folder, 'cache', 'allocheck', 'native')).filter((name) =>
      /^(build|stage|probe)-/.test(name),
    );
    return [...namesIn(this.canary), ...bombs, ...builds];
  }

  /** Processes of targets that stay, though all were closed. */
  async leftProcesses(since: ReadonlySet<string>): Promise<string[]> {
    const end = performance.now() + GONE_MS;
    let left = strangers(this.folder).filter((id) => !since.has(id));
    while (left.length > 0 && performance.now() < end) {
      await pause(PAUSE_MS);
      const now = new Set(strangers(this.folder));
      left = left.filter((id) => now.has(id));
    }
    return left;
  }

  processes(): ReadonlySet<string> {
    return new Set(strangers(this.folder));
  }
}

const SOUND = join(packageFolder(), 'corpus', 'allocators', 'sound', 'course-list.c');

/** Ids of processes that run a target's program, in a sandbox or from the cache of this scene. */
function strangers(folder: string): string[] {
  return namesIn('/proc').filter((id) => {
    try {
      const program = readlinkSync(`/proc/${id}/exe`);
      return program === '/target' || dirname(program).startsWith(folder);
    } catch {
      return false;
    }
  });
}

function isTraced(pid: number | undefined): boolean {
  try {
    return !/^TracerPid:\s*0$/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'));
  } catch {
    return false;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
