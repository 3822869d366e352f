// The editor's table as coordinates: rowspans make a cell's column differ from its index in the row.

export interface Place {
  readonly row: number;
  readonly column: number;
}

export interface Cell extends Place {
  readonly element: HTMLTableCellElement;
  readonly span: number;
}

/** Every body cell with its row and column; the column of hours is not counted. */
export function cellsOf(table: HTMLTableElement): Cell[] {
  const found: Cell[] = [];
  const busy: number[] = []; // per column, the row from which it is free
  [...(table.tBodies[0]?.rows ?? [])].forEach((line, row) => {
    let column = 0;
    for (const element of line.cells) {
      if (element.tagName === "TH") continue;
      while ((busy[column] ?? 0) > row) column += 1;
      found.push({ element, row, column, span: element.rowSpan });
      busy[column] = row + element.rowSpan;
      column += 1;
    }
  });
  return found;
}

/** The cell that covers *place*, if the table has one there. */
export function cellAt(cells: readonly Cell[], place: Place): Cell | undefined {
  return cells.find((cell) => cell.column === place.column && cell.row <= place.row && place.row < cell.row + cell.span);
}

/** The room of each column, in order: a room with overlapping sessions has several. */
export function roomsOf(heads: readonly { room: string; lanes: number }[]): string[] {
  return heads.flatMap(({ room, lanes }) => Array<string>(lanes).fill(room));
}

/** *place* one step further, inside a table of *rows* × *columns*. */
export function step(place: Place, key: string, rows: number, columns: number): Place {
  const down = key === "ArrowDown" ? 1 : key === "ArrowUp" ? -1 : 0;
  const right = key === "ArrowRight" ? 1 : key === "ArrowLeft" ? -1 : 0;
  return { row: Math.min(Math.max(place.row + down, 0), rows - 1), column: Math.min(Math.max(place.column + right, 0), columns - 1) };
}
