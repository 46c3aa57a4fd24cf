// An operating error: the user's machine or input is at fault (no compiler, bad flag, unreadable file).
// It carries the one line that the user sees; it is caught once, in cli/main.ts, and ends with exit code 2.

export class OperatingError extends Error {
  override readonly name = 'OperatingError';
}
