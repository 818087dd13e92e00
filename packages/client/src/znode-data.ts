import type { ZnodeData } from './client.ts';

const ENCODER = new TextEncoder();

export function bytesOf(data: ZnodeData | undefined): Uint8Array | null {
  if (typeof data === 'string') return ENCODER.encode(data);
  return data ?? null;
}
