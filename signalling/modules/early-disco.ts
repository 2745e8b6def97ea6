import { xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { NS_CLIENT } from '#protocol/xmpp/stanza.ts';
import { OutgoingStanza } from '../routing/outgoing-stanza.ts';
import { listedServices, NS_EXTDISCO_2, type ExternalServicesOptions } from './external-services.ts';

/**
 * What clients ask for first, told before they ask (wire note §1.8): who the server is, and the relays that run. Clients
 * that understand it save two round trips; to others it is a message without a body.
 * @param info the server's disco#info.
 */
export function earlyDisco(
  { domain, info }: { readonly domain: string; readonly info: XmlElement },
  options: ExternalServicesOptions,
): (session: { readonly id: string }) => OutgoingStanza {
  return ({ id }) => {
    const services = listedServices(id, options);
    return new OutgoingStanza(
      xml(
        'message',
        { xmlns: NS_CLIENT, from: domain },
        services.length > 0 && xml('services', { xmlns: NS_EXTDISCO_2 }, services),
        info,
      ),
    );
  };
}
