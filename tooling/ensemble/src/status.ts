// What a server says of itself, from the text of its `mntr`.

export type ServerStatus =
  /** The process runs; its client port does not answer yet. */
  | { readonly type: 'starting' }
  /** It answers, and looks for a leader. */
  | { readonly type: 'looking' }
  | {
      readonly type: 'serving';
      readonly role: string;
      readonly epoch: string;
      readonly zxid: string;
      readonly sessions: string;
      readonly znodes: string;
    }
  | { readonly type: 'exited'; readonly reason: string; readonly lastLogLines: readonly string[] };

export function statusOfMntr(text: string): ServerStatus {
  const values = new Map(
    text.split('\n').map((line) => {
      const [name = '', value = ''] = line.split('\t');
      return [name, value] as const;
    }),
  );
  const role = values.get('zk_server_state');
  if (role === undefined) return { type: 'looking' };
  const value = (name: string): string => values.get(name) ?? '?';
  return {
    type: 'serving',
    role,
    epoch: value('zk_epoch'),
    zxid: value('zk_last_zxid'),
    sessions: value('zk_global_sessions'),
    znodes: value('zk_znode_count'),
  };
}

/** Changes worth a line where no board can be drawn: not every new zxid. */
export function isNews(before: ServerStatus | undefined, after: ServerStatus): boolean {
  if (before?.type !== after.type) return true;
  return (
    after.type === 'serving' &&
    before.type === 'serving' &&
    (after.role !== before.role || after.epoch !== before.epoch)
  );
}

export function describeStatus(status: ServerStatus): string {
  switch (status.type) {
    case 'starting':
      return 'starting';
    case 'looking':
      return 'looking for a leader';
    case 'serving':
      return `${status.role}, epoch ${status.epoch}, zxid ${status.zxid}, ${status.sessions} sessions, ${status.znodes} znodes`;
    case 'exited':
      return [status.reason, ...status.lastLogLines.map((line) => `    ${line}`)].join('\n');
  }
}
