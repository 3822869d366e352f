// Where the arrow keys go on a grid whose rows and columns are wherever the layout put them.

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export type Arrow = "ArrowUp" | "ArrowDown" | "ArrowLeft" | "ArrowRight";

/** The index of the box that lies from box *at* in the direction of *arrow*: straight first, near second; -1 at the edge. */
export function nearest(boxes: readonly Box[], at: number, arrow: Arrow): number {
  const here = boxes[at];
  if (!here) return -1;
  const sideways = arrow === "ArrowLeft" || arrow === "ArrowRight";
  const sign = arrow === "ArrowRight" || arrow === "ArrowDown" ? 1 : -1;
  let best = -1;
  let cost = Infinity;
  boxes.forEach((box, i) => {
    const [x, y] = [middle(box.left, box.right) - middle(here.left, here.right), middle(box.top, box.bottom) - middle(here.top, here.bottom)];
    const [along, across] = sideways ? [x * sign, Math.abs(y)] : [y * sign, Math.abs(x)];
    const apart = sideways ? box.top >= here.bottom || box.bottom <= here.top : false;
    if (i === at || along < 1 || apart) return;
    const total = along + across * 3;
    if (total < cost) [best, cost] = [i, total];
  });
  return best;
}

function middle(a: number, b: number): number {
  return (a + b) / 2;
}
