// The rules of a znode path (ZooKeeper's PathUtils.validatePath).

/** Undefined for a valid absolute path, else why it is not one. */
export function pathProblem(path: string, options?: { readonly sequential: boolean }): string | undefined {
  // A sequential name may end with '/', since its suffix follows (PathUtils.validatePath(path, isSequential)).
  const checked = options?.sequential === true ? `${path}1` : path;
  if (checked.length === 0) return 'path is empty';
  if (checked.charCodeAt(0) !== SLASH) return 'path must start with /';
  if (checked.length === 1) return undefined;
  if (checked.charCodeAt(checked.length - 1) === SLASH) return 'path must not end with /';
  let componentStart = 1;
  for (let i = 1; i <= checked.length; i++) {
    const code = i < checked.length ? checked.charCodeAt(i) : SLASH;
    if (code === SLASH) {
      const problem = componentProblem(checked, componentStart, i);
      if (problem !== undefined) return problem;
      componentStart = i + 1;
    } else if (isForbidden(code)) {
      return `path has the forbidden character 0x${code.toString(16)} at ${i}`;
    }
  }
  return undefined;
}

export const isValidPath = (path: string): boolean => pathProblem(path) === undefined;

/** Parent of a valid path other than "/". */
export function parentPath(path: string): string {
  const lastSlash = path.lastIndexOf('/');
  return lastSlash === 0 ? '/' : path.slice(0, lastSlash);
}

export const nodeName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

const SLASH = 0x2f;
const DOT = 0x2e;

function componentProblem(path: string, start: number, end: number): string | undefined {
  const length = end - start;
  if (length === 0) return `path has an empty component at ${start}`;
  const dots = path.charCodeAt(start) === DOT && (length === 1 || (length === 2 && path.charCodeAt(start + 1) === DOT));
  return dots ? `path has a relative component at ${start}` : undefined;
}

function isForbidden(code: number): boolean {
  return (
    code <= 0x1f ||
    (code >= 0x7f && code <= 0x9f) ||
    (code >= 0xd800 && code <= 0xf8ff) ||
    (code >= 0xfff0 && code <= 0xffff)
  );
}
