/**
 * Preloaded into a process (`node --import`), makes its time of day jump by WALL_CLOCK_JUMP_MS at each SIGUSR2, as when
 * somebody sets the machine's clock; the monotonic clock goes on.
 */

const MachineDate = Date;
let aheadMs = 0;

class JumpedDate extends MachineDate {
  constructor(...args: readonly unknown[]) {
    // SAFETY: what a Date takes, passed on as it is.
    super(...((args.length === 0 ? [JumpedDate.now()] : args) as [number]));
  }

  static override now(): number {
    return MachineDate.now() + aheadMs;
  }
}

// SAFETY: it does all that a Date does when it is called with `new`, as everybody here calls it.
globalThis.Date = JumpedDate as DateConstructor;

process.on('SIGUSR2', () => {
  aheadMs += Number(process.env['WALL_CLOCK_JUMP_MS']);
  const line = { level: 'info', time: new Date().toISOString(), msg: 'the wall clock has jumped' };
  process.stdout.write(`${JSON.stringify(line)}\n`);
});
