import { styleText } from 'node:util';
import type { WriteStream } from 'node:tty';
import { type LoadView, renderFrame } from './frame.ts';
import { renderPlainLine } from './plain-line.ts';

/** Shows a run while it lasts. */
export interface LoadDisplay {
  show(view: LoadView): void;
  /** Restores the output, and shows the end of the run. */
  close(view: LoadView): void;
}

const PLAIN_INTERVAL_SECONDS = 5;

/** A second screen without a cursor, which leaves what was on the terminal as it was. */
const ENTER = '\u001B[?1049h\u001B[?25l';
const LEAVE = '\u001B[?25h\u001B[?1049l';
const HOME = '\u001B[H';
const CLEAR_LINE = '\u001B[K';
const CLEAR_BELOW = '\u001B[J';

/** A display for standard output: drawn in a terminal, otherwise a line every five seconds. */
export function createDisplay(output: WriteStream, environment: NodeJS.ProcessEnv): LoadDisplay {
  return output.isTTY && environment['TERM'] !== 'dumb' ? new TerminalDisplay(output) : new PlainDisplay(output);
}

class TerminalDisplay implements LoadDisplay {
  readonly #output: WriteStream;
  readonly #redraw = (): void => {
    if (this.#view !== undefined) this.show(this.#view);
  };
  /** For an exit without `close`. */
  readonly #leave = (): void => void this.#output.write(LEAVE);
  #view: LoadView | undefined;

  constructor(output: WriteStream) {
    this.#output = output;
  }

  show(view: LoadView): void {
    if (this.#view === undefined) {
      this.#output.write(ENTER);
      this.#output.on('resize', this.#redraw);
      process.once('exit', this.#leave);
    }
    this.#view = view;
    const lines = this.#render(view).map((line) => `${line}${CLEAR_LINE}`);
    this.#output.write(`${HOME}${lines.join('\n')}${CLEAR_BELOW}`);
  }

  close(view: LoadView): void {
    this.#output.off('resize', this.#redraw);
    process.off('exit', this.#leave);
    if (this.#view !== undefined) this.#leave();
    this.#output.write(`${this.#render(view).join('\n')}\n`);
  }

  #render(view: LoadView): readonly string[] {
    // A terminal whose size is unknown has 0 columns.
    const columns = this.#output.columns || 80;
    const rows = this.#output.rows || 24;
    return renderFrame(view, { columns, rows }).map((line) => color(line, this.#output));
  }
}

class PlainDisplay implements LoadDisplay {
  readonly #output: WriteStream;
  #shownSeconds = -PLAIN_INTERVAL_SECONDS;

  constructor(output: WriteStream) {
    this.#output = output;
  }

  show(view: LoadView): void {
    if (view.elapsedSeconds - this.#shownSeconds < PLAIN_INTERVAL_SECONDS) return;
    this.#shownSeconds = view.elapsedSeconds;
    this.close(view);
  }

  close(view: LoadView): void {
    this.#output.write(`${renderPlainLine(view)}\n`);
  }
}

/** Colors the marks of the plots, unless the environment asks for no color. */
function color(line: string, stream: WriteStream): string {
  return line
    .replaceAll(/[▁▂▃▄▅▆▇█]+/g, (run) => styleText('cyan', run, { stream }))
    .replaceAll(/─+/g, (run) => styleText('yellow', run, { stream }))
    .replaceAll(/░+/g, (run) => styleText('gray', run, { stream }));
}
