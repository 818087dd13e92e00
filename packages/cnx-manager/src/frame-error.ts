// What a peer, or a stranger, sent that is no frame of ours. It costs the sender its connection and nobody else anything.

export class FrameError extends Error {
  override readonly name = 'FrameError';
  readonly code = 'FRAME';
}
