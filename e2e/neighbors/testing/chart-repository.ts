import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../../../local-cluster/process/run-command.ts';

/** A local git repository with a chart in `chart/` and its values in `values.json`. */
export class ChartRepository {
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /** Creates an empty repository in a temporary directory. */
  static async create(): Promise<ChartRepository> {
    const directory = await mkdtemp(join(tmpdir(), 'chart-repository-'));
    await runCommand(['git', 'init', '--quiet', '--initial-branch=main', directory]);
    return new ChartRepository(directory);
  }

  /** The URL for a client on this machine. */
  get url(): string {
    return `file://${this.#directory}`;
  }

  /** Commits a chart with its values; returns the revision. */
  async commit(chartDirectory: string, values: object): Promise<string> {
    const chart = join(this.#directory, 'chart');
    await rm(chart, { recursive: true, force: true });
    await mkdir(chart);
    await cp(chartDirectory, chart, { recursive: true, filter: (source) => !source.endsWith('.ts') });
    await writeFile(join(this.#directory, 'values.json'), JSON.stringify(values));
    await this.#git('add', '--all');
    const author = ['-c', 'user.name=test', '-c', 'user.email=test@example.com', '-c', 'commit.gpgsign=false'];
    await this.#git(...author, 'commit', '--quiet', '--message', 'Update the chart');
    return (await this.#git('rev-parse', 'HEAD')).trim();
  }

  /** Deletes the repository. */
  async remove(): Promise<void> {
    await rm(this.#directory, { recursive: true });
  }

  #git(...args: readonly string[]): Promise<string> {
    return runCommand(['git', '-C', this.#directory, ...args]);
  }
}
