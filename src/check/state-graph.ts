// The states met so far, in the order of their meeting, each with the op and the state by which it was met first: the
// way back along those is a shortest trace to it. And where each op led, so that the traces can be counted
// for which these states stand.

import type { OpCode, Standing } from '../generate/enumerate.ts';

/** More would not fit the memory that there is: about 150 bytes each. */
export const MOST_STATES = 8_000_000;

export class StateGraph {
  /** By the text of a state. */
  readonly #known = new Map<string, number>();
  readonly #parent = new Column(Int32Array);
  readonly #code = new Column(Uint16Array);
  readonly #standing = new Column(Uint32Array);
  /** Where the ops of each state led, in the order of the alphabet, one state after the other. */
  readonly #led = new Column(Int32Array);
  /** How many ops that were. */
  readonly #degree = new Column(Uint16Array);

  constructor() {
    this.#put(-1, 0, 0);
  }

  get size(): number {
    return this.#parent.length;
  }

  standing(state: number): Standing {
    return this.#standing.get(state);
  }

  /** The state with this text, or a new one. An empty text is like no other. */
  meet(text: string, parent: number, code: OpCode, standing: Standing): number {
    const known = text === '' ? undefined : this.#known.get(text);
    if (known !== undefined) return known;
    const state = this.size;
    if (text !== '') this.#known.set(text, state);
    this.#put(parent, code, standing);
    return state;
  }

  /** What the ops of the next state led to: states, or negative where they led nowhere. */
  leads(states: readonly number[]): void {
    for (const state of states) this.#led.push(state);
    this.#degree.push(states.length);
  }

  /** The ops that lead to a state, written to `codes` from `at` on; `length` of them. */
  writeWay(state: number, codes: Uint16Array, at: number, length: number): void {
    for (let place = length - 1, from = state; place >= 0; place--) {
      codes[at + place] = this.#code.get(from);
      from = this.#parent.get(from);
    }
  }

  /**
   * How many traces of 1, 2, … ops the states stand for: walks along what the ops led to. All but the last
   * length needs `leads` to have been said of each state that is met on the way; of the last, `degree`
   * says how many ops it has where that was not.
   */
  traces(most: number, degree: (standing: Standing) => number): number[] {
    const counts: number[] = [];
    let walks = new Float64Array(this.size);
    walks[0] = 1;
    for (let length = 1; length <= most; length++) {
      const next = new Float64Array(this.size);
      let count = 0;
      for (let state = 0, from = 0; state < this.size; state++) {
        const ways = walks[state] as number;
        const isLed = state < this.#degree.length;
        const ops = isLed ? this.#degree.get(state) : ways > 0 ? degree(this.standing(state)) : 0;
        for (let at = from; isLed && at < from + ops; at++) {
          const to = this.#led.get(at);
          if (to >= 0) next[to] = (next[to] as number) + ways;
        }
        if (isLed) from += ops;
        count += ways * ops;
      }
      counts.push(count);
      walks = next;
    }
    return counts;
  }

  #put(parent: number, code: OpCode, standing: Standing): void {
    this.#parent.push(parent);
    this.#code.push(code);
    this.#standing.push(standing);
  }
}

type Numbers = Int32Array | Uint16Array | Uint32Array;

/** A list of numbers that grows. */
class Column {
  length = 0;
  readonly #Kind: new (
    length: number,
  ) => Numbers;
  #numbers: Numbers;

  constructor(kind: new (length: number) => Numbers) {
    this.#Kind = kind;
    this.#numbers = new kind(1024);
  }

  get(at: number): number {
    return this.#numbers[at] as number;
  }

  push(value: number): void {
    if (this.length === this.#numbers.length) {
      const longer = new this.#Kind(2 * this.length);
      longer.set(this.#numbers);
      this.#numbers = longer;
    }
    this.#numbers[this.length++] = value;
  }
}
