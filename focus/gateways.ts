import type { XmlElement } from '#protocol/xmpp/element.ts';
import { FOCUS_NICK, focusJid, gatewayBrewery, type XmppHosts } from '#protocol/xmpp/hosts.ts';
import { readGatewayStats } from '#protocol/xmpp/gateway-stats.ts';
import { bareOf } from '#protocol/xmpp/jid.ts';
import { joinPresence } from '#protocol/xmpp/muc.ts';
import { encodeDial, readCallReference, type Dial } from '#protocol/xmpp/rayo.ts';
import type { StanzaError } from '#protocol/xmpp/stanza.ts';
import { hostPinRequest, readHostPin } from '#protocol/xmpp/telephone-host.ts';
import type { Clock } from './clock.ts';
import { gatewaysFor, gatewaysThatKnow, type GatewayInstance } from './gateway-selection.ts';
import { IqExchange } from './iq-exchange.ts';

/** What became of the wish to have somebody called. */
export type DialOutcome =
  /** The call is under way. @member reference address at which it can be ended. */
  | { readonly kind: 'dialled'; readonly reference: string }
  /** A gateway had a look and says why not. */
  | { readonly kind: 'refused'; readonly error: StanzaError }
  /** There is none that could be asked. */
  | { readonly kind: 'no-gateway' }
  /** None of those asked answered. */
  | { readonly kind: 'no-answer' };

/** Three of them within what a client waits for. */
const ANSWER_TIMEOUT_MS = 5_000;

/** The telephone gateways, as their control room shows them. */
export class Gateways {
  readonly #brewery: string;
  readonly #focus: string;
  readonly #send: (stanza: XmlElement) => void;
  readonly #exchange: IqExchange;
  readonly #byAddress = new Map<string, GatewayInstance>();

  constructor(hosts: XmppHosts, send: (stanza: XmlElement) => void, clock: Clock) {
    this.#brewery = gatewayBrewery(hosts);
    this.#focus = focusJid(hosts);
    this.#send = send;
    this.#exchange = new IqExchange(this.#focus, send, clock);
  }

  /** Whether somebody can be called now. */
  get areAvailable(): boolean {
    return gatewaysFor(this.#byAddress.values(), undefined).length > 0;
  }

  /** Has the control room tell who is in it already. */
  start(): void {
    this.#send(joinPresence(this.#focus, `${this.#brewery}/${FOCUS_NICK}`));
  }

  stop(): void {
    this.#exchange.cancel(() => true);
  }

  /** Whether a stanza comes from the control room. */
  isFrom(address: string): boolean {
    return bareOf(address) === this.#brewery;
  }

  handlePresence(presence: XmlElement): void {
    const { from: address = '', type } = presence.attrs;
    const stats = type === undefined ? readGatewayStats(presence) : undefined;
    if (stats !== undefined) {
      this.#byAddress.set(address, { address, stats });
      return;
    }
    this.#byAddress.delete(address);
    this.#exchange.cancel((asked) => asked === address);
  }

  handleAnswer(iq: XmlElement): void {
    this.#exchange.handle(iq);
  }

  /** Asks one gateway after the other. @param region of who wants the call. */
  async dial(dial: Dial, region: string | undefined): Promise<DialOutcome> {
    let outcome: DialOutcome = { kind: 'no-gateway' };
    for (const { address } of gatewaysFor(this.#byAddress.values(), region)) {
      outcome = await this.#ask(address, dial);
      // What one refuses for the number's sake the others would, too; one that is full, or gone, speaks for itself alone.
      const isFinal =
        outcome.kind === 'dialled' ||
        (outcome.kind === 'refused' &&
          !['service-unavailable', 'resource-constraint'].includes(outcome.error.condition));
      if (isFinal) return outcome;
    }
    return outcome;
  }

  /** With which PIN one moderates a meeting by telephone; undefined where no gateway says. @param room bare address */
  async hostPin(room: string): Promise<string | undefined> {
    for (const { address } of gatewaysThatKnow(this.#byAddress.values())) {
      const answer = await this.#exchange.request('get', address, hostPinRequest(room), ANSWER_TIMEOUT_MS);
      const pin = answer.kind === 'result' ? readHostPin(answer.iq) : undefined;
      if (pin !== undefined) return pin;
    }
    return undefined;
  }

  async #ask(address: string, dial: Dial): Promise<DialOutcome> {
    const answer = await this.#exchange.request('set', address, encodeDial(dial), ANSWER_TIMEOUT_MS);
    if (answer.kind === 'error') return { kind: 'refused', error: answer.error };
    const reference = answer.kind === 'result' ? readCallReference(answer.iq) : undefined;
    return reference === undefined ? { kind: 'no-answer' } : { kind: 'dialled', reference };
  }
}
