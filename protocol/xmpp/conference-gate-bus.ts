import { requestSubject } from '../bus-subject.ts';
import type { ConferenceAnswer, ConferenceRequest, Requester } from './conference-request.ts';

/** A conference request that came over HTTP: nobody has logged in yet, all there is stands in the request. */
export interface AskedOverHttp {
  readonly request: ConferenceRequest;
  /** Textual IP address of who asks. */
  readonly address: string;
}

export type Judgement =
  | { readonly kind: 'allowed'; readonly requester: Requester }
  /** Nothing is to be opened, and this is what to say. */
  | { readonly kind: 'answered'; readonly answer: ConferenceAnswer }
  | {
      readonly kind: 'refused';
      readonly reason: 'not-authorized' | 'session-invalid' | 'no-such-room' | 'too-many';
      readonly text: string;
    };

/** focus → signalling: may a conference be opened for who asks over HTTP? */
export const judgeConferenceRequest = requestSubject<AskedOverHttp, Judgement>('signalling.judge-conference-request');
