// `--coverage FILE`: what each check covered: as a plot where the file is a .svg, else the whole of it as text.

import type { CampaignReport } from '../check/campaign.ts';
import { OperatingError } from '../contract/operating-error.ts';
import { coverageSvg } from '../report/coverage-svg.ts';
import { coverageText } from '../report/coverage-text.ts';
import type { Io } from './io.ts';
import { openFile } from './output-file.ts';

/** Writes it; does nothing where none was asked for. Both throw an OperatingError if it cannot be written. */
export function openCoverage(
  file: string | undefined,
  targets: number,
  io: Io,
): (reports: readonly CampaignReport[]) => void {
  if (file === undefined) return () => {};
  const isPlot = file.toLowerCase().endsWith('.svg');
  if (isPlot && targets > 1) {
    throw new OperatingError(`--coverage ${file} is a plot of one target: check them one by one`);
  }
  const write = openFile(file, io.cwd);
  return (reports) => {
    const parts = reports.flatMap(({ target, seed, coverage }) =>
      coverage === undefined
        ? []
        : [(isPlot ? coverageSvg : coverageText)(`${target}, seed ${seed}`, coverage)],
    );
    write(parts.join('\n'));
    io.stderr(`wrote ${file}\n`);
  };
}
