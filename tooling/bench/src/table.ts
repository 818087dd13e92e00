// The figures of all measures as text.

import type { Figure, Measure } from './measure.ts';

export function renderTable(results: readonly { measure: Measure; figures: readonly Figure[] }[]): string {
  const width = Math.max(...results.flatMap(({ figures }) => figures.map(({ name }) => name.length)));
  const parts = results.map(({ measure, figures }) => {
    const lines = figures.map((figure) => `  ${figure.name.padEnd(width)}  ${renderValue(figure).padStart(14)}`);
    return [`${measure.name}: ${measure.title}`, ...lines].join('\n');
  });
  return parts.join('\n\n');
}

export function renderValue({ value, unit }: Figure): string {
  const digits = value >= 1000 || Number.isInteger(value) ? 0 : value >= 10 ? 1 : 2;
  const text = value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return unit === '' || unit === '/s' ? `${text}${unit}` : `${text} ${unit}`;
}
