/**
 * `npm start`: Assay in an AWS on this machine. Finds or starts something that speaks AWS, deploys the stack as it would be
 * deployed anywhere, makes users, drops the samples, prints their flags and how to go on. Can be run again; where no such
 * thing can be had, it says why and shows the same work on files.
 */
import { openProgress } from '../lib/cli/terminal-progress.ts';
import { deploy, type Outputs } from '../local/deploy.ts';
import { type Engine, findEngine, NoEngine } from '../local/engine.ts';
import { useEngine } from '../local/environment.ts';
import { describeDrop, dropSamples } from '../local/tour.ts';
import { createUsers, signIn, type Users } from '../local/users.ts';
import { places } from '../operations/places.ts';

const progress = openProgress(process.stderr, false);
try {
  const engine = await findEngine(progress.stage);
  useEngine(engine);
  const outputs = await deploy(progress.stage);
  progress.stage('creating users');
  const users = await createUsers(outputs);
  const drops = await dropSamples(outputs, progress);
  await signIn(outputs, 'officer', users.password);
  progress.finish();
  // A sample that was dropped as the past of another has flags too: those of the newer file are the news.
  for (const drop of drops.filter(({ key }) => key.endsWith('new.csv'))) {
    say(await describeDrop(outputs, drop));
  }
  say(howToGoOn(engine, outputs, users));
} catch (error) {
  progress.abandon();
  if (!(error instanceof NoEngine)) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(1);
  }
  say(`No AWS can be had on this machine:\n${error.message}\n\nThe same work on files:`);
  await import('./tour.ts');
}

function say(text: string): void {
  process.stdout.write(`\n${text}\n`);
}

function howToGoOn(engine: Engine, { ApiUrl, ConsoleUrl }: Outputs, { names, password }: Users): string {
  return [
    `API      ${ApiUrl}`,
    `AWS      export AWS_ENDPOINT_URL=${engine.url} AWS_REGION=${process.env.AWS_REGION} AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test`,
    '',
    'The open flags, the most severe first, as the officer (the token holds for an hour):',
    `  curl -H "Authorization: Bearer $(cat ${places.token})" '${ApiUrl}/v1/flags?status=open&limit=3'`,
    ...(engine.handle === null ? [] : ['', 'npm run stop ends it.']),
    '',
    `Open     ${ConsoleUrl}`,
    `sign in  ${names.join(', ')} (password of each: ${password})`,
  ].join('\n');
}
