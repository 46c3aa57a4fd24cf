// Archives, read entry by entry: plain files and folders only, links and devices left out, and no more
// bytes unpacked than there is room for, whatever the headers say.

import { createReadStream } from 'node:fs';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract, type Headers } from 'tar-stream';
import yauzl from 'yauzl';
import { OperatingError } from '../contract/operating-error.ts';
import type { Tray } from './intake.ts';

/** Entries of an archive, folders and what is left out among them: 10,000 empty names are a bomb as well. */
const MOST_ENTRIES = 10_000;
/** Bytes of a whole tar stream: headers, padding and what is left out. */
const MOST_STREAM = 256 << 20;

/** Rejects with an OperatingError: damaged, encrypted, a bomb, a name that goes astray. */
export async function unpackZip(path: string, tray: Tray): Promise<void> {
  const count = counter();
  try {
    const zip = await yauzl.openPromise(path);
    for await (const entry of zip.eachEntry()) {
      count();
      const { fileName } = entry;
      if (isAside(fileName)) continue;
      const mode = (entry.externalFileAttributes >>> 16) & 0o170000;
      if (mode !== 0 && mode !== 0o100000 && mode !== 0o040000) {
        tray.leaveOut(fileName);
        continue;
      }
      if (fileName.endsWith('/')) continue;
      if (entry.isEncrypted()) throw new OperatingError('it is encrypted');
      if (entry.uncompressedSize > tray.room) throw tray.tooLarge(fileName);
      const stream = await zip.openReadStreamPromise(entry);
      tray.add(fileName, await collected(stream, tray, fileName));
    }
  } catch (error) {
    throw refusal(error, 'it is no zip archive that can be read');
  }
}

/** The same of a tar archive, compressed by gzip or not. */
export async function unpackTar(path: string, tray: Tray): Promise<void> {
  const count = counter();
  const tar = extract();
  const unzipped = /\.tar$/i.test(path) ? new PassThrough() : createGunzip();
  const read = pipeline(createReadStream(path), unzipped, bounded, tar);
  read.catch(() => {}); // it is awaited below
  try {
    for await (const entry of tar) {
      count();
      const { name } = entry.header;
      const takes = isFile(entry.header) && !isAside(name);
      if (takes) tray.add(name, await collected(entry, tray, name));
      else if (!isFolder(entry.header) && !isAside(name)) tray.leaveOut(name);
      entry.resume();
    }
    await read;
  } catch (error) {
    tar.destroy();
    throw refusal(error, 'it is no tar archive that can be read');
  }
}

function isFile({ type }: Headers): boolean {
  return type === 'file' || type === 'contiguous-file';
}

function isFolder({ type }: Headers): boolean {
  return type === 'directory' || type === 'pax-global-header';
}

/** What archivers add, and versions: no part of what is handed in. */
function isAside(name: string): boolean {
  return /^(\.\/)?(__MACOSX|.*\/\.git|\.git)\//.test(name) || /(^|\/)\.DS_Store$/.test(name);
}

async function* bounded(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of source) {
    bytes += chunk.length;
    if (bytes > MOST_STREAM) throw new OperatingError('it unpacks to too much');
    yield chunk;
  }
}

async function collected(stream: AsyncIterable<Buffer>, tray: Tray, name: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes > tray.room) throw tray.tooLarge(name);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function counter(): () => void {
  let entries = 0;
  return () => {
    entries += 1;
    if (entries > MOST_ENTRIES)
      throw new OperatingError(`it has more than ${MOST_ENTRIES} entries`);
  };
}

function refusal(error: unknown, what: string): OperatingError {
  if (error instanceof OperatingError) return error;
  const says = (error as Error).message ?? String(error);
  return new OperatingError(`${what}: ${says.replaceAll(/[\p{Cc}\p{Cf}]/gu, '?').slice(0, 200)}`);
}
