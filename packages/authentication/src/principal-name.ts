// Names of principals, `service/host@REALM` or less of it (KerberosName).

const PRINCIPAL_NAME = /^[^/@]*(\/[^/@]*)?@[^/@]*$/;

/** Without a realm anything is one. */
export const isPrincipalName = (name: string): boolean => !name.includes('@') || PRINCIPAL_NAME.test(name);
