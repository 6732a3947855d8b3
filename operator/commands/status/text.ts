/** A text on one line, in which control characters are visible: names and messages of others may contain escape sequences. */
export function printable(text: string): string {
  // The start of a line may be an indent.
  return text.replace(/(?<=\S)\s+/gu, ' ').replace(/[\p{Cc}\p{Bidi_Control}]/gu, '\u{FFFD}');
}

/** Splits a text into lines of at most `width` characters, between words where possible; at least one line. */
export function wrapText(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap((long) => splitWord(long, width))) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length <= width || line === '') {
      line = longer;
    } else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line];
}

function splitWord(word: string, width: number): readonly string[] {
  if (word.length <= width) return [word];
  const characters = Array.from(word);
  const size = Math.max(1, width);
  const parts = Math.ceil(characters.length / size);
  return Array.from({ length: parts }, (_, part) => characters.slice(part * size, (part + 1) * size).join(''));
}
