import { prepareC } from '../src/clients/c/c-comparison.ts';
import { clientTest } from './support/client-test.ts';

clientTest('a C program on libzookeeper-mt sees on Zebu what it sees on Apache ZooKeeper', await prepareC(), {
  rowCount: 9,
});
