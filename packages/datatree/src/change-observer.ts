// What a snapshot in progress must hear, before it happens, to stay exact. The three tables of a snapshot share one list.

export interface ChangeObserver {
  beforeNodeChange(node: number): void;
  onNodeAdded(node: number): void;
  beforeAclRemoval(slot: number): void;
  onAclAdded(slot: number): void;
  beforeSessionChange(row: number): void;
  onSessionAdded(row: number): void;
}

export type ChangeObservers = readonly ChangeObserver[];
