import { SUBJECTS, type SubjectName } from './subjects.ts';

/** The program of a subject's process: replies to each message with the subject's state. */
const [name, serverUrl] = process.argv.slice(2);
if (name === undefined || !(name in SUBJECTS) || serverUrl === undefined) throw new Error('usage: SUBJECT SERVER_URL');
// SAFETY: checked above.
const knowledge = SUBJECTS[name as SubjectName](serverUrl);
process.on('message', () => process.send?.(knowledge()));
process.on('disconnect', () => process.exit());
