// The class as one page: how the marks lie, how common each cause is, who fails what. It loads nothing and
// runs nothing; names and messages are strangers' text, and are escaped.

import { createHash } from 'node:crypto';
import { mean, median } from 'simple-statistics';
import { oneLine } from '../report/plain.ts';
import { counted } from '../report/sentence.ts';
import { type ClassCause, causesOf } from './causes.ts';
import { barPicture, marksPicture } from './class-pictures.ts';
import { CLASS_STYLE } from './class-style.ts';
import type { GradedSubmission, GradedTest } from './graded.ts';
import { type Rubric, rounded } from './rubric.ts';
import { type Kept, slugOf } from './store.ts';
import { marksOf, statesText } from './summary.ts';

/** The whole page. The same results give the same page. `name`: as the class is called. */
export function classPage(name: string, rubric: Rubric, kept: readonly Kept[]): string {
  const results = toldApart(kept);
  const all = results.map(({ graded }) => graded);
  const title = `${rubric.title}: ${name}`;
  const hash = createHash('sha256').update(CLASS_STYLE).digest('base64');
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${text(title)}</title>`,
    `<style>${CLASS_STYLE}</style>`,
    '</head>',
    '<body>',
    '<main>',
    `<h1 dir="auto">${text(title)}</h1>`,
    ...figures(all, rubric),
    ...causes(causesOf(all), all),
    ...matrix(results, rubric),
    ...twins(results),
    ...terms(all),
    '</main>',
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

/** `ana.c` and `ana.zip` are two who are called ana: where a name does not tell, that of the file does. */
function toldApart(kept: readonly Kept[]): Kept[] {
  const names = kept.map(({ graded }) => graded.name);
  const shared = new Set(names.filter((name, at) => names.indexOf(name) !== at));
  return kept.map((each) => {
    const { id, name } = each.graded;
    return shared.has(name) ? { ...each, graded: { ...each.graded, name: id } } : each;
  });
}

function figures(all: readonly GradedSubmission[], { maximum }: Rubric): string[] {
  const marks = marksOf(all);
  const lines = [`<p>${counted(all.length, 'submission')}: ${statesText(all)}.`];
  if (marks.length > 0) {
    lines.push(
      ` Marks out of ${maximum}: mean ${rounded(Math.round(mean(marks) * 10) / 10)}, median ` +
        `${rounded(median(marks))}, from ${Math.min(...marks)} to ${Math.max(...marks)}.`,
    );
  }
  return [`${lines.join('')}</p>`, '<h2>Marks</h2>', marksPicture(marks, maximum)];
}

function causes(found: readonly ClassCause[], all: readonly GradedSubmission[]): string[] {
  if (found.length === 0) return ['<h2>Causes</h2>', '<p>Nothing was found.</p>'];
  const most = Math.max(...found.map(({ ids }) => ids.length));
  const rows = found.map(
    ({ invariant, cause, ids, says }) =>
      `<tr><th scope="row">${text(invariant)}: ${text(cause)}</th>` +
      `<td class="number">${ids.length}</td><td>${barPicture(ids.length, most)}</td>` +
      `<td>${text(says)}</td><td>${ids.map((id) => studentLink(id, nameOf(id, all))).join(', ')}</td></tr>`,
  );
  return [
    '<h2 id="causes">Causes, the commonest first</h2>',
    ...table(
      'causes',
      ['Cause', 'Submissions', 'Share', 'As it was seen in the first', 'Who'],
      rows,
    ),
  ];
}

function matrix(results: readonly Kept[], rubric: Rubric): string[] {
  const heads = rubric.lines.map(
    ({ invariant, points }) => `${invariant} <span class="soft">${points}</span>`,
  );
  const rows = results.map(({ graded }) => {
    const { id, name, state, reason, marks, tests } = graded;
    const own = new Map(tests.map((test) => [test.invariant, test]));
    const why = reason === null ? state : `${state}: ${oneLine(reason).slice(0, 300)}`;
    // Where there is no result at all, the reason has the room of all of them.
    const judged =
      tests.length === 0
        ? `<td colspan="${1 + rubric.lines.length}">${text(why)}</td>`
        : `<td>${text(why)}</td>${rubric.lines.map(({ invariant }) => testCell(own.get(invariant))).join('')}`;
    return (
      `<tr class="${state}"><th scope="row">${studentLink(id, name)}${drawnLink(graded)}</th>` +
      `<td class="number">${marks ?? '–'}</td>${judged}` +
      `<td>${text(graded.isolation)}</td></tr>`
    );
  });
  return [
    '<h2 id="who">Who fails what</h2>',
    '<p>✓ kept, ✗ lost to a defect, ? never came to be judged. A name leads to its report.</p>',
    ...table(
      'who',
      [
        'Submission',
        `Marks <span class="soft">${rubric.maximum}</span>`,
        'State',
        ...heads,
        'Isolation',
      ],
      rows,
    ),
  ];
}

function testCell(test: GradedTest | undefined): string {
  if (test === undefined) return '<td><span class="unseen">no result</span></td>';
  if (test.losses.length > 0) return `<td class="lost">✗ ${test.marks}</td>`;
  if (test.marks < test.maximum) return `<td class="unshown">? ${test.marks}</td>`;
  return '<td class="kept">✓<span class="unseen"> kept</span></td>';
}

/** Those who handed in the same files, byte for byte. */
function twins(results: readonly Kept[]): string[] {
  const groups = new Map<string, GradedSubmission[]>();
  for (const { hash, graded } of results) {
    if (hash !== '') groups.set(hash, [...(groups.get(hash) ?? []), graded]);
  }
  const same = [...groups.values()].filter((group) => group.length > 1);
  if (same.length === 0) return [];
  const items = same.map(
    (group) => `<li>${group.map(({ id, name }) => studentLink(id, name)).join(', ')}</li>`,
  );
  return ['<h2>The same files, byte for byte</h2>', '<ul>', ...items, '</ul>'];
}

function terms([first]: readonly GradedSubmission[]): string[] {
  if (first === undefined) return [];
  const { seed, budget, contract } = first;
  const told = `contract ${contract}, seed ${seed}, budget ${budget} for each submission`;
  return [`<footer><p>Graded by allocheck: ${text(told)}.</p></footer>`];
}

/** A table that may be wider than the page is a region that can be scrolled by keyboard, too. */
function table(label: string, heads: readonly string[], rows: readonly string[]): string[] {
  return [
    `<div class="wide" role="region" aria-labelledby="${label}" tabindex="0">`,
    '<table>',
    `<thead><tr>${heads.map((head) => `<th scope="col">${head}</th>`).join('')}</tr></thead>`,
    '<tbody>',
    ...rows,
    '</tbody>',
    '</table>',
    '</div>',
  ];
}

function studentLink(id: string, name: string): string {
  const href = `students/${encodeURIComponent(slugOf(id))}/report.txt`;
  return `<a href="${href}" dir="auto">${text(name)}</a>`;
}

/** The findings of one who has some are drawn. */
function drawnLink({ id, name, findings }: GradedSubmission): string {
  if (findings.length === 0) return '';
  const href = `students/${encodeURIComponent(slugOf(id))}/report.html`;
  return ` <a class="drawn" href="${href}" aria-label="the heap of ${text(name)}, drawn">drawn</a>`;
}

function nameOf(id: string, all: readonly GradedSubmission[]): string {
  return all.find((each) => each.id === id)?.name ?? id;
}

function text(from: string): string {
  return oneLine(from).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
