/** The script of the task definition. */
import { runTask } from './run-task.ts';

runTask(process.env).then(
  (code) => process.exit(code),
  (error: Error) => {
    process.stderr.write(`${JSON.stringify({ level: 'ERROR', message: error.message })}\n`);
    process.exit(1);
  },
);
