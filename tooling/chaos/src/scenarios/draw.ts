import type { SeededRandom } from '@zebu/simulator/clients';

export const drawn = <Value>(random: SeededRandom, values: readonly Value[]): Value =>
  values[random.below(values.length)] as Value;

export function shuffled<Value>(random: SeededRandom, values: readonly Value[]): Value[] {
  const rest = [...values];
  const order: Value[] = [];
  while (rest.length > 0) order.push(...rest.splice(random.below(rest.length), 1));
  return order;
}
