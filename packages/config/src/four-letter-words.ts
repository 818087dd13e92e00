// Which four-letter words a server answers (FourLetterCommands.isEnabled).

import type { Settings } from './settings.ts';

const ALL_WORDS = 'conf cons crst dirs dump envi gtmk ruok stmk srst srvr stat wchc wchp wchs mntr isro hash'.split(
  ' ',
);

export function fourLetterWords(settings: Settings): ReadonlySet<string> {
  const listed = settings.list('4lw.commands.whitelist');
  // zkServer.sh depends on srvr, so it cannot be switched off.
  const words = new Set(listed.includes('*') ? ALL_WORDS : [...listed, 'srvr']);
  if (settings.flag('readonlymode.enabled')) words.add('isro');
  return words;
}
