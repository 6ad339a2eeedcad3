import { clock, day, moment, utc } from '../words/format.ts';

/** A moment in the viewer's zone; UTC is in its title. */
export function Time({
  at,
  as = 'moment',
}: {
  readonly at: string;
  readonly as?: 'moment' | 'day' | 'clock';
}) {
  const text = as === 'moment' ? moment(at) : as === 'day' ? day(at) : clock(at);
  return (
    <time dateTime={at} title={utc(at)}>
      {text}
    </time>
  );
}
