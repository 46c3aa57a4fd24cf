// An end of time that whoever is at work hears of. A target that sleeps in each call, or is slow in any
// other way, would not look at the clock itself before it is done.

/** Milliseconds that a timer can wait; who has more than these 24 days will hardly miss the end. */
const LONGEST_WAIT = 2 ** 31 - 1;

export class Deadline {
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal | undefined;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #tell = (): void => this.pass();

  /** Passes in so many milliseconds (Infinity: never), or as soon as `outer` does. */
  constructor(milliseconds: number, outer?: AbortSignal) {
    this.#outer = outer;
    if (outer?.aborted || milliseconds <= 0) this.#tell();
    else if (milliseconds <= LONGEST_WAIT) this.#timer = setTimeout(this.#tell, milliseconds);
    outer?.addEventListener('abort', this.#tell, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Now, whatever the time. */
  pass(): void {
    this.#controller.abort();
  }

  get passed(): boolean {
    return this.signal.aborted;
  }

  /** Nobody waits for it any longer. */
  close(): void {
    clearTimeout(this.#timer);
    this.#outer?.removeEventListener('abort', this.#tell);
  }
}
