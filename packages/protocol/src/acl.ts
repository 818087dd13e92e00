// Access control lists (ZooDefs.Perms, ZooDefs.Ids).

export const Permission = { READ: 1, WRITE: 2, CREATE: 4, DELETE: 8, ADMIN: 16, ALL: 31 } as const;

export interface Acl {
  /** Bit set of Permission. */
  readonly permissions: number;
  readonly scheme: string;
  readonly id: string;
}

export const OPEN_ACL_UNSAFE: readonly Acl[] = [{ permissions: Permission.ALL, scheme: 'world', id: 'anyone' }];
