// Who may change the ensemble of a simulated world: its servers know the digest, operators and stories the password.

export const SUPER_USER = 'super:secret';
export const SUPER_DIGEST = 'super:lK75jTNcA+U9vtVEw5vB51mj/w4=';
