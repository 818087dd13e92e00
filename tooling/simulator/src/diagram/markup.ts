// Elements as text. Whatever comes from a history is escaped here, and nowhere else.

export const escapeText = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

type Attributes = Readonly<Record<string, string | number | undefined>>;

/** `content` is markup already. */
export function element(name: string, attributes: Attributes, ...content: readonly string[]): string {
  const list = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? round(value) : escapeText(value as string)}"`);
  return content.length === 0 ? `<${name}${list.join('')}/>` : `<${name}${list.join('')}>${content.join('')}</${name}>`;
}

/** What a pointer over the element shows. */
export const title = (words: string): string => element('title', {}, escapeText(words));

const round = (value: number): number => Math.round(value * 10) / 10;
