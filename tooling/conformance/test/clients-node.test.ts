import { prepareClient } from '../src/clients/client-parts.ts';
import { clientTest } from './support/client-test.ts';

clientTest('node-zookeeper-client sees on Zebu what it sees on Apache ZooKeeper', await prepareClient('node'), {
  rowCount: 8,
});
