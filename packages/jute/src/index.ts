export * from './jute-error.ts';
export * from './jute-reader.ts';
export * from './jute-writer.ts';
