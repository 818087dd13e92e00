// What packets look like on the wire, for those who count or record them without a connection.

export { decodeFrame } from './packet-decoder.ts';
export { encodePacket } from './packet-encoder.ts';
