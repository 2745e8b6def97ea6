/** Where messages to clients on TCP and TLS connections go. */
export interface StreamSink {
  /**
   * Takes a copy and sends it, padded as streams need it.
   * @param kind media is dropped when the client does not read, answers are not.
   * @returns false when it was dropped.
   */
  send(stream: number, bytes: Uint8Array, offset: number, length: number, kind: 'answer' | 'media'): boolean;
}
