/** What the client cannot do without: Unified Plan with transceivers, and the language of early 2024 (Safari 17.4). */
export function isBrowserSupported(): boolean {
  return (
    typeof RTCPeerConnection === 'function' &&
    'addTransceiver' in RTCPeerConnection.prototype &&
    typeof RTCRtpSender === 'function' &&
    'setParameters' in RTCRtpSender.prototype &&
    'withResolvers' in Promise &&
    'groupBy' in Map
  );
}
