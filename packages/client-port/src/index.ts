export { type ClientPort, createClientPort } from './client-port.ts';
export { type AnswerFourLetterWord, createFourLetterWords } from './four-letter-words/answer.ts';
export type { ConfigurationFacts, FourLetterWordFacts } from './four-letter-words/facts.ts';
export type { ClientPortDependencies, ClientPortOptions, SecureOptions } from './options.ts';
