// Where there is room for a label. What finds none is left to the pointer, which shows it all the same.

export interface Place {
  readonly x: number;
  readonly y: number;
  readonly anchor: 'start' | 'middle' | 'end';
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const CHARACTER_WIDTH = 5.6;
const LINE_HEIGHT = 11;
const SLICE_HEIGHT = 64;

export class LabelSpace {
  readonly #slices = new Map<number, Box[]>();

  /** The first of the places that is free; it is taken then. */
  take(label: string, places: readonly Place[]): Place | undefined {
    for (const place of places) {
      const box = boxOf(label, place);
      if (!this.#isFree(box)) continue;
      this.#occupy(box);
      return place;
    }
    return undefined;
  }

  #isFree(box: Box): boolean {
    for (const slice of slicesOf(box)) {
      for (const other of this.#slices.get(slice) ?? []) if (overlap(box, other)) return false;
    }
    return true;
  }

  #occupy(box: Box): void {
    for (const slice of slicesOf(box)) {
      const boxes = this.#slices.get(slice);
      if (boxes === undefined) this.#slices.set(slice, [box]);
      else boxes.push(box);
    }
  }
}

function boxOf(label: string, { x, y, anchor }: Place): Box {
  const width = label.length * CHARACTER_WIDTH;
  const left = anchor === 'start' ? x : anchor === 'end' ? x - width : x - width / 2;
  return { left: left - 2, right: left + width + 2, top: y - LINE_HEIGHT + 2, bottom: y + 2 };
}

function slicesOf({ top, bottom }: Box): number[] {
  const first = Math.floor(top / SLICE_HEIGHT);
  const last = Math.floor(bottom / SLICE_HEIGHT);
  return first === last ? [first] : [first, last];
}

const overlap = (one: Box, other: Box): boolean =>
  one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
