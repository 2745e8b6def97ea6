export type PageLanguage = 'en' | 'el';

export interface PageWords {
  /** Of the language, in it. */
  readonly name: string;
  readonly heading: (title: string) => string;
  readonly lead: string;
  readonly pin: string;
  readonly numbers: string;
  readonly noNumbers: string;
  readonly country: string;
  readonly number: string;
  readonly tollFree: string;
  readonly how: string;
  readonly steps: readonly string[];
  readonly keys: string;
  readonly keyRows: readonly (readonly [keys: string, what: string])[];
  readonly browser: string;
  readonly problems: Readonly<Record<'no-meeting' | 'too-many', { readonly heading: string; readonly text: string }>>;
}

/** What the dial-in page says. */
export const WORDS: Readonly<Record<PageLanguage, PageWords>> = {
  en: {
    name: 'English',
    heading: (title) => `Join “${title}” by phone`,
    lead: 'You need no computer and no account. Any phone will do.',
    pin: 'Meeting number (PIN)',
    numbers: 'Numbers to call',
    noNumbers: 'This server has no numbers to call yet. Ask its administrator.',
    country: 'Country',
    number: 'Number',
    tollFree: 'free of charge',
    how: 'How it works',
    steps: [
      'Call one of the numbers. Your provider charges for the call.',
      'Enter the meeting number, then #.',
      'Stay on the line if a moderator has to let you in.',
    ],
    keys: 'Keys during the meeting',
    keyRows: [
      ['* 6', 'Microphone on or off'],
      ['* 5', 'Raise or lower your hand'],
      ['* 4', 'Quieter'],
      ['* 7', 'Louder'],
      ['* #', 'How many people are there'],
      ['* 1', 'Hear these keys'],
      ['* 9', 'With a host’s PIN: turn off all other microphones'],
      ['* 8', 'With a host’s PIN: lock the meeting, or open it'],
    ],
    browser: 'Join in the browser',
    problems: {
      'no-meeting': {
        heading: 'There is no meeting here',
        text: 'The link to this page is not complete. Ask for it again, or open it from the invitation.',
      },
      'too-many': {
        heading: 'Too many meetings',
        text: 'Meeting numbers for too many meetings were asked for from your network. Wait an hour, then reload this page.',
      },
    },
  },
  el: {
    name: 'Ελληνικά',
    heading: (title) => `Συμμετοχή στη «${title}» από τηλέφωνο`,
    lead: 'Δεν χρειάζεστε υπολογιστή ούτε λογαριασμό. Αρκεί ένα τηλέφωνο.',
    pin: 'Αριθμός σύσκεψης (PIN)',
    numbers: 'Αριθμοί κλήσης',
    noNumbers: 'Αυτός ο διακομιστής δεν έχει ακόμη αριθμούς κλήσης. Ρωτήστε τον διαχειριστή του.',
    country: 'Χώρα',
    number: 'Αριθμός',
    tollFree: 'χωρίς χρέωση',
    how: 'Πώς γίνεται',
    steps: [
      'Καλέστε έναν από τους αριθμούς. Η κλήση χρεώνεται από τον πάροχό σας.',
      'Πληκτρολογήστε τον αριθμό της σύσκεψης και μετά #.',
      'Μείνετε στη γραμμή αν πρέπει να σας δεχτεί ένας συντονιστής.',
    ],
    keys: 'Πλήκτρα κατά τη σύσκεψη',
    keyRows: [
      ['* 6', 'Άνοιγμα ή κλείσιμο μικροφώνου'],
      ['* 5', 'Σηκώστε ή κατεβάστε το χέρι'],
      ['* 4', 'Πιο σιγά'],
      ['* 7', 'Πιο δυνατά'],
      ['* #', 'Πόσα άτομα συμμετέχουν'],
      ['* 1', 'Ακούστε αυτά τα πλήκτρα'],
      ['* 9', 'Με το PIN του συντονιστή: κλείσιμο όλων των άλλων μικροφώνων'],
      ['* 8', 'Με το PIN του συντονιστή: κλείδωμα ή άνοιγμα της σύσκεψης'],
    ],
    browser: 'Συμμετοχή από τον περιηγητή',
    problems: {
      'no-meeting': {
        heading: 'Δεν υπάρχει σύσκεψη εδώ',
        text: 'Ο σύνδεσμος αυτής της σελίδας δεν είναι ολόκληρος. Ζητήστε τον ξανά ή ανοίξτε τον από την πρόσκληση.',
      },
      'too-many': {
        heading: 'Πάρα πολλές συσκέψεις',
        text: 'Από το δίκτυό σας ζητήθηκαν αριθμοί για πάρα πολλές συσκέψεις. Περιμένετε μία ώρα και φορτώστε ξανά τη σελίδα.',
      },
    },
  },
};
