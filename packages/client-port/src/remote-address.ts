// The text of a client's address: `10.0.0.1:40000`, `[2001:db8::1]:40000`.

const MAPPED_IPV4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** A socket that listens on both families reports IPv4 clients as ::ffff:a.b.c.d; they are the same clients. */
export const plainHost = (host: string): string => MAPPED_IPV4.exec(host)?.[1] ?? host;

export const formatAddress = (host: string, port: number): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
