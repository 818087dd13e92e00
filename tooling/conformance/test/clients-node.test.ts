import { prepareNode } from '../src/clients/node/node-comparison.ts';
import { clientTest } from './support/client-test.ts';

clientTest('node-zookeeper-client sees on Zebu what it sees on Apache ZooKeeper', await prepareNode(), { rowCount: 8 });
