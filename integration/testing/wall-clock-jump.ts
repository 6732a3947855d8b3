/**
 * Preloaded into a process with `node --import`. Each SIGUSR2 moves the wall clock by WALL_CLOCK_JUMP_MS; the monotonic
 * clock is unaffected.
 */

const SystemDate = Date;
let offsetMs = 0;

class ShiftedDate extends SystemDate {
  constructor(...args: readonly unknown[]) {
    // SAFETY: passes the arguments of Date through.
    super(...((args.length === 0 ? [ShiftedDate.now()] : args) as [number]));
  }

  static override now(): number {
    return SystemDate.now() + offsetMs;
  }
}

// SAFETY: equal to Date when called with `new`, which is the only use here.
globalThis.Date = ShiftedDate as DateConstructor;

process.on('SIGUSR2', () => {
  offsetMs += Number(process.env['WALL_CLOCK_JUMP_MS']);
  const line = { level: 'info', time: new Date().toISOString(), msg: 'the wall clock has jumped' };
  process.stdout.write(`${JSON.stringify(line)}\n`);
});
