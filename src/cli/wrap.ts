/** A text of several lines as one. */
export function onOneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, " ");
}

/** A text in lines that are no longer than `width`, where its words allow; lines that start with a blank stay as they are. */
export function wrap(text: string, width: number, indent = ""): string[] {
  return text
    .split("\n")
    .flatMap((line) => (line.startsWith(" ") ? [indent + line] : wrapLine(line, indent, width)))
    .map((line) => line.trimEnd());
}

function wrapLine(line: string, indent: string, width: number): string[] {
  const lines: string[] = [];
  let current = indent;
  for (const word of line.split(" ")) {
    if (current !== indent && current.length + word.length + 1 > width) {
      lines.push(current);
      current = indent;
    }
    current += current === indent ? word : ` ${word}`;
  }
  return [...lines, current];
}
