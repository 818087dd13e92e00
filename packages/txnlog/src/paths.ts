// Paths use '/' on every platform, as the FileSystem port says.

export const join = (directory: string, name: string): string =>
  directory.endsWith('/') ? `${directory}${name}` : `${directory}/${name}`;

export function parentOf(path: string): string {
  const trimmed = trimSlashes(path);
  const lastSlash = trimmed.lastIndexOf('/');
  if (lastSlash === 0) return '/';
  return lastSlash < 0 ? '.' : trimmed.slice(0, lastSlash);
}

/** Without slashes at the end; '/' stays. */
export const trimSlashes = (path: string): string => (path.length > 1 ? path.replace(/\/+$/, '') || '/' : path);
