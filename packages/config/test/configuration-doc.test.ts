import { expect, it } from 'vitest';
import { KEY_TABLE } from '../src/index.ts';
import { renderConfigurationDoc } from './configuration-doc.ts';

it('docs/configuration.md says what the table of keys says', async () => {
  await expect(renderConfigurationDoc()).toMatchFileSnapshot('../../../docs/configuration.md');
});

it('every key that acts says what it does', () => {
  const silent = KEY_TABLE.filter((row) => row.effect === 'acts' && (row.description ?? '') === '');
  expect(silent).toEqual([]);
});
