// Integer.parseInt, whose idea of a number is part of what an ACL means: `+8`, `-0` and any count of leading zeros are numbers.

const MAX_INT = 0x7fff_ffff;

export function parseJavaInteger(text: string, radix: 10 | 16): number | undefined {
  const digits = radix === 10 ? /^[+-]?\d+$/ : /^[+-]?[\da-fA-F]+$/;
  if (!digits.test(text)) return undefined;
  const value = Number.parseInt(text, radix);
  return value > MAX_INT || value < -MAX_INT - 1 ? undefined : value;
}
