import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ParleyServer } from '../../support/server.ts';
import { gatewayPorts, gatewayServer, NUMBER } from '../../support/sip/gateway.ts';
import { skipReason } from '../../support/sip/program.ts';
import { Telephone } from '../../support/sip/telephone.ts';
import { until } from '../../support/wait.ts';

const reason = skipReason('baresip', 'baresip-core');

describe.skipIf(!Telephone.isInstalled)(`a trunk whose sound must be encrypted${reason}`, () => {
  let server: ParleyServer;

  beforeAll(async () => {
    const trunks = [{ name: 'loopback', sources: ['127.0.0.1'], srtp: 'mandatory' }];
    server = await ParleyServer.start({ ...gatewayServer({ trunks }), logName: 'encrypted-call' });
  });

  afterAll(() => server.stop());

  const call = async (account: string): Promise<Telephone> => {
    const { port } = await gatewayPorts(server);
    return Telephone.start({ server: `127.0.0.1:${port}`, account });
  };

  it.each(['srtp', 'srtp-mand'])(
    'takes a telephone with %s, which hears the prompts and is understood',
    async (how) => {
      await using phone = await call(`;mediaenc=${how}`);
      await phone.dial(NUMBER.dialled);
      await until(() => phone.heard.peak > 0.05, 'the question for the PIN', { intervalMs: 50 });
      // What cannot be decrypted is dropped: only keys that were understood end the call, as three wrong PINs do.
      for (let attempt = 0; attempt < 3; attempt += 1) {
        phone.press('0000000000');
        const { seconds } = phone.heard;
        await until(
          () => phone.heard.seconds > seconds + 3 || phone.events.includes('CALL_CLOSED'),
          'the answer to a PIN',
        );
      }
      await phone.told('CALL_CLOSED');
      expect(phone.output).toContain('SRTP');
    },
  );

  it('refuses one without', async () => {
    await using phone = await call('');
    phone.command('dial', `sip:${NUMBER.dialled}@127.0.0.1:${(await gatewayPorts(server)).port}`);
    await phone.told('CALL_CLOSED');
    expect(phone.events).not.toContain('CALL_ESTABLISHED');
    expect(phone.output).toContain('488');
  });
});
