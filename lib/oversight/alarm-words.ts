/** What the stack's alarms say, in other languages than that of their descriptions, which are English: see `lib/stack/alarms.ts`. */
export const ALARM_LANGUAGES = ['de'] as const;
export type AlarmLanguage = (typeof ALARM_LANGUAGES)[number];

/** `(…)` is a name or a number, which stands in the other sentence as `{1}`, `{2}`. */
const GERMAN: Readonly<Record<string, string>> = {
  'Drops or events that could not be handled wait for a person.':
    'Lieferungen oder Ereignisse, die nicht bearbeitet werden konnten, warten auf eine Person.',
  'A drop failed, and not by its sender’s fault.':
    'Eine Lieferung ist gescheitert, nicht durch Schuld des Absenders.',
  'A drop took longer than a drop may.': 'Eine Lieferung hat länger gedauert, als sie darf.',
  'A file has waited (\\d+) minutes to be started.': 'Eine Datei wartet seit {1} Minuten auf ihren Start.',
  'The webhook has not taken an event for an hour.':
    'Der Webhook hat seit einer Stunde kein Ereignis angenommen.',
  'The webhook did not take an event for about a day.':
    'Der Webhook hat etwa einen Tag lang ein Ereignis nicht angenommen.',
  'A retraining failed by an error; the model that decides is the one before.':
    'Ein Training ist an einem Fehler gescheitert; es entscheidet das bisherige Modell.',
  'A retraining took longer than one may.': 'Ein Training hat länger gedauert, als es darf.',
  'A model does worse than its card let expect, or sees other data than it was trained on.':
    'Ein Modell ist schlechter, als seine Karte erwarten ließ, oder sieht andere Daten als im Training.',
  'An event has not been published for (\\d+) minutes.':
    'Ein Ereignis ist seit {1} Minuten nicht veröffentlicht.',
  'The models were not all looked at for (\\d+) hours, or nothing measures it.':
    'Seit {1} Stunden wurden nicht alle Modelle geprüft, oder es wird nicht gemessen.',
  'A flag was stored whose reasons do not add up to its score.':
    'Eine Meldung wurde gespeichert, deren Gründe nicht ihren Wert ergeben.',
  'The API answered 5xx.': 'Die API hat mit 5xx geantwortet.',
  'One answer of the API in a hundred took (\\d+) seconds or more, for (\\d+) minutes.':
    'Eine von hundert Antworten der API dauerte {1} Sekunden oder länger, seit {2} Minuten.',
  'The function (\\S+) ended in an error in two periods running.':
    'Die Funktion {1} endete in zwei Zeiträumen nacheinander mit einem Fehler.',
  'The function (\\S+) was throttled in three periods running.':
    'Die Funktion {1} wurde in drei Zeiträumen nacheinander gedrosselt.',
  'The rule (\\S+) did not reach its target.': 'Die Regel {1} hat ihr Ziel nicht erreicht.',
  'An event for the function (\\S+) was dropped.': 'Ein Ereignis für die Funktion {1} wurde verworfen.',
  'An event that the function (\\S+) failed on could not be put into the dead letters.':
    'Ein Ereignis, an dem die Funktion {1} gescheitert ist, konnte nicht zurückgelegt werden.',
};

const SENTENCES = { de: GERMAN } as const satisfies Record<AlarmLanguage, Readonly<Record<string, string>>>;

/** Null: it is not one of ours. */
export function sayAlarm(description: string, language: AlarmLanguage): string | null {
  for (const [pattern, sentence] of Object.entries(SENTENCES[language])) {
    const found = new RegExp(`^${pattern.replaceAll('.', '\\.')}$`).exec(description);
    if (found !== null) return sentence.replace(/\{(\d)\}/g, (_, at: string) => found[Number(at)]!);
  }
  return null;
}
