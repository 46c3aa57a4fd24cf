// The simulated target never waits for anything, so a long campaign would starve signals and timers (Ctrl-C
// above all). A breath between batches lets them in.

export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
