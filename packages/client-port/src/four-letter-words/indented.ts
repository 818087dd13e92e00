// The lines under a heading. They cannot be taken over several turns of the loop, since the tree changes in between; so there is a limit.

/** Made in about 2 ms. */
const MAX_LINES = 4000;

export function* indented<Item>(items: Iterable<Item>, format: (item: Item) => string = String): Iterable<string> {
  let text = '';
  let count = 0;
  for (const item of items) {
    if (count === MAX_LINES) {
      text += `\t(more than ${MAX_LINES}: the rest is left out)\n`;
      break;
    }
    text += `\t${format(item)}\n`;
    count++;
  }
  yield text;
}
