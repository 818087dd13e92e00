import { expect } from 'vitest';

const PATIENCE_MS = 5000;
const PAUSE_MS = 20;

/** What the server does in its own time: looked at again until it is so. */
export async function eventually(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  let so = await isSo();
  while (!so && Date.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    so = await isSo();
  }
  expect(so, what).toBe(true);
}
