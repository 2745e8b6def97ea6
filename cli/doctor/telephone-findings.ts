import { broken, note, well, type Finding } from './check.ts';

/** What the gateway says of a trunk. */
export interface TrunkState {
  readonly name: string;
  /** Undefined where we do not register. */
  readonly isRegistered?: boolean | undefined;
  /** Undefined where it is not asked whether it is there. */
  readonly isReachable?: boolean | undefined;
  /** Why a registration failed last. */
  readonly problem?: string | undefined;
}

/** A port of the gateway, and whether what is sent there under the public name comes through. */
export interface SipPort {
  readonly transport: 'udp' | 'tcp' | 'tls';
  readonly port: number;
  readonly isReached: boolean;
}

interface Numbers {
  readonly numbers: readonly { readonly room?: string | undefined }[];
  readonly dialOut: { readonly allow: readonly string[] };
}

/** Whether there is a number to call. */
export function numbersFinding({ numbers, dialOut }: Numbers): Finding {
  const shown = numbers.filter(({ room }) => room === undefined).length;
  const rooms = numbers.length - shown;
  if (numbers.length > 0) {
    return well(`numbers: ${shown} in invitations${rooms === 0 ? '' : `, ${rooms} that lead into a room`}`);
  }
  if (dialOut.allow.length > 0) return note('no numbers: meetings call telephones, and are called by none');
  return broken(
    'No number is configured: invitations show none, and nobody knows what to call.',
    'Write the numbers that your provider gave you into sip.numbers.',
  );
}

/** @param trunks where we register at all of them, our own packets keep the way in open. */
export function portFindings(
  host: string,
  ports: readonly SipPort[],
  trunks: readonly { readonly register: boolean }[],
): readonly Finding[] {
  const open = ports.filter(({ isReached }) => isReached);
  const lost = ports.filter(({ isReached }) => !isReached);
  const findings: Finding[] = [];
  if (open.length > 0) findings.push(well(`SIP is reached at ${host}: ${namesOf(open)}`));
  if (lost.length === 0) return findings;
  const what = `SIP does not come through at ${host}: ${namesOf(lost)}`;
  findings.push(
    trunks.some(({ register }) => !register)
      ? broken(
          `${what}.`,
          'Open these ports in the firewall, and the UDP ports of sip.rtpPorts; behind NAT pass them on and set sip.announcedAddress to the public address. Some NATs do not lead back to where packets come from; then only a call can tell.',
        )
      : note(`${what}; none needs to where we register at every trunk`),
  );
  return findings;
}

function namesOf(ports: readonly SipPort[]): string {
  return ports.map(({ transport, port }) => `${transport.toUpperCase()} port ${port}`).join(', ');
}

/** Whether calls come and go over a trunk. */
export function trunkFinding({ name, isRegistered, isReachable, problem }: TrunkState): Finding {
  if (isRegistered === false) {
    const isDenied = problem?.includes('password') === true;
    return broken(
      `Trunk ${name} is not registered: ${problem ?? 'no answer yet'}.`,
      isDenied
        ? 'Check username, password and domain of the trunk with your provider.'
        : 'Check server and transport of the trunk, and that the firewall lets SIP out to it and its answers in.',
    );
  }
  if (isReachable === false) {
    return broken(
      `Trunk ${name} does not answer.`,
      'Check server and transport of the trunk, and that the firewall lets SIP out; one that never answers OPTIONS gets pingSeconds: 0.',
    );
  }
  if (isRegistered === true) return well(`trunk ${name}: registered`);
  return isReachable === true ? well(`trunk ${name}: it answers`) : note(`trunk ${name}: known when it calls`);
}
