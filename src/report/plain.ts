// Text from strangers (file names, what a target printed, what a compiler said) made harmless to look at, before
// a format escapes what has a meaning in it: nothing invisible, nothing that turns the direction of
// reading or moves a terminal's cursor, nothing that XML cannot hold, and no more than was asked for.

/** Controls (save tab and newline), format characters (bidi, zero width), lone surrogates, line and paragraph
 * separators, and what Unicode says is no character. */
const UNSEEN = /[^\P{Cc}\t\n]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{NChar}]/gu;

/** Lines end in `\n`; what cannot be seen is told by its number: `<U+202E>`. */
export function visible(text: string): string {
  return text.replaceAll('\r\n', '\n').replaceAll(UNSEEN, named);
}

/** The same, all in one line. */
export function oneLine(text: string): string {
  return visible(text.trim().replaceAll(/\s*\n\s*/g, ' / ')).replaceAll('\t', ' ');
}

/** At most `most` characters, and then how many there are more. No character is cut in two. */
export function bounded(text: string, most: number): string {
  if (text.length <= most) return text;
  const end = isHalf(text, most) ? most - 1 : most;
  return `${text.slice(0, end)}… (${text.length - end} characters more)`;
}

function isHalf(text: string, at: number): boolean {
  const before = text.charCodeAt(at - 1);
  return before >= 0xd800 && before < 0xdc00;
}

function named(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
}
