import type { ElectionTransport } from '@zebu/interfaces';
import type { Notification, ServerId } from '@zebu/protocol';
import type { MessageFact } from '../history/event.ts';

/** What a server tells itself is left out. */
export function observedElectionTransport(
  transport: ElectionTransport,
  self: ServerId,
  record: (fact: MessageFact) => void,
): ElectionTransport {
  const note = (
    type: 'notificationSent' | 'notificationReceived',
    from: ServerId,
    to: ServerId,
    { state, vote }: Notification,
  ): void => {
    if (from !== to) record({ type, from, to, state, vote });
  };
  return {
    start: (handler) =>
      transport.start({
        onNotification: (from, notification) => {
          note('notificationReceived', from, self, notification);
          handler.onNotification(from, notification);
        },
        onLinkUp: (peer) => handler.onLinkUp(peer),
        onLinkDown: (peer) => handler.onLinkDown(peer),
      }),
    send: (to, notification) => {
      note('notificationSent', self, to, notification);
      transport.send(to, notification);
    },
    setEnsemble: (ensemble) => transport.setEnsemble(ensemble),
    close: () => transport.close(),
  };
}
