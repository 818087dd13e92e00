/** Properties over many runs finish within a second or two; a machine that is busy with other things must not fail them. */
export const PATIENT = { timeout: 120_000 } as const;
