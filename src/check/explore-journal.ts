// What an exploration keeps of itself while it goes on: each part of it that is done, in order, so that another one
// with the same alphabet and target goes on from there. Where it is kept is not said here.

import type { Standing } from '../generate/enumerate.ts';

/** A part that is done: the ops tried from some of the states of a level. */
export interface Part {
  readonly level: number;
  /** The first of its states. */
  readonly first: number;
  /** Whether it is told where its ops led. */
  readonly inner: boolean;
  readonly runs: number;
  readonly calls: number;
  /** By trace: the state, or why there is none. States are numbered as they were met. */
  readonly led: readonly number[];
  /** Of the states that were met here first: their texts, and what stands. */
  readonly texts: readonly string[];
  readonly standing: readonly Standing[];
}

export interface Journal {
  /** A part that was done earlier; asked for once each. */
  find(level: number, first: number, inner: boolean): Part | undefined;
  add(part: Part): void;
}
