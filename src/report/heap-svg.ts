// The still: the decisive step of an execution as one SVG file, for READMEs and mail.

import { visible } from './html.ts';
import { stillOf } from './page/still.js';
import { firstLook, foreignArea, marksAt } from './page/stretch.js';
import { Track } from './page/track.js';
import { pageAsset } from './page-assets.ts';
import type { ViewData } from './page-data.ts';

/** Pixels. */
const WIDTH = 960;

/** Of the frame that matters, or of another. */
export function heapSvg(view: ViewData, frame = view.decisive): string {
  const track = new Track(view);
  const shown = firstLook(view, track, frame, foreignArea(view));
  const state = track.at(frame);
  const wrong = view.violations.filter((each) => each.frame === frame);
  const marks = marksAt(view, frame);
  const title = visible(
    `${view.target}, step ${frame + view.first + 1}: ${view.calls[frame] ?? ''}`,
  );
  const lines = wrong.map((each) => visible(`✕ ${each.invariant}: ${each.actual}`));
  return stillOf(
    { view, state, marks, found: undefined, width: WIDTH, ...shown },
    {
      title,
      lines: [title, ...lines],
      style: pageAsset('drawing.css'),
      patterns: pageAsset('patterns.svg'),
    },
  );
}
