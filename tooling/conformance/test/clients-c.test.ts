import { prepareClient } from '../src/clients/client-parts.ts';
import { clientTest } from './support/client-test.ts';

clientTest('a C program on libzookeeper-mt sees on Zebu what it sees on Apache ZooKeeper', await prepareClient('c'), {
  rowCount: 9,
});
