export { mendDirectory, surveyDirectory, type DirectoryPlace, type Surveyed } from './mending.ts';
export { nodeFileSystem } from './node/node-file-system.ts';
export type { OpenStorageRequest, StorageOptions } from './open-storage.ts';
export { openStorage } from './open-storage.ts';
