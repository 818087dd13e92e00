export { createServerShell, type ServerShell, type ShellDependencies } from './server-shell.ts';
