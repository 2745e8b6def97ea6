import { signal } from '@preact/signals';
import { readPin } from '#protocol/dialin/conference-mapper.ts';
import { type DialInNumber, readPhoneNumberList } from '#protocol/dialin/phone-number-list.ts';
import { fieldsOf } from '../storage/local-store.ts';

/** Where the server says what concerns telephones (`/config.js`); undefined: it does not. */
export interface TelephoneAddresses {
  readonly numbersUrl: string | undefined;
  readonly pinUrl: string | undefined;
  /** The page with all numbers, to print. */
  readonly pageUrl: string | undefined;
  /** Says whether a number may be called. */
  readonly dialOutUrl: string | undefined;
}

/** How this meeting is reached by phone. */
export interface DialIn {
  /** At least one. */
  readonly numbers: readonly DialInNumber[];
  readonly pin: string;
  /** Of this meeting. */
  readonly pageUrl: string | undefined;
}

export const NO_TELEPHONE: TelephoneAddresses = {
  numbersUrl: undefined,
  pinUrl: undefined,
  pageUrl: undefined,
  dialOutUrl: undefined,
};

/** What the server says of a number that somebody wants to call. */
export type NumberJudgement =
  | { readonly kind: 'allowed'; readonly number: string }
  | { readonly kind: 'refused' }
  /** It did not say. */
  | { readonly kind: 'unknown' };

const TIMEOUT_MS = 8_000;

/** What the server says about telephones and one meeting. */
export class Telephone {
  /** Undefined until it is known, and where there is no number. */
  readonly dialIn = signal<DialIn | undefined>(undefined);
  private readonly addresses: TelephoneAddresses;
  /** Bare address of the meeting's room. */
  private readonly room: string;
  /** Where the meeting is on its server: `acme/standup`. */
  private readonly path: string;
  private loading: Promise<void> | undefined;

  constructor(addresses: TelephoneAddresses, room: string, path: string) {
    this.addresses = addresses;
    this.room = room;
    this.path = path;
  }

  /** The server has a way to call telephones. */
  get canCall(): boolean {
    return this.addresses.dialOutUrl !== undefined;
  }

  /** Asks for number and PIN, once; after a failure the next one who shows them asks again. */
  load(): void {
    this.loading ??= this.fetchDialIn().catch(() => {
      // Without an answer there is nothing to show; the link alone invites, too.
      this.loading = undefined;
    });
  }

  /** Whether the server lets this number be called, and how it writes it. */
  async judge(number: string): Promise<NumberJudgement> {
    const { dialOutUrl } = this.addresses;
    if (dialOutUrl === undefined) return { kind: 'unknown' };
    try {
      const answer = await fetchJson(withQuery(dialOutUrl, { phone: number }));
      return readJudgement(answer);
    } catch {
      // Not reached, or no answer that can be read.
      return { kind: 'unknown' };
    }
  }

  private async fetchDialIn(): Promise<void> {
    const { numbersUrl, pinUrl, pageUrl } = this.addresses;
    if (numbersUrl === undefined || pinUrl === undefined) return;
    const [list, mapping] = await Promise.all([
      fetchJson(withQuery(numbersUrl, { conference: this.room })),
      fetchJson(withQuery(pinUrl, { conference: this.room })),
    ]);
    const numbers = readPhoneNumberList(list);
    const pin = readPin(mapping);
    if (numbers.length === 0 || pin === undefined) return;
    this.dialIn.value = { numbers, pin, pageUrl: pageUrl && withQuery(pageUrl, { room: this.path }) };
  }
}

function readJudgement(answer: unknown): NumberJudgement {
  const { allow, phone } = fieldsOf(answer);
  if (allow === true && typeof phone === 'string' && phone !== '') return { kind: 'allowed', number: phone };
  return allow === false ? { kind: 'refused' } : { kind: 'unknown' };
}

function withQuery(url: string, query: Readonly<Record<string, string>>): string {
  const address = new URL(url);
  for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value);
  return address.href;
}

async function fetchJson(url: string): Promise<unknown> {
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok) throw new Error(`${response.status} of ${new URL(url).pathname}`);
  return response.json();
}
