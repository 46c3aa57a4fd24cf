// Texts that a format could stumble over, or be led astray by: what strangers name their files, print, and
// put in a compiler's mouth.

import fc from 'fast-check';

const TRICKS: readonly string[] = [
  '::error::taken over',
  '\n::set-output name=a::b',
  '##[add-path]/tmp',
  '%0A::warning::x%25',
  ']]>&amp;<failure/>',
  '</testsuite><!-- ',
  '\u0000\u0001\u0008\u000b\u001b[31m\u007f\u009b',
  '\ud800 \udfff \ufffe \uffff',
  'user\u202egnp.c \u2066x\u2069 \u200b\ufeff',
  '\u2028\u2029\u0085',
  '=HYPERLINK("http://x","y")',
  "@SUM(1+1)*cmd|' /C calc'!A0",
  '+1;=2+3',
  '-2+3\t=4',
  '\t=1+1',
  '\r=1',
  '"a","b"\r\n',
  '| a | b |\n|---|---|',
  '``` \n````\n<script>alert(1)</script>',
  '[x](javascript:alert(1)) ![y](http://x/y.png) <b>',
  'www.example.com https://example.com a@example.com @everyone #1',
  '<details open><summary>',
  '~~~\n# heading\n- item\n1. item\n> quote\n---',
  '\\',
  '$x$ *a* _b_ ~~c~~ `d`',
  '',
];

export const hostileText: fc.Arbitrary<string> = fc
  .array(fc.oneof(fc.constantFrom(...TRICKS), fc.string({ unit: 'binary', maxLength: 20 })), {
    maxLength: 4,
  })
  .map((parts) => parts.join(''));
