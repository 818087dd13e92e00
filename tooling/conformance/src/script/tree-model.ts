// What the generator believes of the tree, so that versions fit, names collide and znodes are there often enough. It decides
// nothing about right or wrong: where it errs, a step is only less interesting.

export interface ModelNode {
  version: number;
  aversion: number;
  /** Children ever created: the next sequence number. */
  created: number;
  readonly children: Set<string>;
  /** The client whose session owns it. */
  readonly owner: string | undefined;
  readonly container: boolean;
  /** Whether anyone may do anything with it. */
  open: boolean;
}

export class TreeModel {
  readonly #nodes = new Map<string, ModelNode>([['~', newNode(undefined, true, false)]]);

  get paths(): readonly string[] {
    return [...this.#nodes.keys()];
  }

  node(path: string): ModelNode | undefined {
    return this.#nodes.get(path);
  }

  pathsWhere(wanted: (node: ModelNode, path: string) => boolean): readonly string[] {
    return [...this.#nodes].filter(([path, node]) => wanted(node, path)).map(([path]) => path);
  }

  /** The path it would get, if it can be created. */
  create(path: string, options: { owner?: string; sequential: boolean; open: boolean; container?: boolean }): void {
    const parent = this.#nodes.get(parentOf(path));
    if (parent === undefined || parent.owner !== undefined) return;
    const actual = options.sequential ? path + String(parent.created).padStart(10, '0') : path;
    if (this.#nodes.has(actual)) return;
    parent.created++;
    parent.children.add(actual);
    this.#nodes.set(actual, newNode(options.owner, options.open, options.container === true));
  }

  delete(path: string, version: number): void {
    const node = this.#nodes.get(path);
    if (node === undefined || path === '~' || node.children.size > 0) return;
    if (version === -1 || version === node.version) this.#remove(path);
  }

  setData(path: string, version: number): void {
    const node = this.#nodes.get(path);
    if (node !== undefined && (version === -1 || version === node.version)) node.version++;
  }

  setAcl(path: string, version: number, open: boolean): void {
    const node = this.#nodes.get(path);
    if (node === undefined || (version !== -1 && version !== node.aversion)) return;
    node.aversion++;
    node.open = open;
  }

  endSession(owner: string): void {
    for (const [path, node] of this.#nodes) if (node.owner === owner) this.#remove(path);
  }

  #remove(path: string): void {
    this.#nodes.get(parentOf(path))?.children.delete(path);
    this.#nodes.delete(path);
  }
}

const newNode = (owner: string | undefined, open: boolean, container: boolean): ModelNode => ({
  version: 0,
  aversion: 0,
  created: 0,
  children: new Set(),
  owner,
  container,
  open,
});

export const parentOf = (path: string): string => path.slice(0, Math.max(path.lastIndexOf('/'), 0));
