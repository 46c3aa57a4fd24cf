// The style of the page of a class: the system's light or dark, contrast of at least 4.5 to 1 for all text.

export const CLASS_STYLE = `
:root {
  color-scheme: light dark;
  --ground: light-dark(#ffffff, #12161d);
  --ink: light-dark(#1a1e26, #e7eaf0);
  --soft: light-dark(#545c69, #a7b0be);
  --line: light-dark(#d3d8e0, #343c4a);
  --bar: light-dark(#2a66c8, #7eaaf4);
  --lost: light-dark(#b3211a, #ff8d84);
  --kept: light-dark(#1d6a38, #6bcb94);
  --accent: light-dark(#0b57d0, #8ab4f8);
}
body {
  margin: 0 auto;
  max-width: 1500px;
  padding: 14px 20px 40px;
  font: 14px / 1.45 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
  color: var(--ink);
  background: var(--ground);
}
h1 { font-size: 20px; overflow-wrap: anywhere; }
h2 { font-size: 16px; margin: 26px 0 6px; }
a { color: var(--accent); }
a.drawn { font-weight: 400; }
.wide { overflow-x: auto; }
.wide:focus-visible { outline: 2px solid var(--accent); }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { border-bottom: 1px solid var(--line); padding: 4px 8px; text-align: left; vertical-align: top; }
thead th { white-space: nowrap; }
tbody th { font-weight: 600; min-width: 10em; overflow-wrap: anywhere; }
td.number { text-align: right; }
td.lost { color: var(--lost); font-weight: 600; white-space: nowrap; }
td.kept { color: var(--kept); }
td.unshown, .soft { color: var(--soft); }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
svg.marks { width: 100%; max-width: 640px; height: auto; }
svg.bar { width: 120px; height: 12px; }
svg .fill { fill: var(--bar); }
svg .axis { stroke: var(--soft); }
svg text { font-size: 12px; text-anchor: middle; fill: var(--ink); }
svg text.soft { fill: var(--soft); }
footer { margin-top: 28px; color: var(--soft); }
`;
