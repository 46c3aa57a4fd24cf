// What was found, put into a corpus folder: each finding as a trace, and its C program beside it.

import type { CampaignReport } from '../check/campaign.ts';
import { entryOf } from '../corpus/entry.ts';
import { saveEntry, saveText } from '../corpus/store.ts';
import type { Settings } from './options.ts';
import type { Output } from './output.ts';

/** `corpus` undefined: nothing is kept. Throws an OperatingError where the folder cannot be written. */
export function keep(
  report: CampaignReport,
  corpus: string | undefined,
  { quiet }: Settings,
  output: Output,
): void {
  if (corpus === undefined) return;
  const found = new Date().toISOString().slice(0, 10);
  for (const finding of report.findings) {
    const path = saveEntry(corpus, entryOf(finding, { ...report, found }));
    if (!quiet) output.say(`kept ${path}\n`);
    if (finding.reproducer === undefined) continue;
    const program = path.replace(/\.trace$/, '.c');
    saveText(program, finding.reproducer.source);
    if (!quiet) output.say(`kept ${program}\n`);
  }
}
