// The page around a drawing: style, legend, and names that stay in sight.

import type { ServerId } from '@zebu/protocol';
import { element, escapeText } from './markup.ts';

export interface Page {
  readonly title: string;
  /** Sentences above the drawing. */
  readonly remarks: readonly string[];
  readonly violation: string | undefined;
  readonly heads: readonly { readonly x: number; readonly words: string }[];
  readonly width: number;
  readonly height: number;
  readonly drawing: string;
}

export const headOf = (server: ServerId, isObserver: boolean): string =>
  `server ${server}${isObserver ? ' (observer)' : ''}`;

export function pageOf({ title, remarks, violation, heads, width, height, drawing }: Page): string {
  const names = heads.map(({ x, words }) => element('span', { style: `left:${x}px` }, escapeText(words)));
  const svg = element(
    'svg',
    { xmlns: 'http://www.w3.org/2000/svg', width, height: height + 80, viewBox: `0 -24 ${width} ${height + 80}` },
    MARKERS,
    drawing,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${escapeText(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escapeText(title)}</h1>
${violation === undefined ? '' : `<p class="broken"><a href="#violation">${escapeText(violation)}</a></p>`}
${remarks.map((remark) => `<p>${escapeText(remark)}</p>`).join('\n')}
${LEGEND}
<div class="heads" style="width:${width}px">${names.join('')}</div>
${svg}
</body>
</html>
`;
}

const COLOURS = {
  election: '#b07a00',
  discovery: '#8a4b08',
  synchronization: '#8e24aa',
  proposal: '#1565c0',
  acknowledgement: '#2e7d32',
  commit: '#263238',
  request: '#78909c',
} as const;

const MARKERS = element(
  'defs',
  {},
  ...Object.entries(COLOURS).map(([kind, fill]) =>
    element(
      'marker',
      {
        id: kind,
        viewBox: '0 0 10 10',
        refX: 9,
        refY: 5,
        markerWidth: 7,
        markerHeight: 7,
        orient: 'auto',
        markerUnits: 'userSpaceOnUse',
      },
      element('path', { d: 'M0 0L10 5L0 10z', fill }),
    ),
  ),
  element(
    'pattern',
    { id: 'hatch', width: 6, height: 6, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' },
    element('rect', { width: 6, height: 6, fill: '#eceff1' }),
    element('line', { x1: 0, y1: 0, x2: 0, y2: 6, stroke: '#546e7a', 'stroke-width': 3 }),
  ),
);

const swatch = (style: string, words: string): string => `<span><i style="${style}"></i>${words}</span>`;

const LEGEND = `<div class="legend">
${swatch('background:#ffd180', 'LOOKING')}
${swatch('background:#bbdefb', 'FOLLOWING')}
${swatch('background:#64b5f6', 'and serves')}
${swatch('background:#c8e6c9', 'LEADING')}
${swatch('background:#66bb6a', 'and serves')}
${swatch('background:#e1bee7', 'OBSERVING')}
${swatch('background:#ba68c8', 'and serves')}
${swatch('background:repeating-linear-gradient(45deg,#546e7a 0 3px,#eceff1 3px 6px)', 'paused')}
${swatch('border-left:2px dashed #90a4ae;width:1px', 'down')}
${Object.entries(COLOURS)
  .map(([kind, colour]) => swatch(`height:0;border-top:2px solid ${colour};margin-bottom:4px`, kind))
  .join('\n')}
<span>○ appended</span><span>● flushed</span><span>◆ epoch durable</span><span>— applied</span><span>▭ disk, role</span>
${swatch('background:#43a047;width:6px', 'a client’s operation')}
${swatch('background:#fb8c00;width:6px', 'refused')}
${swatch('background:#e53935;width:6px', 'unknown outcome')}
<span class="help">Time runs down; it is stretched where much happens and folded where nothing does. An arrow that ends in a cross never arrived.
Zxids are epoch:counter in hexadecimal: 3:1a is 0x30000001a; e3 is epoch 3. The pointer shows more of everything.</span>
</div>`;

const STYLE = `
body{font:13px/1.45 system-ui,sans-serif;margin:16px;color:#212121;background:#fff}
h1{font-size:18px;margin:0 0 4px}p{margin:2px 0;max-width:110ch}
.broken a{color:#b71c1c;font-weight:600;text-decoration:none}
.legend{margin:8px 0 12px;font-size:12px;color:#455a64;max-width:1100px}.legend span{margin-right:12px;white-space:nowrap}
.legend .help{display:block;white-space:normal;margin-top:4px}
.legend i{display:inline-block;width:12px;height:11px;margin-right:4px;vertical-align:-1px}
.heads{position:sticky;top:0;height:24px;background:#ffffffee;border-bottom:1px solid #cfd8dc;z-index:1}
.heads span{position:absolute;transform:translateX(-50%);font-weight:600;top:3px;white-space:nowrap}
svg text{font:9.5px ui-monospace,monospace;paint-order:stroke;stroke:#fff;stroke-width:2.5px;stroke-linejoin:round}
.tick{stroke:#eceff1}text.time{fill:#78909c}
.fold rect{fill:#fafafa;stroke:#cfd8dc;stroke-dasharray:3 3}.fold text{fill:#78909c;font-style:italic}
.down{stroke:#90a4ae;stroke-width:2;stroke-dasharray:3 4}
.line{fill:#cfd8dc}.LOOKING{fill:#ffd180}.FOLLOWING{fill:#bbdefb}.FOLLOWING.serving{fill:#64b5f6}.LEADING{fill:#c8e6c9}
.LEADING.serving{fill:#66bb6a}.OBSERVING{fill:#e1bee7}.OBSERVING.serving{fill:#ba68c8}.line.paused{fill:url(#hatch)}
.arrow line,.arrow path{stroke-width:1.2;fill:none}
${Object.entries(COLOURS)
  .map(
    ([kind, colour]) => `.arrow.${kind} line,.arrow.${kind} path{stroke:${colour}}text.arrow.${kind}{fill:${colour}}`,
  )
  .join('\n')}
.arrow.election line{stroke-dasharray:4 3;stroke-width:.8}.arrow.request line{stroke-width:.7}.arrow.lost line{opacity:.55}
.arrow.lost path{stroke:#c62828!important;stroke-width:1.6}
g.mark circle{fill:#fff;stroke:#37474f}g.mark.flush circle{fill:#37474f}g.mark.epoch path{fill:#6a1b9a;stroke:#fff}
g.mark.apply line{stroke:#37474f;stroke-width:1.6}g.mark rect{fill:#fff;stroke:#37474f}g.mark.end path{stroke:#c62828;stroke-width:2.6}
text.mark{fill:#37474f}text.mark.end{fill:#c62828;font-weight:700}text.mark.role{font-weight:700}text.mark.epoch{fill:#6a1b9a}
line.note{stroke:#ef6c00;stroke-width:1.2}text.note{fill:#e65100;font-weight:700}
line.note.phase{stroke:#78909c;stroke-dasharray:8 4}text.note.phase{fill:#546e7a}
.operation{fill:#43a047}.operation.refused{fill:#fb8c00}.operation.unknown{fill:#e53935}
circle.client{fill:#fff;stroke:#00695c;stroke-width:1.6}circle.client.watch{fill:#ffeb3b}circle.client.lost{stroke:#c62828}
.violation line{stroke:#d50000;stroke-width:3}.violation circle{fill:none;stroke:#d50000;stroke-width:3}
.violation rect{fill:#fff5f5;stroke:#d50000}.violation text{font:700 13px system-ui,sans-serif;fill:#b71c1c;stroke-width:5px}
@media(pointer:fine){.arrow:hover line{stroke-width:3}}
`;
