// One tab stop a drawing, arrows inside: the bars of a chart, the days of a year.

/** Which mark the arrow keys lead to from the one that has the focus, or `undefined` for another key. */
function markAfter(key: string, current: number, count: number, column = 1): number | undefined {
  const steps: Readonly<Record<string, number>> = {
    ArrowRight: column,
    ArrowLeft: -column,
    ArrowDown: 1,
    ArrowUp: -1,
  };
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  const step = steps[key];
  return step === undefined ? undefined : Math.min(count - 1, Math.max(0, current + step));
}

/** Moves the focus from mark to mark; marks are the elements with `data-mark` of the drawing. */
export function onMarkKey(event: KeyboardEvent, column = 1): void {
  const drawing = event.currentTarget as Element;
  const marks: (SVGElement | HTMLElement)[] = [...drawing.querySelectorAll<SVGElement>("[data-mark]")];
  const current = marks.indexOf(event.target as SVGElement);
  const next = markAfter(event.key, current, marks.length, column);
  if (next === undefined) return;
  event.preventDefault();
  for (const mark of marks) mark.setAttribute("tabindex", "-1");
  marks[next]?.setAttribute("tabindex", "0");
  marks[next]?.focus();
}
